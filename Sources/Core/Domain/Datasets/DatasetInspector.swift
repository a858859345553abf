/// Reads a dataset as its bytes arrive, and tells what LLaMA-Factory would make of it.
///
/// Nothing of the file is held but the row at hand, the first few rows and the first problems: the memory is flat,
/// whatever the file's size. The report does not depend on how the bytes were cut into pieces.
///
///     var inspector = DatasetInspector(filename: "data.jsonl")
///     for piece in pieces { inspector.push(piece) }
///     let report = inspector.finish()
package struct DatasetInspector: Sendable {
  var rows: RowIntake
  var place: Place
  private var scan: Scan
  private var parser: JSONRowParser
  /// What was pushed and not yet read.
  private var pending: [UInt8] = []
  /// Waits for this many pending bytes before a cut-off row is tried again.
  private var patience = 0
  private let isTextFile: Bool
  /// It begins with a byte order mark.
  private var hasMark = false

  /// A line and a column of the file.
  struct Place: Sendable, Equatable {
    var line = 1
    var column = 1
  }

  private enum Scan: Sendable, Equatable {
    /// Before the first bytes, which tell what kind of file it is.
    case start
    /// Before the first byte that tells the container.
    case leading
    case arrayFirst, arrayNext, arrayComma, arrayDone
    case lineStart, lineTail, lineSkip
    case textLine
    /// Nothing further can be read.
    case stopped
  }

  /// - Parameter filename: tells by its extension whether the file is plain text; its content tells the rest.
  package init(filename: String, limits: DatasetLimits = .standard) {
    let ending = filename.split(separator: ".").last.map { $0.lowercased() } ?? ""
    isTextFile = ending == "txt"
    scan = .start
    place = Place()
    parser = JSONRowParser(limits: limits)
    rows = RowIntake(limits: limits)
    if !["txt", "json", "jsonl"].contains(ending) {
      rows.complain(
        "unsupported_file", .fatal, place, row: nil, "Only .json, .jsonl and .txt files can be trained on.",
        hint: "Convert the file, or give it its right ending.")
      scan = .stopped
    }
  }

  package mutating func push(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { push($0) }
  }

  /// Reads the next bytes; they are not kept.
  package mutating func push(_ bytes: UnsafeRawBufferPointer) {
    rows.report.bytes += Int64(bytes.count)
    if scan == .stopped || bytes.isEmpty { return }
    if pending.isEmpty, scan != .start {
      let buffer = bytes.bindMemory(to: UInt8.self)
      let used = read(buffer, isFinal: false)
      if scan != .stopped { pending.append(contentsOf: buffer[used...]) }
    } else {
      pending.append(contentsOf: bytes)
      readPending(isFinal: false)
    }
  }

  /// Reads what is left, and tells.
  package mutating func finish() -> DatasetReport {
    if scan != .stopped { readPending(isFinal: true) }
    return rows.finish(at: place)
  }

  private mutating func readPending(isFinal: Bool) {
    guard isFinal || pending.count >= patience else { return }
    let held = pending
    pending = []
    let used = held.withUnsafeBufferPointer { read($0, isFinal: isFinal) }
    if scan == .stopped { return }
    if used < held.count { pending = used == 0 ? held : Array(held[used...]) }
    patience = used == 0 ? pending.count * 2 : 0
  }

  /// Reads as many whole rows as there are, and returns the bytes used.
  private mutating func read(_ bytes: UnsafeBufferPointer<UInt8>, isFinal: Bool) -> Int {
    var position = 0
    while scan != .stopped {
      let before = position
      let state = scan
      if position < bytes.count || (isFinal && scan == .start) {
        step(bytes, &position, isFinal)
      }
      if scan == state, position == before { break }
    }
    if isFinal, scan != .stopped { end() }
    return position
  }

  /// The file ends here; says what is missing.
  private mutating func end() {
    switch scan {
    case .arrayFirst, .arrayNext, .arrayComma:
      rows.complain(
        "truncated", .fatal, place, row: nil, "The file ends before its list does.",
        hint: "The upload or the export was cut short: check the end of the file.")
    case .start, .leading, .arrayDone, .lineStart, .lineTail, .lineSkip, .textLine, .stopped: break
    }
    scan = .stopped
  }

  private mutating func step(_ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int, _ isFinal: Bool) {
    switch scan {
    case .start: start(bytes, &position, isFinal)
    case .leading: leading(bytes, &position)
    case .textLine: textLine(bytes, &position, isFinal)
    case .lineSkip:
      while position < bytes.count, bytes[position] != 0x0A { advance(bytes[position], &position) }
      if position < bytes.count {
        advance(0x0A, &position)
        scan = .lineStart
      }
    case .lineStart, .lineTail: line(bytes, &position, isFinal)
    case .arrayFirst, .arrayNext, .arrayComma, .arrayDone: array(bytes, &position, isFinal)
    case .stopped: break
    }
  }

  /// Over one byte outside of rows.
  private mutating func advance(_ byte: UInt8, _ position: inout Int) {
    position += 1
    if byte == 0x0A {
      place.line += 1
      place.column = 1
    } else if byte & 0xC0 != 0x80 {
      place.column += 1
    }
  }

  private mutating func skipSpace(
    _ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int, stopAtNewline: Bool
  ) -> UInt8? {
    while position < bytes.count {
      let byte = bytes[position]
      guard byte == 0x20 || byte == 0x09 || byte == 0x0D || (byte == 0x0A && !stopAtNewline) else {
        return byte
      }
      advance(byte, &position)
    }
    return nil
  }

  private mutating func stop(_ fault: JSONFault, at place: Place) {
    rows.complain(fault.code, .fatal, place, row: rows.report.rows + 1, fault.message, hint: fault.hint)
    scan = .stopped
  }
}

