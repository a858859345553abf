/// Puts JSON together as bytes.
struct RowJSON: Sendable {
  private(set) var bytes: [UInt8] = []

  mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

  mutating func raw(_ more: [UInt8]) { bytes.append(contentsOf: more) }

  mutating func string(_ text: String) {
    var text = text
    bytes.append(UInt8(ascii: "\""))
    text.withUTF8 { text in
      var done = 0
      // What stands between two bytes that are written in another way is taken as a whole.
      while done < text.count {
        let end = JSONText.firstEscaped(text, from: done)
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[done..<end]))
        if end < text.count { escape(text[end]) }
        done = end + 1
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func escape(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): raw("\\\"")
    case UInt8(ascii: "\\"): raw("\\\\")
    case 0x0A: raw("\\n")
    case 0x0D: raw("\\r")
    case 0x09: raw("\\t")
    default:
      let digits = String(byte, radix: 16)
      raw("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
    }
  }

  /// An object with these members, each written already.
  static func object(_ members: [(key: String, value: RowJSON)]) -> RowJSON {
    var json = RowJSON()
    json.bytes.reserveCapacity(members.reduce(2) { $0 + $1.key.utf8.count + $1.value.bytes.count + 8 })
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
    json.bytes.reserveCapacity(elements.reduce(2) { $0 + $1.bytes.count + 2 })
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
    json.bytes.reserveCapacity(text.utf8.count + 2)
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
