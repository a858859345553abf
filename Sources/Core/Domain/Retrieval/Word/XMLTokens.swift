/// The tags and texts of an XML file, one after another: as much of XML as documents of office programs are written in.
///
/// What is no XML ends it. It knows no entities but the five that every file has, and reads nothing from elsewhere.
struct XMLTokens: IteratorProtocol, Sequence {
  enum Token: Equatable {
    /// Names without their prefixes; a tag that closes itself is followed by its end.
    case begin(String, [String: String])
    case end(String)
    case text([UInt8])
  }

  private let xml: [UInt8]
  private var place = 0
  private var ending: String?

  init(_ xml: [UInt8]) { self.xml = xml }

  mutating func next() -> Token? {
    if let name = ending {
      ending = nil
      return .end(name)
    }
    while place < xml.count {
      guard xml[place] == UInt8(ascii: "<") else { return text() }
      if isNext("<!--") {
        skip("-->")
      } else if isNext("<![CDATA[") {
        let start = place + 9
        skip("]]>")
        return .text(Array(xml[start..<Swift.max(start, place - 3)]))
      } else if isNext("<?") || isNext("<!") {
        skip(">")
      } else {
        return tag()
      }
    }
    return nil
  }

  private mutating func text() -> Token {
    let end = xml[place...].firstIndex(of: UInt8(ascii: "<")) ?? xml.count
    defer { place = end }
    return .text(Self.unescaped(xml[place..<end]))
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
      place = xml.count
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

  /// Goes behind the next `mark`, to the end where there is none.
  private mutating func skip(_ mark: String) {
    let wanted = Array(mark.utf8)
    while place + wanted.count <= xml.count {
      if xml[place..<place + wanted.count].elementsEqual(wanted) {
        place += wanted.count
        return
      }
      place += 1
    }
    place = xml.count
  }
}
