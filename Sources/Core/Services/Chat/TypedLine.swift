/// A line that a person typed as a name for something.
enum TypedLine {
  static func trimmed(_ text: String) -> String {
    var rest = text[...]
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }

  /// Whether it has one printable character or more, at most `limit`.
  static func isLine(_ text: String, upTo limit: Int) -> Bool {
    (1...limit).contains(text.count) && AccountRules.isPrintable(text)
  }
}
