/// Writes values as YAML that PyYAML and OmegaConf read back unchanged.
///
/// Every string is double-quoted, so no text can become a number, a date or a second key; every float has a point
/// and a signed exponent, without which YAML 1.1 takes `5e-05` for a string.
enum YAMLText {
  /// One `key: value` line per entry, in the given order.
  static func document(_ entries: [(name: String, value: ArgumentValue)]) -> String {
    entries.map { "\($0.name): \(scalar($0.value))\n" }.joined()
  }

  static func scalar(_ value: ArgumentValue) -> String {
    switch value {
    case .null: "null"
    case .bool(let flag): flag ? "true" : "false"
    case .integer(let number): String(number)
    case .number(let number): float(number)
    case .string(let text): quoted(text)
    case .list(let items): "[" + items.map(scalar).joined(separator: ", ") + "]"
    case .object(let members):
      "{"
        + members.sorted { $0.key < $1.key }.map { "\(quoted($0.key)): \(scalar($0.value))" }
        .joined(separator: ", ") + "}"
    }
  }

  /// A finite number.
  static func float(_ number: Double) -> String {
    let text = String(number)
    guard let exponent = text.firstIndex(of: "e") else { return text }
    var mantissa = String(text[..<exponent])
    var power = String(text[text.index(after: exponent)...])
    if !mantissa.contains(".") { mantissa += ".0" }
    if power.first != "-", power.first != "+" { power = "+" + power }
    return "\(mantissa)e\(power)"
  }

  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      default:
        // Controls, line separators, byte order marks and non-characters: what YAML does not take as they are.
        switch scalar.value {
        case 0x20...0x7E, 0xA1...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD,
          0x10000...0x10FFFF:
          result.unicodeScalars.append(scalar)
        case 0...0xFF: result += "\\x" + hexadecimal(scalar.value, digits: 2)
        default: result += "\\u" + hexadecimal(scalar.value, digits: 4)
        }
      }
    }
    return result + "\""
  }

  private static func hexadecimal(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
