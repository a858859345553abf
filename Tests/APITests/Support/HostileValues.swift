import Contract

/// What a field is sent in place of a good value.
struct HostileValue: Sendable {
  let name: String
  /// The value's place in the body, as raw JSON (or what only looks like it); nil leaves the field out.
  let bytes: [UInt8]?
  /// No field of any type may take it; where false, a field for free text may.
  let mustRefuse: Bool

  init(_ name: String, _ text: String?, mustRefuse: Bool = true) {
    self.name = name
    bytes = text.map { Array($0.utf8) }
    self.mustRefuse = mustRefuse
  }

  init(_ name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
    mustRefuse = true
  }
}

extension HostileValue {
  /// Letters, digits and `.`, `_`, `-` between quotes: a name that means nothing to anyone.
  var isPlainName: Bool {
    guard let bytes, bytes.count > 4 || bytes == Array("\"0\"".utf8) else { return false }
    return bytes.dropFirst().dropLast().allSatisfy {
      $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
        || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20
    }
  }

  var isPlainFolder: Bool { name == "the text /etc/passwd" || name == "the text //etc//passwd" }

  /// What a field with this schema is tried with.
  static func all(for schema: JSONValue, isRequired: Bool, in document: APIDocument) -> [HostileValue] {
    let choices = schema["anyOf"]?.items ?? [schema]
    let core = document.resolve(choices[0])
    let types = Self.names(of: schema) + choices.flatMap { Self.names(of: document.resolve($0)) }
    var values = notJSON + nested
    if isRequired { values.append(HostileValue("missing", nil)) }
    if !types.contains("null"), !types.isEmpty { values.append(HostileValue("null", "null")) }
    for (type, texts) in samples where !types.isEmpty && !types.contains(type) {
      if type == "integer", types.contains("number") { continue }
      values += texts.map { HostileValue("a \(type)", $0) }
    }
    if types.contains("integer") {
      values += ["1.5", "1e999", "-1e999", "99999999999999999999"].map { HostileValue("number", $0) }
    }
    if types.contains("number") { values += ["1e999", "-1e999"].map { HostileValue("number", $0) } }
    if types.contains("string") { values += texts }
    return values + bounds(of: schema) + bounds(of: core)
  }

  private static func names(of schema: JSONValue) -> [String] {
    schema["type"].map { $0.string.map { [$0] } ?? $0.items.compactMap(\.string) } ?? []
  }

  private static let samples: [(String, [String])] = [
    ("string", ["\"x\"", "\"\"", "\"1\"", "\"true\""]), ("integer", ["0", "1", "-1"]),
    ("number", ["0.5"]), ("boolean", ["true", "false"]), ("array", ["[]", "[1]", "[[\"x\"]]"]),
    ("object", ["{}", "{\"a\": 1}"]),
  ]

  private static let notJSON: [HostileValue] = [
    HostileValue("NaN", "NaN"), HostileValue("Infinity", "Infinity"), HostileValue("-Infinity", "-Infinity"),
    HostileValue("undefined", "undefined"), HostileValue("nothing", ""), HostileValue("hexadecimal", "0x10"),
    HostileValue("a leading zero", "01"), HostileValue("single quotes", "'x'"),
    HostileValue("an open string", "\"abc"), HostileValue("a raw line break", "\"a\nb\""),
    HostileValue("a raw NUL", bytes: [34, 0, 34]), HostileValue("0xFF", bytes: [34, 0xFF, 0xFE, 34]),
    HostileValue("an overlong slash", bytes: [34, 0xC0, 0xAF, 34]),
    HostileValue("an encoded surrogate", bytes: [34, 0xED, 0xA0, 0x80, 34]),
    HostileValue("a lone surrogate", "\"\\ud800\""),
    HostileValue("half a character", bytes: [34, 0xE4, 0xBD, 34]),
    HostileValue("a bad escape", "\"\\x41\""), HostileValue("a short escape", "\"\\u00\""),
  ]

  private static let nested: [HostileValue] = [
    HostileValue(
      "10,000 lists", String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)),
    HostileValue(
      "10,000 objects",
      String(repeating: "{\"a\":", count: 10_000) + "1" + String(repeating: "}", count: 10_000)),
    HostileValue("100,000 open lists", String(repeating: "[", count: 100_000)),
    HostileValue("400 lists", String(repeating: "[", count: 400) + String(repeating: "]", count: 400)),
  ]

  /// Texts that mean something to a shell, a path, a database, a terminal, a page or a log.
  private static let texts: [HostileValue] =
    [
      "", " ", "..", "../../etc/passwd", "/etc/passwd", "/models/base/../../etc", "//etc//passwd", "~", "-rf",
      "--output_dir=/tmp", "$(id)", "`id`", "; rm -rf / #", "| cat /etc/passwd", "&& id", "a b", "*", "%00",
      "%2e%2e%2f", "' OR '1'='1", "'); DROP TABLE users;--", "\\\" OR 1=1 --", "${jndi:ldap://x}", "{{7*7}}",
      "<script>alert(1)</script>", "file:///etc/passwd", "http://127.0.0.1:1/", "C:\\\\Windows", "😀🏴‍☠️",
      "مرحبا", "用户",
      "e\\u0301", "a\\u202Eb", "\\uFEFFa", "a\\u2028b", "name,name", "null", "true", "0", "NaN",
    ].map { HostileValue("the text \($0.prefix(24))", "\"\($0)\"", mustRefuse: false) }
    + [
      "a\\u0000b", "\\u0000", "\\u0001", "a\\tb", "a\\nb", "\\r\\nX-Evil: 1", "a\\u007fb", "a\\u0085b",
      "\\u001b[2J",
    ]
    .map { HostileValue("the control characters \($0)", "\"\($0)\"", mustRefuse: false) }
    + [
      HostileValue("100 KB", "\"" + String(repeating: "a", count: 100_000) + "\"", mustRefuse: false),
      HostileValue("1 MB", "\"" + String(repeating: "a", count: 1_048_576) + "\""),
      HostileValue("1 MB of two bytes", "\"" + String(repeating: "é", count: 524_288) + "\""),
    ]

  /// One past each bound that the document gives.
  private static func bounds(of schema: JSONValue) -> [HostileValue] {
    var values: [HostileValue] = []
    func number(_ key: String, _ by: Double) {
      guard let bound = schema[key]?.double else { return }
      values.append(HostileValue("\(key) passed", JSONValue.number(bound + by).text))
    }
    number("minimum", -1)
    number("maximum", 1)
    number("exclusiveMinimum", 0)
    if let shortest = schema["minLength"]?.integer, shortest > 0 {
      let text = String(repeating: "a", count: Int(shortest) - 1)
      values.append(HostileValue("one too short", "\"\(text)\""))
    }
    if let longest = schema["maxLength"]?.integer {
      values.append(
        HostileValue("one too long", "\"" + String(repeating: "a", count: Int(longest) + 1) + "\""))
    }
    if schema["enum"] != nil { values.append(HostileValue("another word", "\"other\"")) }
    return values
  }
}
