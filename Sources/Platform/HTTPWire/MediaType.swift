/// A media type such as `text/plain; charset=utf-8`.
package struct MediaType: Sendable, CustomStringConvertible {
  /// `type/subtype` in lower case.
  package let essence: String
  /// Parameters in order; names in lower case, values unquoted.
  package let parameters: [(name: String, value: String)]

  /// Nil when `text` is not a media type.
  package init?(parsing text: String) {
    var scanner = ParameterScanner(text)
    guard let type = scanner.token(), scanner.skip("/"), let subtype = scanner.token() else { return nil }
    essence = "\(type)/\(subtype)".lowercased()
    guard let parameters = scanner.parameters() else { return nil }
    self.parameters = parameters
  }

  /// A parameter's value; the name is compared in lower case.
  package subscript(parameter: String) -> String? {
    parameters.first { $0.name == parameter.lowercased() }?.value
  }

  /// Whether this is `essence` (`application/json`), whatever the parameters.
  package func matches(_ essence: String) -> Bool { self.essence == essence.lowercased() }

  package var description: String { essence }
}

/// Reads `; name=value; name="quoted"`, the tail common to media types and dispositions.
struct ParameterScanner {
  private let bytes: [UInt8]
  private var position = 0

  init(_ text: String) {
    bytes = Array(text.utf8)
    skipSpace()
  }

  mutating func skipSpace() {
    while position < bytes.count, bytes[position] == 32 || bytes[position] == 9 { position += 1 }
  }

  mutating func skip(_ mark: Unicode.Scalar) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: mark) else { return false }
    position += 1
    return true
  }

  mutating func token() -> String? {
    let start = position
    while position < bytes.count, Grammar.isToken(bytes[position]) { position += 1 }
    return start == position ? nil : String(decoding: bytes[start..<position], as: UTF8.self)
  }

  /// Everything up to the end, as parameters; nil when it is anything else.
  mutating func parameters() -> [(name: String, value: String)]? {
    var found: [(name: String, value: String)] = []
    while true {
      skipSpace()
      if position == bytes.count { return found }
      guard skip(";") else { return nil }
      skipSpace()
      if position == bytes.count { return found }
      guard let name = token(), skip("="), let value = quoted() ?? token() else { return nil }
      found.append((name.lowercased(), value))
    }
  }

  /// A quoted string.
  ///
  /// A backslash escapes a quote or a backslash and is itself before anything else: old browsers send whole
  /// Windows paths unescaped.
  private mutating func quoted() -> String? {
    let start = position
    guard skip("\"") else { return nil }
    var value: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\"") { return String(validating: value, as: UTF8.self) }
      if byte == UInt8(ascii: "\\"), position < bytes.count,
        bytes[position] == UInt8(ascii: "\"") || bytes[position] == UInt8(ascii: "\\")
      {
        value.append(bytes[position])
        position += 1
      } else {
        value.append(byte)
      }
    }
    position = start
    return nil
  }
}
