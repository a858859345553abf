/// The text of a Word document (.docx), with its titles, lists and tables as Markdown writes them.
///
/// What was deleted, fields' codes and what older programs are to show instead are left out.
package enum WordText {
  /// Bytes of the document's XML: a small file may hold a huge one.
  package static let largest = 64 << 20

  /// Throws `unsupported_media_type` for what is no Word document, and `too_large` for one that unpacks to too much.
  ///
  /// - Parameter limit: bytes of its text.
  package static func markdown(
    of file: any RangeReading, by inflating: any Inflating, limit: Int
  ) async throws(DomainError) -> [UInt8] {
    var writer = WordWriter(levels: [:], limit: limit)
    do throws(ZipFailure) {
      var styles = WordStyles()
      _ = try await tokens(of: "word/styles.xml", in: file, by: inflating) { styles.take($0) }
      writer = WordWriter(levels: styles.levels, limit: limit)
      guard try await tokens(of: "word/document.xml", in: file, by: inflating, { writer.take($0) }) else {
        throw .unpacking(.damaged)
      }
    } catch {
      switch error {
      case .reading(let error): throw error
      case .unpacking(.tooLarge): throw tooLarge(largest)
      case .unpacking(.damaged):
        throw DomainError(
          .unsupportedMedia, "This is no Word document (.docx) that can be read.",
          hint: "Save it again as .docx, without a password.")
      }
    }
    guard !writer.isFull else { throw tooLarge(limit) }
    return writer.text
  }

  private static func tooLarge(_ limit: Int) -> DomainError {
    DomainError(
      .tooLarge, "The document unpacks to more than \(limit >> 20) MiB.",
      hint: "Split it into files of its chapters.")
  }

  /// Reads an entry of the file as it is unpacked; false where there is none of this name.
  private static func tokens(
    of entry: String, in file: any RangeReading, by inflating: any Inflating,
    _ take: (XMLTokens.Token) -> Void
  ) async throws(ZipFailure) -> Bool {
    var tokens = XMLTokens()
    let isThere = try await ZipEntry.read(entry, of: file, limit: largest, by: inflating) { piece in
      tokens.feed(piece)
      while let token = tokens.next() { take(token) }
    }
    tokens.finish()
    while let token = tokens.next() { take(token) }
    return isThere
  }

  static func level(_ name: String) -> Int? {
    let lowered = name.lowercased()
    if lowered == "title" { return 1 }
    guard lowered.hasPrefix("heading"), let level = Int(lowered.dropFirst(7).filter { $0 != " " }) else {
      return nil
    }
    return (1...6).contains(level) ? level : nil
  }
}

/// The levels of the styles that are titles, by the styles' own names: their identifiers are each language's.
private struct WordStyles {
  private(set) var levels: [String: Int] = [:]
  private var style: String?

  mutating func take(_ token: XMLTokens.Token) {
    guard case .begin(let name, let attributes) = token else { return }
    switch name {
    case "style": style = attributes["styleId"]
    case "name":
      if let style, let level = WordText.level(attributes["val"] ?? "") { levels[style] = level }
    case "outlineLvl":
      if let style, let value = Int(attributes["val"] ?? ""), (0...5).contains(value) {
        levels[style] = value + 1
      }
    default: break
    }
  }
}

/// Writes paragraphs as they come, until there are too many.
private struct WordWriter {
  let levels: [String: Int]
  let limit: Int
  /// There is more text than is written.
  private(set) var isFull = false
  private(set) var text: [UInt8] = []
  private var paragraph: [UInt8] = []
  private var level: Int?
  private var isItem = false
  private var isInText = false
  /// Tables within tables.
  private var cells = 0
  /// Inside of what is not to be read.
  private var skipped = 0

  private static let unread: Set<String> = ["Fallback", "del", "moveFrom", "instrText", "delText"]

  init(levels: [String: Int], limit: Int) {
    self.levels = levels
    self.limit = limit
  }

  mutating func take(_ token: XMLTokens.Token) {
    guard !isFull else { return }
    if text.count + paragraph.count > limit {
      isFull = true
      return
    }
    switch token {
    case .begin(let name, _) where Self.unread.contains(name): skipped += 1
    case .end(let name) where Self.unread.contains(name): skipped = max(0, skipped - 1)
    case _ where skipped > 0: break
    case .begin(let name, let attributes): begin(name, attributes)
    case .end(let name): end(name)
    case .text(let bytes): if isInText { paragraph += bytes.filter { $0 != 0 } }
    }
  }

  private mutating func begin(_ name: String, _ attributes: [String: String]) {
    switch name {
    case "t": isInText = true
    case "tab": paragraph.append(0x20)
    case "br", "cr": paragraph.append(0x0A)
    case "noBreakHyphen": paragraph.append(UInt8(ascii: "-"))
    case "pStyle":
      let style = attributes["val"] ?? ""
      level = levels[style] ?? WordText.level(style)
    case "outlineLvl":
      if let value = Int(attributes["val"] ?? ""), (0...5).contains(value) { level = value + 1 }
    case "numPr": isItem = true
    case "tc": cells += 1
    default: break
    }
  }

  private mutating func end(_ name: String) {
    switch name {
    case "t": isInText = false
    case "p": endParagraph()
    case "tc":
      cells = max(0, cells - 1)
      if cells == 0 {
        while text.last == 0x20 { text.removeLast() }
        text += Array(" | ".utf8)
      }
    case "tr": if cells == 0 { endLine() }
    case "tbl": if cells == 0 { text.append(0x0A) }
    default: break
    }
  }

  private mutating func endLine() {
    while let last = text.last, last == 0x20 || last == UInt8(ascii: "|") { text.removeLast() }
    text.append(0x0A)
  }

  private mutating func endParagraph() {
    defer {
      paragraph = []
      level = nil
      isItem = false
    }
    guard paragraph.contains(where: { $0 > 0x20 }) else { return }
    if cells > 0 {
      text += paragraph.map { $0 == 0x0A ? 0x20 : $0 } + [0x20]
      return
    }
    if let level {
      // A title is one line.
      text += [UInt8](repeating: UInt8(ascii: "#"), count: level) + [0x20]
      text += paragraph.map { $0 == 0x0A ? 0x20 : $0 }
    } else {
      if isItem { text += Array("- ".utf8) }
      text += paragraph
    }
    text += [0x0A, 0x0A]
  }
}
