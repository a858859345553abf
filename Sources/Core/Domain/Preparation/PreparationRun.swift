/// What a preparation begins with.
package struct PreparationSource: Sendable {
  /// The name it is stored under: its ending tells what it is.
  package let filename: String
  /// The name that its versions share.
  package let name: String
  /// Nil where the format was not recognised.
  package let shape: DatasetShape?
  package let container: DatasetContainer
  package let rows: Int

  package init(
    filename: String, name: String, shape: DatasetShape?, container: DatasetContainer, rows: Int
  ) {
    self.filename = filename
    self.name = name
    self.shape = shape
    self.container = container
    self.rows = rows
  }
}

/// Does a plan: is fed the file's bytes, once or several times over, and gives those of the new files.
///
///     repeat {
///       for piece in pieces { write(try run.push(piece)) }
///       write(try run.endPass())
///     } while !run.isDone
package struct PreparationRun: Sendable {
  /// Bytes for one of the new files.
  package struct Output: Sendable {
    /// An index into `files`.
    package let part: Int
    package let bytes: [UInt8]
  }

  /// The names of the new files.
  package let files: [String]
  /// How often the bytes are wanted.
  package let passes: Int
  /// The passes that ended.
  package private(set) var pass = 0
  package private(set) var report = PreparationReport()
  package var isDone: Bool { pass == passes }

  private let plan: PreparationPlan
  private let source: PreparationSource
  private let isDry: Bool
  private var writers: [RowWriter]
  private var rows: SourceRows

  // One of these does the work. Each stands by itself, since what they gather is changed in its place and never copied.
  private var sampling: RowSampling?
  private var splitting: RowSplitting?
  private var finding: DuplicateFinding?
  private var similar: SimilarRows?
  private var filtering: RowFiltering?
  private var conversion: RowConversion?

  /// - Parameter isDry: nothing is to be written, and what would be lost is no error.
  ///
  /// Throws `invalid_input` for a plan that cannot be done with this dataset.
  package init(_ plan: PreparationPlan, _ source: PreparationSource, isDry: Bool) throws(DomainError) {
    self.plan = plan
    self.source = source
    self.isDry = isDry
    var container = source.container
    var parts: [String?] = [nil]
    var passes = 1
    switch try plan.operation() {
    case .sample(let sample):
      let count = sample.rows ?? max(1, Int((Double(source.rows) * (sample.share ?? 1)).rounded()))
      sampling = RowSampling(count, of: source.rows, seed: sample.seed ?? 42)
    case .split(let split):
      let splitting = RowSplitting(split, rows: source.rows)
      parts = ["train"] + (split.eval ?? 0 > 0 ? ["eval"] : []) + (split.test ?? 0 > 0 ? ["test"] : [])
      passes = splitting.needsSurvey ? 2 : 1
      self.splitting = splitting
    case .dedupe(let dedupe):
      if dedupe.similar != nil, source.rows > SimilarRows.mostRows {
        throw .invalid(
          "Similar rows are found among at most \(SimilarRows.mostRows) rows.",
          hint: "Without \"similar\" rows that are the same are found among any number.")
      }
      let finding = DuplicateFinding(by: dedupe.by, rows: source.rows)
      // Where one pass tells of every row, it can be written at once.
      passes = finding.passes == 1 ? 1 : finding.passes + 1
      self.finding = finding
      similar = dedupe.similar.map { SimilarRows($0, by: dedupe.by) }
    case .filter(let filter, let matching, let notMatching):
      filtering = try RowFiltering(
        filter, matching: matching, notMatching: notMatching, shape: source.shape)
    case .convert(let convert):
      container = convert.container ?? container
      conversion = try RowConversion(convert, shape: source.shape, from: source.container, to: container)
    }
    self.passes = passes
    files = try Self.names(plan.name, source, container, parts)
    writers = parts.map { _ in RowWriter(container) }
    report.parts = zip(parts, files).map { .init(name: $0, filename: $1, rows: 0) }
    rows = SourceRows(filename: source.filename)
  }

  /// The name that was wished for, or the source's own, with an ending that suits what is written.
  private static func names(
    _ wished: String?, _ source: PreparationSource, _ container: DatasetContainer, _ parts: [String?]
  ) throws(DomainError) -> [String] {
    var stem = wished ?? source.name
    var ending = container == .text ? ".txt" : container == .jsonArray ? ".json" : ".jsonl"
    if let own = [".jsonl", ".json", ".txt"].first(where: { stem.lowercased().hasSuffix($0) }) {
      stem = String(stem.dropLast(own.utf8.count))
      // Whether rows stand in a list or on lines is told by what is in the file.
      let suits = (own == ".txt") == (container == .text)
      if wished != nil, !suits {
        throw .invalid("What is written are \(container.rawValue) rows: its name ends with \(ending).")
      }
      if suits, wished != nil || container == source.container { ending = own }
    }
    guard !stem.isEmpty else { throw .invalid("The name has nothing before its ending.") }
    return parts.map { part in stem + (part.map { "-" + $0 } ?? "") + ending }
  }

  /// Throws `invalid_input` with the line of what cannot be read.
  package mutating func push(_ bytes: [UInt8]) throws(DomainError) -> [Output] {
    for row in try rows.push(bytes) { try take(row) }
    return outputs(atEnd: false)
  }

  /// The file ended.
  ///
  /// Throws `invalid_input` where no row is left, and `conflict` where something would be lost that may not be.
  package mutating func endPass() throws(DomainError) -> [Output] {
    for row in try rows.finish() { try take(row) }
    pass += 1
    guard isDone else {
      rows = SourceRows(filename: source.filename)
      splitting?.endSurvey()
      finding?.endPass()
      return []
    }
    report.rowsRead = rows.count
    for part in writers.indices {
      writers[part].finish()
      report.parts[part].rows = writers[part].rows
    }
    guard !isDry else { return [] }
    try report.check(plan)
    return outputs(atEnd: true)
  }

  private mutating func outputs(atEnd: Bool) -> [Output] {
    var outputs: [Output] = []
    for part in writers.indices {
      if let bytes = writers[part].take(atEnd: atEnd), !isDry {
        outputs.append(Output(part: part, bytes: bytes))
      }
    }
    return outputs
  }

  private mutating func take(_ row: SourceRow) throws(DomainError) {
    if pass + 1 < passes {
      try splitting?.survey(row)
      finding?.survey(row)
      return
    }
    if let splitting {
      writers[min(splitting.part(of: row), writers.count - 1)].append(row.bytes)
    } else if finding != nil {
      dedupe(row)
    } else if let filtering, let refusal = filtering.refusal(of: row) {
      report.note(refusal.code, .dropped, refusal.message, row)
    } else if let conversion {
      if let converted = conversion.convert(row, &report) { writers[0].append(converted) }
    } else if sampling?.includes(row.number) ?? true {
      writers[0].append(row.bytes)
    }
  }

  private mutating func dedupe(_ row: SourceRow) {
    if passes == 1 { finding?.survey(row) }
    if finding?.isDuplicate(row.number) == true {
      report.note("duplicate", .dropped, "A row before says the same.", row)
    } else if similar?.isSimilar(row) == true {
      report.note("similar", .dropped, "A row before is much alike.", row)
    } else {
      writers[0].append(row.bytes)
    }
  }
}

/// Counts what a dataset is like; is fed as `PreparationRun` is.
package struct StatisticsRun: Sendable {
  package let passes: Int
  package private(set) var pass = 0
  package var isDone: Bool { pass == passes }

  private let filename: String
  private var finding: DuplicateFinding
  private var intake: StatisticsIntake
  private var rows: SourceRows

  package init(_ source: PreparationSource) {
    filename = source.filename
    finding = DuplicateFinding(by: nil, rows: source.rows)
    passes = finding.passes
    intake = StatisticsIntake(source.shape)
    rows = SourceRows(filename: source.filename)
  }

  /// Throws `invalid_input` with the line of what cannot be read.
  package mutating func push(_ bytes: [UInt8]) throws(DomainError) {
    for row in try rows.push(bytes) { take(row) }
  }

  package mutating func endPass() throws(DomainError) {
    for row in try rows.finish() { take(row) }
    pass += 1
    if isDone { return }
    finding.endPass()
    rows = SourceRows(filename: filename)
  }

  /// After the last pass.
  package func finish() -> DatasetStatistics { intake.finish(duplicates: finding.count) }

  private mutating func take(_ row: SourceRow) {
    finding.survey(row)
    if pass + 1 == passes { intake.take(row) }
  }
}
