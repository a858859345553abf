/// An element of an object store's answer.
///
/// A small and strict part of XML, which is all that S3 speaks: elements and text. What could make a reader do more than
/// read (a document type, entities of its own) is refused, and so is whatever is not well formed.
package struct S3Answer: Sendable, Equatable {
  package struct Fault: Error, Equatable {
    package let message: String
    init(_ message: String) { self.message = message }
  }

  /// Without its namespace's prefix.
  package let name: String
  /// What stands in it outside of its children.
  package private(set) var text = ""
  package private(set) var children: [S3Answer] = []

  private static let mostBytes = 4 << 20
  private static let mostElements = 50_000
  private static let mostDepth = 16

  private init(name: String) { self.name = name }

  /// The first child of that name.
  package subscript(name: String) -> S3Answer? { children.first { $0.name == name } }
  /// The text of the first child of that name.
  package func text(of name: String) -> String? { self[name]?.text }
  /// All children of that name.
  package func all(_ name: String) -> [S3Answer] { children.filter { $0.name == name } }

  /// Reads a whole answer.
  package init(_ bytes: [UInt8]) throws(Fault) {
    guard bytes.count <= Self.mostBytes else { throw Fault("it is too long") }
    var reader = Reader(bytes: bytes)
    reader.skipMark()
    try reader.skipBetween()
    var open: [S3Answer] = []
    var count = 0
    while true {
      guard reader.position < bytes.count else { throw Fault("it ends too early") }
      if bytes[reader.position] != UInt8(ascii: "<") {
        let text = try reader.text()
        // skipBetween has taken what stands before the root.
        guard !open.isEmpty else { throw Fault("there is text outside of the root") }
        open[open.count - 1].text += text
        continue
      }
      if try reader.skipComment() { continue }
      let tag = try reader.tag()
      if !tag.isEnd {
        count += 1
        guard count <= Self.mostElements, open.count < Self.mostDepth else {
          throw Fault("it holds too much")
        }
        open.append(S3Answer(name: tag.name))
        guard tag.isEmpty else { continue }
      }
      guard let closed = open.popLast(), closed.name == tag.name else {
        throw Fault("an end tag is in the wrong place")
      }
      if open.isEmpty {
        try reader.skipBetween()
        guard reader.position == bytes.count else { throw Fault("there is more than one root") }
        self = closed
        return
      }
      open[open.count - 1].children.append(closed)
    }
  }

  private struct Reader {
    struct Tag {
      let name: String
      var isEnd = false
      var isEmpty = false
    }

    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    private func has(_ text: StaticString) -> Bool {
      let count = text.utf8CodeUnitCount
      return position + count <= bytes.count
        && text.withUTF8Buffer { $0.elementsEqual(bytes[position..<position + count]) }
    }

    mutating func skipMark() { if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 } }

    private mutating func skipSpace() {
      while position < bytes.count, isSpace(bytes[position]) { position += 1 }
    }

    /// What may stand before and behind the root: blanks, comments, and first of all the declaration.
    mutating func skipBetween() throws(Fault) {
      if position <= 3, has("<?xml") {
        while !has("?>") {
          guard position < bytes.count else { throw Fault("it ends too early") }
          position += 1
        }
        position += 2
      }
      skipSpace()
      while try skipComment() { skipSpace() }
    }

    mutating func skipComment() throws(Fault) -> Bool {
      guard has("<!--") else { return false }
      position += 4
      while !has("-->") {
        guard position < bytes.count else { throw Fault("it ends too early") }
        position += 1
      }
      position += 3
      return true
    }

    mutating func tag() throws(Fault) -> Tag {
      position += 1
      let isEnd = position < bytes.count && bytes[position] == UInt8(ascii: "/")
      if isEnd { position += 1 }
      var tag = Tag(name: try name(), isEnd: isEnd)
      while true {
        let before = position
        skipSpace()
        guard position < bytes.count else { throw Fault("it ends too early") }
        switch bytes[position] {
        case UInt8(ascii: ">"):
          position += 1
          return tag
        case UInt8(ascii: "/")
        where !isEnd && position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: ">"):
          position += 2
          tag.isEmpty = true
          return tag
        default:
          guard !isEnd, position > before else { throw Fault("a tag cannot be read") }
          try skipAttribute()
        }
      }
    }

    private mutating func skipAttribute() throws(Fault) {
      _ = try name()
      skipSpace()
      guard has("=") else { throw Fault("an attribute has no value") }
      position += 1
      skipSpace()
      guard position < bytes.count,
        bytes[position] == UInt8(ascii: "\"") || bytes[position] == UInt8(ascii: "'")
      else {
        throw Fault("an attribute has no value")
      }
      let quote = bytes[position]
      position += 1
      while position < bytes.count, bytes[position] != quote {
        guard bytes[position] != UInt8(ascii: "<") else { throw Fault("an attribute cannot be read") }
        position += 1
      }
      guard position < bytes.count else { throw Fault("it ends too early") }
      position += 1
    }

    private mutating func name() throws(Fault) -> String {
      let start = position
      while position < bytes.count, isName(bytes[position]) { position += 1 }
      let parts = bytes[start..<position].split(
        separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
      guard (1...2).contains(parts.count), position - start <= 200,
        parts.allSatisfy({
          $0.first.map { !isDigit($0) && $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: ".") } == true
        }),
        let last = parts.last
      else { throw Fault("a name cannot be read") }
      return String(decoding: last, as: UTF8.self)
    }

    mutating func text() throws(Fault) -> String {
      var found: [UInt8] = []
      while position < bytes.count, bytes[position] != UInt8(ascii: "<") {
        if bytes[position] == UInt8(ascii: "&") {
          found += try reference()
        } else {
          found.append(bytes[position])
          position += 1
        }
      }
      guard !found.contains(0), let text = String(validating: found, as: UTF8.self) else {
        throw Fault("it is no UTF-8")
      }
      return text
    }

    private mutating func reference() throws(Fault) -> [UInt8] {
      let rest = bytes[(position + 1)...].prefix(12)
      guard let end = rest.firstIndex(of: UInt8(ascii: ";")) else { throw Fault("an entity cannot be read") }
      let name = String(decoding: rest[..<end], as: UTF8.self)
      position = end + 1
      switch name {
      case "lt": return [UInt8(ascii: "<")]
      case "gt": return [UInt8(ascii: ">")]
      case "amp": return [UInt8(ascii: "&")]
      case "quot": return [UInt8(ascii: "\"")]
      case "apos": return [UInt8(ascii: "'")]
      default:
        let digits = name.hasPrefix("#x") ? name.dropFirst(2) : name.dropFirst(1)
        guard name.hasPrefix("#"), digits.allSatisfy({ $0.isHexDigit }),
          let code = UInt32(digits, radix: name.hasPrefix("#x") ? 16 : 10), code > 0,
          let scalar = Unicode.Scalar(code)
        else { throw Fault("an entity is not known") }
        return Array(String(Character(scalar)).utf8)
      }
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 10 || byte == 13 }
    private func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    private func isName(_ byte: UInt8) -> Bool {
      (65...90).contains(byte) || (97...122).contains(byte) || isDigit(byte) || byte == UInt8(ascii: "_")
        || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: ":")
    }
  }
}
