import Domain
import SQLAccess

extension PassageSearch {
  /// Passages that are weighed against each other at most, where there are rare words to choose them by.
  private static let candidates = 2000

  /// The best passages with PostgreSQL, whose own ranking does not know that a rare word says more than a common one.
  ///
  /// Each phrase weighs as with BM25 by how few passages have it (of a title, three times as much). Those that have only
  /// common ones are not looked at where there are enough others.
  static func rankedByPostgres(
    _ phrases: [[String]], in index: IndexID, limit: Int, _ transaction: any SQLTransaction
  ) throws -> [WordMatch] {
    let scope = scopeWord(index)
    let all: Int =
      try transaction.value(
        "SELECT COALESCE(SUM(passages), 0) FROM index_documents WHERE index_id = \(index) AND state = 'ready'"
      ) ?? 0
    var weighed: [(query: String, count: Int)] = []
    // What the whole question weighs, with what no passage has.
    var whole = 0.0
    for query in Set(phrases.map { $0.joined(separator: " <-> ") }).sorted() {
      let count: Int =
        try transaction.value(
          """
          SELECT count(*) FROM (SELECT 1 AS one FROM passage_search WHERE scope = \(scope)
            AND to_tsvector('simple', titles || ' ' || words) @@ to_tsquery('simple', \(query))
            LIMIT \(candidates)) AS counted
          """) ?? 0
      whole += WordScores.weight(of: count, among: all)
      if count > 0 { weighed.append((query, count)) }
    }
    weighed.sort { ($0.count, $0.query) < ($1.count, $1.query) }
    guard !weighed.isEmpty else { return [] }
    var (wanted, sum): ([String], Int) = ([], 0)
    for (query, count) in weighed where sum < candidates {
      wanted.append("(\(query))")
      sum += count
    }
    let weights = weighed.map { WordScores.weight(of: $0.count, among: all) }
    let covered = zip(weighed, weights).map { phrase, weight in
      "CASE WHEN everything @@ to_tsquery('simple', \(phrase.query)) THEN \(weight) ELSE 0 END" as SQL
    }
    let titles = zip(weighed, weights).map { phrase, weight in
      """
      CASE WHEN title @@ to_tsquery('simple', \(phrase.query)) THEN \(WordScores.ofTitle * weight - weight) ELSE 0 END
      """ as SQL
    }
    // OFFSET 0 has each passage's words read once.
    return try transaction.query(
      """
      SELECT number, covered FROM (
        SELECT number, \(covered.joined(" + ")) AS covered, \(titles.joined(" + ")) AS titled FROM (
        SELECT number, to_tsvector('simple', titles) AS title,
          to_tsvector('simple', titles || ' ' || words) AS everything
        FROM passage_search
        WHERE scope = \(scope)
          AND to_tsvector('simple', titles || ' ' || words) @@ to_tsquery('simple', \(wanted.joined(separator: " | ")))
        OFFSET 0) AS read OFFSET 0) AS found
      ORDER BY covered + titled DESC, number LIMIT \(limit)
      """
    ).map { row in
      let covered: Double = try row.get(1)
      return WordMatch(passage: try row.get(0), coverage: whole > 0 ? covered / whole : 1)
    }
  }
}
