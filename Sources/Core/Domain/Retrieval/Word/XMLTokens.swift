/// The tags and texts of an XML file, one after another as its bytes arrive: as much of XML as documents of office
/// programs are written in.
///
/// What is no XML ends it. It knows no entities but the five that every file has, and reads nothing from elsewhere. A
/// text may come in several parts, so that nothing is held but a tag that is not whole.
///
///     tokens.feed(bytes)
///     while let token = tokens.next() { … }
///     tokens.finish()
///     while let token = tokens.next() { … }
struct XMLTokens {
  enum Token: Equatable {
    /// Names without their prefixes; a tag that closes itself is followed by its end.
    case begin(String, [String: String])
    case end(String)
    case text([UInt8])
  }

  private enum Mode {
    case plain
    /// Up to and with these bytes nothing is read.
    case skipping([UInt8])
    /// What stands between `<![CDATA[` and `]]>`.
    case raw
  }

  /// Bytes of a tag; what is longer is no document's.
  private static let longestTag = 1 << 20
  private static let rawEnd = Array("]]>".utf8)

  private var xml: [UInt8] = []
  private var place = 0
  private var isFinal = false
  private var mode = Mode.plain
  private var ending: String?

  mutating func feed(_ more: [UInt8]) {
    xml.removeFirst(place)
    place = 0
    xml += more
  }

  /// No more bytes come.
  mutating func finish() { isFinal = true }

  /// Nil where more bytes are needed, and at the end.
  mutating func next() -> Token? {
    if let name = ending {
      ending = nil
      return .end(name)
    }
    while place < xml.count {
      switch mode {
      case .skipping(let mark): guard skip(mark) else { return nil }
      case .raw: return raw()
      case .plain:
        guard xml[place] == UInt8(ascii: "<") else { return text() }
        // As many as tell what it begins.
        guard isFinal || xml.count - place >= 9 else { return nil }
        if isNext("<!--") {
          mode = .skipping(Array("-->".utf8))
        } else if isNext("<![CDATA[") {
          place += 9
          mode = .raw
        } else if isNext("<?") || isNext("<!") {
          mode = .skipping([UInt8(ascii: ">")])
        } else {
          return tag()
        }
      }
    }
    return nil
  }

  private mutating func text() -> Token? {
    var end = xml[place...].firstIndex(of: UInt8(ascii: "<")) ?? xml.count
    // An entity may be cut in its midst.
    if end == xml.count, !isFinal,
      let begun = xml[max(place, end - 12)...].lastIndex(of: UInt8(ascii: "&")),
      !xml[begun...].contains(UInt8(ascii: ";"))
    {
      end = begun
    }
    guard end > place else { return nil }
    defer { place = end }
    return .text(Self.unescaped(xml[place..<end]))
  }

  private mutating func raw() -> Token? {
    let start = place
    if let end = begin(of: Self.rawEnd) {
      place = end + 3
      mode = .plain
      return .text(Array(xml[start..<end]))
    }
    place = isFinal ? xml.count : max(start, xml.count - 2)
    return place > start ? .text(Array(xml[start..<place])) : nil
  }

  private mutating func tag() -> Token? {
    var end = place + 1
    var quote: UInt8?
    while end < xml.count {
      let byte = xml[end]
      if let open = quote {
        if byte == open { quote = nil }
      } else if byte == 0x22 || byte == 0x27 {
        quote = byte
      } else if byte == UInt8(ascii: ">") {
        break
      }
      end += 1
    }
    guard end < xml.count else {
      if isFinal || xml.count - place > Self.longestTag { place = xml.count }
      return nil
    }
    var inner = xml[(place + 1)..<end]
    place = end + 1
    if inner.first == UInt8(ascii: "/") { return .end(Self.local(inner.dropFirst())) }
    let closes = inner.last == UInt8(ascii: "/")
    if closes { inner.removeLast() }
    let name = inner.prefix { $0 > 0x20 }
    let local = Self.local(name)
    if closes { ending = local }
    return .begin(local, Self.attributes(inner.dropFirst(name.count)))
  }

  private static func attributes(_ text: ArraySlice<UInt8>) -> [String: String] {
    var found: [String: String] = [:]
    var rest = text
    while let equals = rest.firstIndex(of: UInt8(ascii: "=")) {
      let name = local(rest[..<equals].filter { $0 > 0x20 }[...])
      guard let open = rest[equals...].firstIndex(where: { $0 == 0x22 || $0 == 0x27 }),
        let close = rest[(open + 1)...].firstIndex(of: rest[open])
      else { break }
      found[name] = String(decoding: unescaped(rest[(open + 1)..<close]), as: UTF8.self)
      rest = rest[(close + 1)...]
    }
    return found
  }

  private static func local(_ name: ArraySlice<UInt8>) -> String {
    let trimmed = name.prefix { $0 > 0x20 }
    let start = trimmed.lastIndex(of: UInt8(ascii: ":")).map { $0 + 1 } ?? trimmed.startIndex
    return String(decoding: trimmed[start...], as: UTF8.self)
  }

  private static let entities = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'"]

  private static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8] {
    guard text.contains(UInt8(ascii: "&")) else { return Array(text) }
    var out: [UInt8] = []
    var rest = text
    while let start = rest.firstIndex(of: UInt8(ascii: "&")) {
      out += rest[..<start]
      rest = rest[start...]
      guard let end = rest.prefix(12).firstIndex(of: UInt8(ascii: ";")),
        let value = entity(String(decoding: rest[(start + 1)..<end], as: UTF8.self))
      else {
        out.append(UInt8(ascii: "&"))
        rest = rest.dropFirst()
        continue
      }
      out += Array(value.utf8)
      rest = rest[(end + 1)...]
    }
    return out + rest
  }

  private static func entity(_ name: String) -> String? {
    guard name.hasPrefix("#") else { return entities[name] }
    let digits = name.dropFirst()
    let value = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
    // A NUL would end the text for a database.
    return value.flatMap { $0 == 0 ? nil : Unicode.Scalar($0) }.map { String($0) }
  }

  private func isNext(_ mark: String) -> Bool { xml[place...].starts(with: mark.utf8) }

  /// Goes behind the next `mark`; false where that is not here yet.
  private mutating func skip(_ mark: [UInt8]) -> Bool {
    guard let found = begin(of: mark) else {
      place = isFinal ? xml.count : max(place, xml.count - mark.count + 1)
      return false
    }
    place = found + mark.count
    mode = .plain
    return true
  }

  private func begin(of mark: [UInt8]) -> Int? {
    var start = place
    while start + mark.count <= xml.count {
      if xml[start..<start + mark.count].elementsEqual(mark) { return start }
      start += 1
    }
    return nil
  }
}
