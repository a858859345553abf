import SQLAccess

/// Phrases in a text of words that have one blank between them, with PostgreSQL and MySQL.
enum Phrases {
  /// Whether a phrase stands in the text.
  static func isIn(_ text: SQL, _ words: [String], isPrefix: Bool = false) -> SQL {
    let phrase = words.joined(separator: " ")
    return "CONCAT(' ', " + text + ", ' ') LIKE \("% \(phrase)\(isPrefix ? "" : " ")%")"
  }
}