extension DatasetInspector {
  private mutating func start(_ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int, _ isFinal: Bool) {
    // Four bytes tell every mark that a file may begin with.
    guard isFinal || bytes.count >= 4 else { return }
    let head = Array(bytes.prefix(4))
    if head.starts(with: [0xEF, 0xBB, 0xBF]) {
      hasMark = true
      position = 3
    } else if let kind = Self.foreign(head) {
      rows.complain(
        "not_text", .fatal, place, row: nil, "The file is \(kind), not text in UTF-8.",
        hint: "Save it as UTF-8, or unpack it first.")
      scan = .stopped
      return
    }
    if isTextFile {
      rows.report.container = .text
      rows.use(.text)
      scan = .textLine
      if hasMark { complainOfMark(.notice) }
      return
    }
    scan = .leading
  }

  /// White space before the first row; it may come in many pieces.
  private mutating func leading(_ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int) {
    switch skipSpace(bytes, &position, stopAtNewline: false) {
    case UInt8(ascii: "["):
      rows.report.container = .jsonArray
      if hasMark { complainOfMark(.fatal) }
      advance(UInt8(ascii: "["), &position)
      scan = .arrayFirst
    case nil: break
    default:
      rows.report.container = .jsonLines
      if hasMark { complainOfMark(.notice) }
      scan = .lineStart
    }
  }

  private mutating func complainOfMark(_ severity: DatasetProblem.Severity) {
    rows.complain(
      "bom", severity, Place(), row: nil, "The file begins with a byte order mark.",
      hint: severity == .fatal
        ? "Save it as UTF-8 without BOM: LLaMA-Factory cannot read the list otherwise."
        : "Save it as UTF-8 without BOM.")
  }

