/// A page's words, with its titles, lists and code written as Markdown writes them.
///
/// Reads whatever bytes it is given; what is not HTML comes out as it is. Scripts, styles and comments are left out.
package enum HTMLText {
  package static func markdown(of html: [UInt8]) -> [UInt8] {
    var reader = HTMLTextReader(html)
    return reader.read()
  }
}

private struct HTMLTextReader {
  private let html: [UInt8]
  private var index = 0
  private var out: [UInt8] = []
  /// Inside of `pre`: blanks mean something.
  private var preformatted = 0

  init(_ html: [UInt8]) { self.html = html }

  mutating func read() -> [UInt8] {
    while index < html.count {
      let byte = html[index]
      if byte == UInt8(ascii: "<") {
        tag()
      } else if byte == UInt8(ascii: "&") {
        entity()
      } else {
        index += 1
        add(byte)
      }
    }
    return out
  }

  private mutating func add(_ byte: UInt8) {
    guard preformatted == 0, byte <= 0x20 else { return out.append(byte) }
    if let last = out.last, last > 0x20 { out.append(0x20) }
  }

  private mutating func line() {
    while out.last == 0x20 { out.removeLast() }
    if let last = out.last, last != UInt8(ascii: "\n") { out.append(UInt8(ascii: "\n")) }
  }

  private mutating func paragraph() {
    line()
    // By its places: a slice would share the bytes, which then were copied for each paragraph.
    let count = out.count
    if count > 0, count < 2 || out[count - 1] != 0x0A || out[count - 2] != 0x0A { out.append(0x0A) }
  }

  /// From a `<`; one that begins no tag is a character.
  private mutating func tag() {
    let rest = html[(index + 1)...]
    if rest.starts(with: "!--".utf8) {
      index = end(of: "-->", from: index + 4)
      return
    }
    var name = rest.prefix(32)
    let closes = name.first == UInt8(ascii: "/")
    if closes { name = name.dropFirst() }
    name = name.prefix { Self.isLetter($0) || (0x30...0x39).contains($0) }
    guard let first = name.first, Self.isLetter(first) else {
      if rest.first == UInt8(ascii: "!") || rest.first == UInt8(ascii: "?") {
        index = end(of: ">", from: index + 1)
      } else {
        index += 1
        out.append(UInt8(ascii: "<"))
      }
      return
    }
    let word = String(decoding: name, as: UTF8.self).lowercased()
    index = endOfTag(from: index + 1)
    if !closes, Self.skipped.contains(word) {
      index = end(of: "</" + word, from: index)
      index = min(html.count, endOfTag(from: index))
    } else {
      apply(word, closes: closes)
    }
  }

  private static let skipped: Set<String> = [
    "script", "style", "noscript", "template", "svg", "math", "head",
  ]

  private mutating func apply(_ word: String, closes: Bool) {
    switch word {
    case "h1", "h2", "h3", "h4", "h5", "h6":
      paragraph()
      if !closes { out += [UInt8](repeating: UInt8(ascii: "#"), count: Int(word.dropFirst()) ?? 1) + [0x20] }
    case "pre":
      if closes { line() } else { paragraph() }
      out += Array("```\n".utf8)
      preformatted = max(0, preformatted + (closes ? -1 : 1))
    case "li" where !closes:
      line()
      out += Array("- ".utf8)
    case "br", "tr", "dt", "dd", "option": line()
    case "td", "th": if closes { out += Array(" | ".utf8) }
    case "p", "div", "section", "article", "header", "footer", "main", "aside", "nav", "table", "ul", "ol",
      "dl",
      "blockquote", "figure", "form", "body", "title":
      paragraph()
    default: break
    }
  }

  private mutating func entity() {
    let rest = html[(index + 1)...].prefix(10)
    guard let length = rest.firstIndex(of: UInt8(ascii: ";")).map({ $0 - index - 1 }),
      let text = Self.text(ofEntity: String(decoding: rest.prefix(length), as: UTF8.self))
    else {
      index += 1
      out.append(UInt8(ascii: "&"))
      return
    }
    index += length + 2
    for byte in text.utf8 { add(byte) }
  }

  private static func text(ofEntity name: String) -> String? {
    if name.hasPrefix("#") {
      let digits = name.dropFirst()
      let value =
        digits.hasPrefix("x") || digits.hasPrefix("X")
        ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits, radix: 10)
      // A NUL would end the text for a database.
      return value.flatMap { $0 == 0 ? nil : Unicode.Scalar($0) }.map { String($0) }
    }
    return named[name]
  }

  private static let named = [
    "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ", "copy": "©", "reg": "®",
    "hellip": "…", "mdash": "—", "ndash": "–", "lsquo": "‘", "rsquo": "’", "ldquo": "“", "rdquo": "”",
    "middot": "·", "bull": "•", "times": "×", "rarr": "→", "larr": "←", "laquo": "«", "raquo": "»",
  ]

  /// Behind the next `>` that is in no quotes.
  private func endOfTag(from start: Int) -> Int {
    var quote: UInt8?
    for position in start..<max(start, html.count) {
      let byte = html[position]
      if let open = quote {
        if byte == open { quote = nil }
      } else if byte == 0x22 || byte == 0x27 {
        quote = byte
      } else if byte == UInt8(ascii: ">") {
        return position + 1
      }
    }
    return html.count
  }

  /// Behind the next `mark`, without regard to case; the text's end where there is none.
  private func end(of mark: String, from start: Int) -> Int {
    let wanted = Array(mark.utf8)
    var position = start
    while position + wanted.count <= html.count {
      let here = html[position..<position + wanted.count]
      if zip(here, wanted).allSatisfy({ Self.lowered($0) == $1 }) { return position + wanted.count }
      position += 1
    }
    return html.count
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(lowered(byte)) }
  private static func lowered(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
}
