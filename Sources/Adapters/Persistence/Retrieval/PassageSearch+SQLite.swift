import Domain
import SQLAccess

/// The best passages with SQLite, whose own ranking (`bm25()`) walks over every passage that has any of the words, of
/// every index: a fifth of a second for a question of common words over 100,000 passages.
///
/// Here the rare words choose the passages that are weighed, and those that have only common ones are looked at where
/// there are too few of them. Of an index of at most `few` passages all are weighed. A prototype over 100,000
/// passages of source code found the same first one as the full ranking for 60 of 60 questions, and 94 in 100 of the first
/// five.
struct SQLiteRanking {
  /// Passages of one phrase that are looked at to learn how common it is.
  private static let sample = 100
  /// Passages of one phrase that are weighed at most.
  private static let most = 2000
  /// When so many are to be weighed, phrases that are more common choose no more.
  private static let enough = 500
  /// Common phrases that are looked for in one passage.
  private static let together = 5

  private struct Phrase {
    let words: [String]
    /// The first passages that have it.
    let first: [Int64]
    /// How many have it about; just so many where it is below `sample`.
    let count: Int
    var query: String { "\"\(words.joined(separator: " "))\"" }
  }

  let scope: String
  let transaction: any SQLTransaction

  func best(_ phrases: [[String]], of passages: Int, limit: Int) throws -> [WordMatch] {
    guard let span = try span() else { return [] }
    var (found, absent): ([Phrase], [[String]]) = ([], [])
    for words in phrases {
      let query = "\"\(words.joined(separator: " "))\""
      let first = try numbers(query, limit: Self.sample)
      guard let last = first.last else {
        absent.append(words)
        continue
      }
      // As common in the rest as in the part that the sample stands in.
      let share = Double(span.upperBound - span.lowerBound + 1) / Double(last - span.lowerBound + 1)
      let isAll = first.count < Self.sample
      let count = isAll ? first.count : min(passages, Int(Double(first.count) * max(1, share)))
      found.append(Phrase(words: words, first: first, count: count))
    }
    found.sort { ($0.count, $0.query) < ($1.count, $1.query) }
    var scores = WordScores(
      found.map(\.words) + absent, counts: found.map(\.count) + absent.map { _ in 0 }, of: passages)
    for number in try chosen(found, of: passages, limit: limit).sorted() {
      let row = try transaction.first(
        "SELECT titles, words FROM passage_search WHERE rowid = \(number)")
      guard let row else { continue }
      scores.add(number, titles: try row.get(0), words: try row.get(1))
    }
    return scores.best(limit)
  }

  /// The passages that are weighed.
  private func chosen(_ phrases: [Phrase], of passages: Int, limit: Int) throws -> Set<Int64> {
    var chosen: Set<Int64> = []
    for (place, phrase) in phrases.enumerated() {
      if phrase.first.count < Self.sample {
        chosen.formUnion(phrase.first)
        continue
      }
      guard chosen.count < Self.enough || passages <= Self.most else { break }
      if phrase.count < Self.most || passages <= Self.most {
        chosen.formUnion(try numbers(phrase.query, limit: Self.most))
        continue
      }
      // Nothing but common ones is left: what has several of them, and what has the rarest in its titles.
      chosen.formUnion(phrase.first)
      chosen.formUnion(try numbers(phrase.query, in: "titles", limit: Self.sample))
      if chosen.count < max(limit, Self.sample * 2) {
        chosen.formUnion(try together(phrases[place...], limit: limit))
      }
      break
    }
    return chosen
  }

  /// Passages that have as many of the phrases as at least `limit` passages have together, the rarest of them first.
  private func together(_ phrases: ArraySlice<Phrase>, limit: Int) throws -> [Int64] {
    var wanted = phrases.prefix(Self.together)
    while wanted.count > 1 {
      let numbers = try numbers(wanted.map(\.query).joined(separator: " AND "), limit: Self.sample)
      if numbers.count >= limit { return numbers }
      wanted = wanted.dropLast()
    }
    return []
  }

  private func numbers(_ query: String, in columns: String = "titles words", limit: Int) throws -> [Int64] {
    var numbers: [Int64] = []
    let match = "scope : \(scope) AND {\(columns)} : (\(query))"
    try transaction.forEach(
      "SELECT rowid FROM passage_search WHERE passage_search MATCH \(match) ORDER BY rowid LIMIT \(limit)"
    ) { numbers.append(try $0.get(0)) }
    return numbers
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