  private static func foreign(_ head: [UInt8]) -> String? {
    if head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF]) { return "UTF-16" }
    if head.starts(with: [0x50, 0x4B]) { return "a ZIP archive or an Office document" }
    if head.starts(with: [0x1F, 0x8B]) { return "compressed" }
    if head.starts(with: Array("PAR1".utf8)) { return "Parquet" }
    if head.contains(0) { return "binary" }
    return nil
  }

  private mutating func array(_ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int, _ isFinal: Bool) {
    guard let byte = skipSpace(bytes, &position, stopAtNewline: false) else { return }
    switch scan {
    case .arrayFirst where byte == UInt8(ascii: "]"), .arrayComma where byte == UInt8(ascii: "]"):
      advance(byte, &position)
      scan = .arrayDone
    case .arrayComma where byte == UInt8(ascii: ","):
      advance(byte, &position)
      scan = .arrayNext
    case .arrayComma: stop(.expectedCommaOrBracket, at: place)
    case .arrayDone:
      rows.complain(
        "trailing_data", .fatal, place, row: nil, "Something stands behind the end of the list.",
        hint: "Keep one list in the file, or write one row per line without brackets.")
      scan = .stopped
    default:
      if row(bytes, &position, isFinal, endsAtNewline: false) { scan = .arrayComma }
    }
  }

  private mutating func line(_ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int, _ isFinal: Bool) {
    guard let byte = skipSpace(bytes, &position, stopAtNewline: true) else { return }
    if byte == 0x0A {
      advance(byte, &position)
      scan = .lineStart
    } else if scan == .lineTail {
      rows.complain(
        "trailing_data", .fatal, place, row: rows.report.rows, "Something stands behind the row on its line.",
        hint: "Write one row per line, without commas between them.")
      scan = .lineSkip
    } else if row(bytes, &position, isFinal, endsAtNewline: true) {
      scan = .lineTail
    }
  }

  /// Reads one row and returns whether it was whole.
  private mutating func row(
    _ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int, _ isFinal: Bool, endsAtNewline: Bool
  ) -> Bool {
    let start = position
    let limit = rows.limits.rowBytes
    switch parser.parse(bytes, from: start, isFinal: isFinal, endsAtNewline: endsAtNewline) {
    case .value(let end) where end - start <= limit:
      position = end
      let row = JSONRow(bytes: UnsafeBufferPointer(rebasing: bytes[start..<end]), tokens: parser.tokens)
      rows.take(row, at: place)
      move(to: end, from: start)
      return true
    case .incomplete where bytes.count - start <= limit: return false
    case .failure(let fault, let offset) where offset - start <= limit:
      fail(fault, offset, start, &position, endsAtNewline)
      return false
    case .value, .incomplete, .failure:
      rows.complain(
        "row_too_large", .fatal, place, row: rows.report.rows + 1, "A row is larger than \(limit) bytes.",
        hint: "Is this a dataset? A row is one question and answer, or one conversation.")
      scan = .stopped
      return false
    }
  }

  private mutating func fail(
    _ fault: JSONFault, _ offset: Int, _ start: Int, _ position: inout Int, _ endsAtNewline: Bool
  ) {
    let begin = place
    move(to: offset, from: start)
    if !endsAtNewline { return stop(fault, at: place) }
    if rows.report.rows == 0, fault == .lineEnds {
      rows.complain(
        "top_level_object", .fatal, begin, row: nil,
        "The file is one object over several lines, not a list of rows.",
        hint: "Put the rows into a list, [ … ], or write one row per line.")
      scan = .stopped
      return
    }
    rows.takeBroken(fault, at: place)
    position = offset
    scan = .lineSkip
  }

  /// Sets the place to an offset that the parser counted lines and characters up to.
  private mutating func move(to offset: Int, from start: Int) {
    let lines = parser.lines
    if lines.newlines > 0 {
      place.line += lines.newlines
      place.column = 1
    }
    place.column += offset - lines.lineStart - lines.continuations
  }

  private mutating func textLine(_ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int, _ isFinal: Bool)
  {
    var end = position
    var length = TextLength()
    let limit = rows.limits.rowBytes
    while end < bytes.count, bytes[end] != 0x0A, end - position <= limit {
      if bytes[end] < 0x80 {
        end += 1
      } else {
        switch JSONText.character(bytes, at: end) {
        case .whole(let bytes):
          end += bytes
          if bytes >= 3 { length.wide += 1 }
        case .cut where !isFinal: return
        case .cut, .bad:
          place.column += length.characters
          return stop(.badUTF8, at: place)
        }
      }
      length.characters += 1
    }
    if end - position > limit {
      rows.complain(
        "row_too_large", .fatal, place, row: rows.report.rows + 1, "A line is longer than \(limit) bytes.",
        hint: "Break the text into lines: each is one row.")
      scan = .stopped
      return
    }
    guard end < bytes.count || isFinal else { return }
    rows.takeText(UnsafeBufferPointer(rebasing: bytes[position..<end]), at: place, length: length)
    place.column += length.characters
    position = end
    if end < bytes.count { advance(0x0A, &position) }
  }
}
