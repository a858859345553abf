/// Puts JSON together as bytes.
struct RowJSON: Sendable {
  private(set) var bytes: [UInt8] = []

  mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

  mutating func raw(_ more: [UInt8]) { bytes.append(contentsOf: more) }

  mutating func string(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): raw("\\\"")
      case UInt8(ascii: "\\"): raw("\\\\")
      case 0x0A: raw("\\n")
      case 0x0D: raw("\\r")
      case 0x09: raw("\\t")
      case 0..<0x20:
        let digits = String(byte, radix: 16)
        raw("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// An object with these members, each written already.
  static func object(_ members: [(key: String, value: RowJSON)]) -> RowJSON {
    var json = RowJSON()
    json.raw("{")
    for (index, member) in members.enumerated() {
      if index > 0 { json.raw(", ") }
      json.string(member.key)
      json.raw(": ")
      json.raw(member.value.bytes)
    }
    json.raw("}")
    return json
  }

  static func list(_ elements: [RowJSON]) -> RowJSON {
    var json = RowJSON()
    json.raw("[")
    for (index, element) in elements.enumerated() {
      if index > 0 { json.raw(", ") }
      json.raw(element.bytes)
    }
    json.raw("]")
    return json
  }

  static func text(_ text: String) -> RowJSON {
    var json = RowJSON()
    json.string(text)
    return json
  }

  static func literal(_ bytes: [UInt8]) -> RowJSON {
    var json = RowJSON()
    json.raw(bytes)
    return json
  }
}

extension JSONRow {
  /// A value as it stands in the file.
  func raw(_ value: Value) -> [UInt8] {
    let token = tokens[value]
    let isQuoted = token.kind == .string || token.kind == .key
    return Array(bytes[(Int(token.start) - (isQuoted ? 1 : 0))..<(Int(token.end) + (isQuoted ? 1 : 0))])
  }
}
