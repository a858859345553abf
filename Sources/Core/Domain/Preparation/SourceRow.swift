/// A row of a dataset on its way to another one, apart from the file it came from.
struct SourceRow: Sendable {
  /// As it stands in the file; of a text file, the line without its end.
  let bytes: [UInt8]
  /// Empty for the line of a text file.
  let tokens: ContiguousArray<JSONToken>
  /// 1 for the first.
  let number: Int
  /// The line of the file it begins in.
  let line: Int

  init(_ row: JSONRow, number: Int, line: Int) {
    bytes = Array(row.bytes)
    // Of just its size: the parser's own holds room for the largest row there was.
    var exact = ContiguousArray<JSONToken>()
    exact.reserveCapacity(row.tokens.count)
    exact.append(contentsOf: row.tokens)
    tokens = exact
    self.number = number
    self.line = line
  }

  init(text: UnsafeBufferPointer<UInt8>, number: Int, line: Int) {
    // The end of a line may be CR LF.
    let length = text.last == 0x0D ? text.count - 1 : text.count
    bytes = Array(text.prefix(length))
    tokens = []
    self.number = number
    self.line = line
  }

  var isText: Bool { tokens.isEmpty }

  /// Lends the parsed row; nil for a line of text.
  func withRow<Result>(_ body: (JSONRow) throws -> Result) rethrows -> Result? {
    if isText { return nil }
    return try bytes.withUnsafeBufferPointer { try body(JSONRow(bytes: $0, tokens: tokens)) }
  }

  /// The row's texts, or those of one of its columns, keys left out.
  ///
  /// - Parameter role: of messages, the key whose words say who speaks: they are no texts.
  func texts(of column: JSONRow.Name?, role: JSONRow.Name? = nil) -> [String] {
    if isText { return [String(decoding: bytes, as: UTF8.self)] }
    return withRow { row in
      var range = 0..<tokens.count
      if let column {
        guard let value = row.member(column) else { return [] }
        range = value..<Int(row.tokens[value].next)
      }
      return range.filter { place in
        guard row.kind(place) == .string else { return false }
        guard let role, place > 0, row.kind(place - 1) == .key else { return true }
        return !row.isText(place - 1, role)
      }.map { row.text($0) }
    } ?? []
  }

  /// How long the row's texts are, or those of one of its columns.
  func textLength(of column: JSONRow.Name?) -> TextLength {
    if isText {
      var length = TextLength()
      for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
        length.characters += 1
        if scalar.value > 0x7FF { length.wide += 1 }
      }
      return length
    }
    return withRow { row in
      guard let column else { return row.textLength }
      guard let value = row.member(column) else { return TextLength() }
      return row.tokens[value..<Int(row.tokens[value].next)].reduce(into: TextLength()) { length, token in
        guard token.kind == .string else { return }
        length.characters += Int(token.characters)
        length.wide += Int(token.wide)
      }
    } ?? TextLength()
  }

  /// The row's beginning, for people.
  var excerpt: String {
    var end = min(bytes.count, 160)
    let isCut = end < bytes.count
    while isCut, end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
    return String(decoding: bytes[..<end], as: UTF8.self) + (isCut ? "…" : "")
  }
}

/// Reads a dataset's rows as its bytes arrive; only what makes them no rows is looked at.
struct SourceRows: Sendable {
  private var inspector: DatasetInspector
  private(set) var count = 0

  init(filename: String) {
    inspector = DatasetInspector(
      filename: filename, limits: DatasetLimits(problems: 4, previewRows: 0))
    inspector.rows.handedOn = []
  }

  /// The rows that these bytes made whole.
  ///
  /// Throws `invalid_input` with the line of the first one that cannot be read.
  mutating func push(_ bytes: [UInt8]) throws(DomainError) -> [SourceRow] {
    inspector.push(bytes)
    return try taken()
  }

  mutating func finish() throws(DomainError) -> [SourceRow] {
    _ = inspector.finish()
    return try taken()
  }

  private mutating func taken() throws(DomainError) -> [SourceRow] {
    let rows = inspector.rows.handedOn ?? []
    inspector.rows.handedOn = []
    count += rows.count
    let faults = inspector.rows.report.problems.filter { $0.severity == .fatal }
    // A byte order mark is not written again, which mends it, and the format was found out when the file came.
    if let problem = faults.first(where: { !["bom", "unknown_format"].contains($0.code) }) {
      throw .invalid(
        "Line \(problem.line), column \(problem.column): \(problem.message)", hint: problem.hint)
    }
    return rows
  }
}
