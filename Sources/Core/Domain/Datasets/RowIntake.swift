/// Takes rows one by one and makes the report of them.
struct RowIntake: Sendable {
  let limits: DatasetLimits
  var report: DatasetReport
  /// Which rows `report.preview` has, and whether whole.
  var previewed: [(number: Int, isWhole: Bool)] = []
  /// Rows that came by since they were last taken, where they are handed on instead of judged; else nil.
  var handedOn: [SourceRow]?
  private var check: RowCheck?
  private var schema = ColumnSchema()
  private var lengths = LengthTally()
  private var tokens = LengthTally()
  /// Rows that came before one that told the format.
  private var waiting: [WaitingRow] = []
  private var waitingBytes = 0
  private var guess: DatasetShape?

  private struct WaitingRow: Sendable {
    let bytes: [UInt8]
    let place: DatasetInspector.Place
    let number: Int
  }

  /// Enough to get past a few odd rows at the start.
  private static let waitingRows = 50
  private static let waitingLimit = 1 << 20

  init(limits: DatasetLimits) {
    self.limits = limits
    report = DatasetReport(
      format: nil, container: .jsonLines, shape: nil, rows: 0, validRows: 0, problems: [], problemCount: 0,
      problemCounts: [:], hasFatalProblem: false, preview: [], columns: [], lengths: LengthStatistics(),
      bytes: 0)
  }

  mutating func use(_ shape: DatasetShape) { check = RowCheck(shape) }

  mutating func complain(
    _ code: String, _ severity: DatasetProblem.Severity, _ place: DatasetInspector.Place, row: Int?,
    _ message: String, hint: String
  ) {
    report.problemCount += 1
    report.problemCounts[code, default: 0] += 1
    if severity == .fatal { report.hasFatalProblem = true }
    guard report.problems.count < limits.problems else { return }
    report.problems.append(
      DatasetProblem(
        line: place.line, column: place.column, row: row, code: code, severity: severity, message: message,
        hint: hint))
  }

  mutating func take(_ row: JSONRow, at place: DatasetInspector.Place) {
    report.rows += 1
    if handedOn != nil {
      handedOn?.append(SourceRow(row, number: report.rows, line: place.line))
      return
    }
    preview(row.bytes)
    guard row.kind(0) == .object else {
      complain(
        "not_an_object", .fatal, place, row: report.rows, "The row is \(row.kind(0).noun), not an object.",
        hint: "Write every row as { … } with the names of its columns.")
      return
    }
    add(row.textLength)
    let isConsistent = checkColumns(row, place)
    if check == nil { recognise(row) }
    if check != nil {
      flush()
      judge(row, place, number: report.rows, isConsistent: isConsistent)
    } else {
      wait(row, place)
    }
  }

  /// A line that is no row; the lines behind it are read all the same.
  mutating func takeBroken(_ fault: JSONFault, at place: DatasetInspector.Place) {
    report.rows += 1
    complain(fault.code, .fatal, place, row: report.rows, fault.message, hint: fault.hint)
  }

  mutating func takeText(
    _ line: UnsafeBufferPointer<UInt8>, at place: DatasetInspector.Place, length: TextLength
  ) {
    report.rows += 1
    if handedOn != nil {
      handedOn?.append(SourceRow(text: line, number: report.rows, line: place.line))
      return
    }
    report.validRows += 1
    preview(line)
    add(length)
  }

  private mutating func add(_ length: TextLength) {
    lengths.add(length.characters)
    tokens.add(length.estimatedTokens)
  }

  mutating func finish(at place: DatasetInspector.Place) -> DatasetReport {
    if check == nil, let guess {
      use(guess)
      flush()
    }
    report.columns = check?.shape == .text && report.container == .text ? ["text"] : schema.columns
    report.lengths = lengths.finish()
    report.tokens = tokens.finish()
    if let check {
      report.format = check.shape.format
      report.shape = check.shape.adding(schema.columns)
    } else if report.rows > 0, !report.hasFatalProblem {
      complain(
        "unknown_format", .fatal, DatasetInspector.Place(), row: nil, unknownMessage,
        hint: "Rows need instruction and output, or conversations, or messages, or text; see examples/.")
    }
    if report.rows == 0, !report.hasFatalProblem {
      complain(
        report.bytes == 0 ? "empty_file" : "empty_dataset", .fatal, place, row: nil,
        report.bytes == 0 ? "The file is empty." : "The file holds no rows.",
        hint: "Upload a file with at least one row.")
    }
    return report
  }

