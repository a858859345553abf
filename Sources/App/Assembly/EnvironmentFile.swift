/// Reads `.env`: `NAME=value` lines, `#` comments, values bare or in quotes.
///
/// Nothing is expanded or executed. The real environment wins over the file.
enum EnvironmentFile {
  static func parse(_ text: String) -> [String: String] {
    var values: [String: String] = [:]
    for line in text.split(whereSeparator: \.isNewline) {
      var rest = line.drop(while: \.isWhitespace)
      if rest.hasPrefix("export ") { rest = rest.dropFirst(7) }
      guard !rest.hasPrefix("#"), let equals = rest.firstIndex(of: "=") else { continue }
      let name = rest[..<equals].filter { !$0.isWhitespace }
      guard !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }) else { continue }
      values[String(name)] = value(rest[rest.index(after: equals)...])
    }
    return values
  }

  private static func value(_ raw: Substring) -> String {
    let text = raw.drop(while: \.isWhitespace)
    if let quote = text.first, quote == "\"" || quote == "'" {
      let inside = text.dropFirst()
      if let end = inside.firstIndex(of: quote) { return String(inside[..<end]) }
    }
    // A comment begins at a `#` that follows a space: passwords may hold the sign.
    var value = text
    if let comment = text.indices.first(where: {
      text[$0] == "#" && ($0 == text.startIndex || text[text.index(before: $0)].isWhitespace)
    }) {
      value = text[..<comment]
    }
    while value.last?.isWhitespace == true { value = value.dropLast() }
    return String(value)
  }
}
