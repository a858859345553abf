import SQLAccess

/// Phrases in MySQL's full-text index, which leaves out words of two letters and those of a list.
///
/// The index finds what may hold the phrases by the words that it has; whether they stand there is then read in the text,
/// whose words have one blank between them.
enum MySQLWords {
  /// InnoDB's own list, as far as words of `SearchText` are on it.
  private static let stopWords: Set<String> = ["was", "what", "when", "where", "who", "will", "with", "www"]

  private static func isIndexed(_ word: String) -> Bool {
    word.unicodeScalars.count >= 3 && !stopWords.contains(word)
  }

  /// The words of phrases that must all be found, in the index's language; empty where it has none of them.
  static func found(_ phrases: [(words: [String], isPrefix: Bool)]) -> String {
    phrases.flatMap { words, isPrefix in
      words.enumerated().compactMap { place, word -> String? in
        if isPrefix, place == words.count - 1 { return "+\(word)*" }
        return isIndexed(word) ? "+\(word)" : nil
      }
    }.joined(separator: " ")
  }

  /// The words of phrases of which one must be found.
  static func anyOf(_ phrases: [[String]]) -> String {
    phrases.map { phrase in
      let words = phrase.filter(isIndexed).map { "+\($0)" }
      return words.isEmpty ? "" : "(\(words.joined(separator: " ")))"
    }.filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// The condition for the index, with its AND behind it; none where it knows nothing of what is looked for.
  static func match(_ columns: StaticString, _ wanted: String) -> SQL {
    guard !wanted.isEmpty else { return .empty }
    return "MATCH (" + SQL(unsafe: columns.description) + ") AGAINST (\(wanted) IN BOOLEAN MODE) AND "
  }

  /// Whether a phrase stands in a text of words.
  static func isIn(_ text: SQL, _ words: [String], isPrefix: Bool = false) -> SQL {
    let phrase = words.joined(separator: " ")
    return "CONCAT(' ', " + text + ", ' ') LIKE \("% \(phrase)\(isPrefix ? "" : " ")%")"
  }
}
