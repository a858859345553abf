import Domain
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
  ) throws -> [WordMatch] {
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
    let weighed = try Weighed(phrases, in: index, transaction) { found([$0]) }
    guard !weighed.found.isEmpty else { return [] }
    let covered = weighed.sum { "everything @@ to_tsquery('simple', \(query([$0])))" }
    let titled = weighed.sum { "title @@ to_tsquery('simple', \(query([$0])))" }
    // OFFSET 0 has each passage's words read once.
    return try transaction.query(
      """
      SELECT number, covered FROM (
        SELECT number, \(covered) AS covered, \(titled) AS titled FROM (
          SELECT number, to_tsvector('simple', titles) AS title,
            to_tsvector('simple', titles || ' ' || words) AS everything
          FROM passage_search WHERE \(found(weighed.rarest))
          OFFSET 0) AS read OFFSET 0) AS found
      ORDER BY covered + titled * \(WordScores.ofTitle - 1) DESC, number LIMIT \(limit)
      """
    ).map(weighed.match)
  }

  /// The best passages with MySQL.
  static func rankedByMySQL(
    _ phrases: [[String]], in index: IndexID, limit: Int, _ transaction: any SQLTransaction
  ) throws -> [WordMatch] {
    let everything: SQL = "CONCAT(titles, ' ', words)"
    func found(_ phrases: [[String]]) -> SQL {
      let isThere = phrases.map { MySQLWords.isIn(everything, $0) }.joined(" OR ")
      return "scope = \(scopeWord(index)) AND "
        + MySQLWords.match("titles, words", MySQLWords.anyOf(phrases)) + "(" + isThere + ")"
    }
    let weighed = try Weighed(phrases, in: index, transaction) { found([$0]) }
    guard !weighed.found.isEmpty else { return [] }
    let covered = weighed.sum { MySQLWords.isIn(everything, $0) }
    let titled = weighed.sum { MySQLWords.isIn("titles", $0) }
    return try transaction.query(
      """
      SELECT number, covered FROM (
        SELECT number, \(covered) AS covered, \(titled) AS titled
        FROM passage_search WHERE \(found(weighed.rarest))) AS found
      ORDER BY covered + titled * \(WordScores.ofTitle - 1) DESC, number LIMIT \(limit)
      """
    ).map(weighed.match)
  }

  /// The phrases of a question, and what each weighs in an index.
  private struct Weighed {
    /// Those that the index has, the rarest first.
    private(set) var found: [(phrase: [String], weight: Double, count: Int)] = []
    /// What the whole question weighs, with what no passage has.
    private var whole = 0.0

    /// - Parameter condition: for the passages that have a phrase.
    init(
      _ phrases: [[String]], in index: IndexID, _ transaction: any SQLTransaction,
      having condition: ([String]) -> SQL
    ) throws {
      let all: Int =
        try transaction.value(
          "SELECT COALESCE(SUM(passages), 0) FROM index_documents WHERE index_id = \(index) AND state = 'ready'"
        ) ?? 0
      for phrase in Set(phrases).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
        let count: Int =
          try transaction.value(
            """
            SELECT count(*) FROM (
              SELECT 1 AS one FROM passage_search WHERE \(condition(phrase)) LIMIT \(candidates)) AS counted
            """) ?? 0
        let weight = WordScores.weight(of: count, among: all)
        whole += weight
        if count > 0 { found.append((phrase, weight, count)) }
      }
      found.sort { $0.count < $1.count }
    }

    /// As many of the rarest as have enough passages together.
    var rarest: [[String]] {
      var (wanted, sum): ([[String]], Int) = ([], 0)
      for (phrase, _, count) in found where sum < candidates {
        wanted.append(phrase)
        sum += count
      }
      return wanted
    }

    /// The weights of the phrases that a row has.
    func sum(_ isThere: ([String]) -> SQL) -> SQL {
      found.map { "CASE WHEN \(isThere($0.phrase)) THEN \($0.weight) ELSE 0 END" as SQL }.joined(" + ")
    }

    /// A row of a passage's number and the weight of what it has.
    func match(_ row: Row) throws -> WordMatch {
      let covered: Double = try row.get(1)
      return WordMatch(passage: try row.get(0), coverage: whole > 0 ? covered / whole : 1)
    }
  }
}
