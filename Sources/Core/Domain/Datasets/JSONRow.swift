/// One value of a row: what it is, and where it stands.
struct JSONToken: Sendable {
  enum Kind: UInt8, Sendable { case null, bool, number, string, array, object, key }

  let kind: Kind
  /// A string or key holds an escape.
  let hasEscape: Bool
  /// Offset of the first byte within the row; of strings, after the quote.
  let start: Int32
  /// Offset behind the last byte; of strings, of the closing quote.
  var end: Int32
  /// Of strings, their characters.
  let characters: Int32
  /// Of strings, those of their characters that are Chinese or otherwise beyond U+07FF.
  let wide: Int32
  /// Index of the token behind this value and all that it holds.
  var next: Int32
}

/// A parsed row, lent for as long as its bytes stand still.
///
/// The value at token 0 is the row itself. The members of an object are its keys, each followed by its value.
struct JSONRow {
  let bytes: UnsafeBufferPointer<UInt8>
  let tokens: ContiguousArray<JSONToken>

  /// An index into `tokens`.
  typealias Value = Int

  /// A key or word to compare with, its bytes at hand.
  struct Name: Sendable, Hashable, ExpressibleByStringLiteral {
    let text: String
    let bytes: [UInt8]

    init(_ text: String) {
      self.text = text
      bytes = Array(text.utf8)
    }

    init(stringLiteral text: String) { self.init(text) }
  }

  func kind(_ value: Value) -> JSONToken.Kind { tokens[value].kind }

  /// The value of a member, of doubled ones the last; nil where the object has none of that name.
  func member(_ name: Name, of object: Value = 0) -> Value? {
    guard tokens[object].kind == .object else { return nil }
    var found: Value?
    var index = object + 1
    let end = Int(tokens[object].next)
    while index < end {
      if isText(index, name) { found = index + 1 }
      index = Int(tokens[index + 1].next)
    }
    return found
  }

  func forEachMember(of object: Value = 0, _ body: (_ key: Value, _ value: Value) -> Void) {
    guard tokens[object].kind == .object else { return }
    var index = object + 1
    let end = Int(tokens[object].next)
    while index < end {
      body(index, index + 1)
      index = Int(tokens[index + 1].next)
    }
  }

  func forEachElement(of array: Value, _ body: (Value) -> Void) {
    guard tokens[array].kind == .array else { return }
    var index = array + 1
    let end = Int(tokens[array].next)
    while index < end {
      body(index)
      index = Int(tokens[index].next)
    }
  }

  func elements(of array: Value) -> [Value] {
    guard tokens[array].kind == .array else { return [] }
    var result: [Value] = []
    var index = array + 1
    let end = Int(tokens[array].next)
    while index < end {
      result.append(index)
      index = Int(tokens[index].next)
    }
    return result
  }

  /// Whether a string or key says exactly `name`.
  func isText(_ value: Value, _ name: Name) -> Bool {
    let token = tokens[value]
    if token.hasEscape { return text(value) == name.text }
    let length = Int(token.end - token.start)
    guard length == name.bytes.count else { return false }
    let start = Int(token.start)
    for offset in 0..<length where bytes[start + offset] != name.bytes[offset] { return false }
    return true
  }

  /// The text of a string or key, escapes resolved.
  func text(_ value: Value) -> String {
    let token = tokens[value]
    let raw = bytes[Int(token.start)..<Int(token.end)]
    return token.hasEscape ? Self.unescaped(raw) : String(decoding: raw, as: UTF8.self)
  }

  /// A string of no characters at all.
  func isEmptyText(_ value: Value) -> Bool {
    tokens[value].kind == .string && tokens[value].start == tokens[value].end
  }

  /// The characters of all strings, keys left out.
  var textLength: TextLength {
    tokens.reduce(into: TextLength()) { length, token in
      guard token.kind == .string else { return }
      length.characters += Int(token.characters)
      length.wide += Int(token.wide)
    }
  }

  /// The bytes were checked by the parser, so every escape is whole.
  private static func unescaped(_ raw: Slice<UnsafeBufferPointer<UInt8>>) -> String {
    var units: [UInt16] = []
    var result = ""
    var plain: [UInt8] = []
    func flush() {
      result += String(decoding: plain, as: UTF8.self) + String(decoding: units, as: UTF16.self)
      plain = []
      units = []
    }
    var index = raw.startIndex
    while index < raw.endIndex {
      let byte = raw[index]
      index += 1
      guard byte == UInt8(ascii: "\\"), index < raw.endIndex else {
        if !units.isEmpty { flush() }
        plain.append(byte)
        continue
      }
      let escape = raw[index]
      index += 1
      if escape == UInt8(ascii: "u"), index + 4 <= raw.endIndex {
        if !plain.isEmpty { flush() }
        units.append(UInt16(String(decoding: raw[index..<index + 4], as: UTF8.self), radix: 16) ?? 0xFFFD)
        index += 4
        continue
      }
      if !units.isEmpty { flush() }
      switch escape {
      case UInt8(ascii: "n"): plain.append(0x0A)
      case UInt8(ascii: "r"): plain.append(0x0D)
      case UInt8(ascii: "t"): plain.append(0x09)
      case UInt8(ascii: "b"): plain.append(0x08)
      case UInt8(ascii: "f"): plain.append(0x0C)
      default: plain.append(escape)
      }
    }
    flush()
    return result
  }
}

/// Made once: rows are compared with these by the million.
extension JSONRow.Name {
  static let input: Self = "input"
  static let history: Self = "history"
  static let toolCalls: Self = "tool_calls"
  static let textColumns: [Self] = ["system", "tools"]
  static let mediaColumns: [Self] = ["images", "videos", "audios"]
}
