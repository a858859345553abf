/// A value of a YAML document, with the line it begins on.
package struct YAMLNode: Sendable, Equatable {
  package enum Content: Sendable, Equatable {
    case scalar(YAMLScalar)
    case sequence([YAMLNode])
    /// In the order of the document; doubled keys are kept.
    case mapping([Entry])
  }

  package struct Entry: Sendable, Equatable {
    package let key: String
    /// 1 for the first line.
    package let line: Int
    package let value: YAMLNode
  }

  package let content: Content
  /// 1 for the first line.
  package let line: Int
}

/// A scalar by YAML 1.2's core schema: what is quoted is text, and `yes`, `on` and dates are text too.
package enum YAMLScalar: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case text(String)

  /// - Parameter isPlain: it stands without quotes.
  init(_ text: String, isPlain: Bool) {
    guard isPlain else {
      self = .text(text)
      return
    }
    switch text {
    case "", "~", "null", "Null", "NULL": self = .null
    case "true", "True", "TRUE": self = .bool(true)
    case "false", "False", "FALSE": self = .bool(false)
    default:
      guard Self.looksLikeNumber(text) else {
        self = .text(text)
        return
      }
      if let value = Int(text) {
        self = .integer(value)
      } else if let value = Double(text), value.isFinite {
        self = .number(value)
      } else {
        self = .text(text)
      }
    }
  }

  /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`; Swift's own readers take hexadecimals and `nan` too.
  private static func looksLikeNumber(_ text: String) -> Bool {
    var rest = Array(text.utf8)[...]
    func digits() -> Int {
      let count = rest.prefix { (0x30...0x39).contains($0) }.count
      rest = rest.dropFirst(count)
      return count
    }
    if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
      rest = rest.dropFirst()
    }
    var count = digits()
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      count += digits()
    }
    guard count > 0 else { return false }
    if let mark = rest.first, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") {
      rest = rest.dropFirst()
      if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
        rest = rest.dropFirst()
      }
      guard digits() > 0 else { return false }
    }
    return rest.isEmpty
  }
}

/// Why a text is no document that is read here.
package struct YAMLError: Error, Sendable, Equatable, CustomStringConvertible {
  /// 1 for the first line.
  package let line: Int
  package let message: String

  package var description: String { "line \(line): \(message)" }
}