  private var unknownMessage: String {
    let names = schema.columns.prefix(8).map { String($0.prefix(40)) }.joined(separator: ", ")
    if schema.columns.count == 1, report.rows == 1 {
      return "The file is one object with the key \(names), not a list of rows."
    }
    return "The columns fit no format that is known here: \(names)."
  }

  private mutating func checkColumns(_ row: JSONRow, _ place: DatasetInspector.Place) -> Bool {
    let (conflict, double) = schema.add(row, number: report.rows)
    if let double {
      let severity: DatasetProblem.Severity = report.container == .jsonLines ? .fatal : .notice
      complain(
        "duplicate_key", severity, Self.place(of: double, in: row, at: place), row: report.rows,
        "The key \"\(String(row.text(double).prefix(40)))\" stands twice in an object.",
        hint: "Keep one of them.")
      if severity == .fatal { return false }
    }
    guard let conflict else { return true }
    complain(
      "mixed_types", .fatal, Self.place(of: conflict.token, in: row, at: place), row: report.rows,
      "`\(conflict.path)` is \(row.kind(conflict.token).noun) here, and \(conflict.was.noun) in row \(conflict.firstRow).",
      hint: "Give a column one type in all rows: LLaMA-Factory fails on the whole file otherwise.")
    return false
  }

  private mutating func recognise(_ row: JSONRow) {
    guard let found = DatasetShape.guess(from: row) else { return }
    if found.isCertain { use(found.shape) } else { guess = guess ?? found.shape }
  }

  private mutating func wait(_ row: JSONRow, _ place: DatasetInspector.Place) {
    if waiting.count < Self.waitingRows, waitingBytes + row.bytes.count <= Self.waitingLimit {
      waiting.append(WaitingRow(bytes: Array(row.bytes), place: place, number: report.rows))
      waitingBytes += row.bytes.count
    } else if let guess {
      use(guess)
      flush()
      judge(row, place, number: report.rows, isConsistent: true)
    }
  }

  /// Judges the rows that waited for the format.
  private mutating func flush() {
    if waiting.isEmpty { return }
    let held = waiting
    waiting = []
    var parser = JSONRowParser(limits: limits)
    for row in held {
      row.bytes.withUnsafeBufferPointer { bytes in
        guard case .value = parser.parse(bytes, from: 0, isFinal: true, endsAtNewline: false) else { return }
        judge(JSONRow(bytes: bytes, tokens: parser.tokens), row.place, number: row.number, isConsistent: true)
      }
    }
  }

  private mutating func judge(
    _ row: JSONRow, _ place: DatasetInspector.Place, number: Int, isConsistent: Bool
  ) {
    guard let check else { return }
    let findings = check.findings(in: row)
    if isConsistent, findings.allSatisfy({ $0.severity == .notice }) { report.validRows += 1 }
    for finding in findings {
      // A type that other rows do not have was told already.
      if !isConsistent, finding.code == "wrong_type" { continue }
      complain(
        finding.code, finding.severity, Self.place(of: finding.token, in: row, at: place), row: number,
        finding.message, hint: finding.hint)
    }
  }

  private mutating func preview(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard report.preview.count < limits.previewRows, report.rows >= limits.previewFrom else { return }
    var end = min(bytes.count, limits.previewBytes)
    let isCut = end < bytes.count
    // Not in the middle of a character.
    while isCut, end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
    previewed.append((report.rows, !isCut))
    report.preview.append(String(decoding: bytes[..<end], as: UTF8.self) + (isCut ? "…" : ""))
  }

  /// Where a value stands in the file; walks the row, so for problems that are told only.
  private static func place(
    of token: JSONRow.Value, in row: JSONRow, at start: DatasetInspector.Place
  ) -> DatasetInspector.Place {
    var place = start
    let value = row.tokens[token]
    let isQuoted = value.kind == .string || value.kind == .key
    for byte in row.bytes[..<(Int(value.start) - (isQuoted ? 1 : 0))] {
      if byte == 0x0A {
        place.line += 1
        place.column = 1
      } else if byte & 0xC0 != 0x80 {
        place.column += 1
      }
    }
    return place
  }
}
