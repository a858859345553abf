import SQLAccess

/// Passages by SQLite's own full-text index.
struct SQLitePassages: PassageLookup {
  let scope: String
  let transaction: any SQLTransaction

  func known(_ phrases: [[String]], of passages: Int) throws -> [PassageRanking.Phrase] {
    guard let span = try span() else { return [] }
    return try phrases.map { words in
      let first = try numbers(having: [words], inTitles: false, limit: PassageRanking.sample)
      guard let last = first.last, first.count == PassageRanking.sample else {
        return PassageRanking.Phrase(words: words, count: first.count, first: first)
      }
      // As common in the rest as in the part that the sample stands in.
      let share = Double(span.upperBound - span.lowerBound + 1) / Double(last - span.lowerBound + 1)
      let count = min(passages, Int(Double(first.count) * max(1, share)))
      return PassageRanking.Phrase(words: words, count: count, first: first)
    }
  }

  /// The first ones.
  func numbers(having phrases: [[String]], inTitles: Bool, limit: Int) throws -> [Int64] {
    let query = phrases.map { "\"\($0.joined(separator: " "))\"" }.joined(separator: " AND ")
    let match = "scope : \(scope) AND {\(inTitles ? "titles" : "titles words")} : (\(query))"
    var numbers: [Int64] = []
    try transaction.forEach(
      "SELECT rowid FROM passage_search WHERE passage_search MATCH \(match) ORDER BY rowid LIMIT \(limit)"
    ) { numbers.append(try $0.get(0)) }
    return numbers
  }

  func read(_ numbers: [Int64], _ body: (Int64, String, String) -> Void) throws {
    for number in numbers {
      let row = try transaction.first("SELECT titles, words FROM passage_search WHERE rowid = \(number)")
      if let row { body(number, try row.get(0), try row.get(1)) }
    }
  }

  /// The first and the last passage of the index.
  private func span() throws -> ClosedRange<Int64>? {
    let match = "scope : \(scope)"
    let first: Int64? = try transaction.value(
      "SELECT rowid FROM passage_search WHERE passage_search MATCH \(match) ORDER BY rowid LIMIT 1")
    let last: Int64? = try transaction.value(
      "SELECT rowid FROM passage_search WHERE passage_search MATCH \(match) ORDER BY rowid DESC LIMIT 1")
    guard let first, let last else { return nil }
    return first...last
  }
}
