import Domain
import Glibc
import SQLAccess

/// Ranking where the engine's own does not know that a rare word says more than a common one.
///
/// Each phrase weighs as with BM25 by how few passages have it (of a title, three times as much). Those that have only
/// common ones are not looked at where there are enough others.
extension PassageSearch {
  /// Passages that are weighed against each other at most, where there are rare words to choose them by.
  private static let candidates = 2000

  /// The best passages with PostgreSQL.
  static func rankedByPostgres(
    _ phrases: [[String]], in index: IndexID, limit: Int, _ transaction: any SQLTransaction
  ) throws -> [Int64] {
    func query(_ phrases: [[String]]) -> String {
      phrases.map { "(\($0.joined(separator: " <-> ")))" }.joined(separator: " | ")
    }
    let scope = scopeWord(index)
    func found(_ phrases: [[String]]) -> SQL {
      """
      scope = \(scope)
      AND to_tsvector('simple', titles || ' ' || words) @@ to_tsquery('simple', \(query(phrases)))
      """
    }
    let weighed = try weigh(phrases, in: index, transaction) { found([$0]) }
    guard !weighed.isEmpty else { return [] }
    let scores = weighed.map { phrase, weight, _ in
      """
      CASE WHEN everything @@ to_tsquery('simple', \(query([phrase]))) THEN \(weight) ELSE 0 END
      + CASE WHEN title @@ to_tsquery('simple', \(query([phrase]))) THEN \(2 * weight) ELSE 0 END
      """ as SQL
    }
    // OFFSET 0 has each passage's words read once.
    return try transaction.query(
      """
      SELECT number FROM (
        SELECT number, to_tsvector('simple', titles) AS title,
          to_tsvector('simple', titles || ' ' || words) AS everything
        FROM passage_search WHERE \(found(rarest(weighed)))
        OFFSET 0) AS found
      ORDER BY \(scores.joined(" + ")) DESC, number LIMIT \(limit)
      """
    ).map { try $0.get(0) }
  }

  /// The best passages with MySQL.
  static func rankedByMySQL(
    _ phrases: [[String]], in index: IndexID, limit: Int, _ transaction: any SQLTransaction
  ) throws -> [Int64] {
    let everything: SQL = "CONCAT(titles, ' ', words)"
    func found(_ phrases: [[String]]) -> SQL {
      let isThere = phrases.map { MySQLWords.isIn(everything, $0) }.joined(" OR ")
      return "scope = \(scopeWord(index)) AND " + MySQLWords.match("titles, words", MySQLWords.anyOf(phrases))
        + "(" + isThere + ")"
    }
    let weighed = try weigh(phrases, in: index, transaction) { found([$0]) }
    guard !weighed.isEmpty else { return [] }
    let scores = weighed.map { phrase, weight, _ in
      "CASE WHEN " + MySQLWords.isIn(everything, phrase) + " THEN \(weight) ELSE 0 END + CASE WHEN "
        + MySQLWords.isIn("titles", phrase) + " THEN \(2 * weight) ELSE 0 END"
    }
    return try transaction.query(
      "SELECT number FROM passage_search WHERE " + found(rarest(weighed))
        + " ORDER BY \(scores.joined(" + ")) DESC, number LIMIT \(limit)"
    ).map { try $0.get(0) }
  }

  private typealias Weighed = (phrase: [String], weight: Double, count: Int)

  /// The phrases that an index has, the rarest first.
  private static func weigh(
    _ phrases: [[String]], in index: IndexID, _ transaction: any SQLTransaction,
    _ found: ([String]) -> SQL
  ) throws -> [Weighed] {
    let all: Int =
      try transaction.value(
        "SELECT COALESCE(SUM(passages), 0) FROM index_documents WHERE index_id = \(index) AND state = 'ready'"
      ) ?? 0
    var weighed: [Weighed] = []
    for phrase in Set(phrases).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      let count: Int =
        try transaction.value(
          """
          SELECT count(*) FROM (
            SELECT 1 AS one FROM passage_search WHERE \(found(phrase)) LIMIT \(candidates)) AS counted
          """) ?? 0
      guard count > 0 else { continue }
      let weight = log(1 + (Double(max(all, count) - count) + 0.5) / (Double(count) + 0.5))
      weighed.append((phrase, weight, count))
    }
    return weighed.sorted { $0.count < $1.count }
  }

  /// As many of the rarest as have enough passages together.
  private static func rarest(_ weighed: [Weighed]) -> [[String]] {
    var (wanted, sum): ([[String]], Int) = ([], 0)
    for (phrase, _, count) in weighed where sum < candidates {
      wanted.append(phrase)
      sum += count
    }
    return wanted
  }
}
