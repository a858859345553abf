package import Domain
package import SQLAccess

/// Full-text search in passages, by the engine's own index over `PassageWords`.
package struct PassageSearch: PassageSearching {
  private let database: any SQLDatabase

  package init(_ database: any SQLDatabase) { self.database = database }

  package func passages(
    of document: DocumentID, owner: UserID, from place: Int, limit: Int
  ) async throws(DomainError) -> [Passage] {
    try await database.reading { transaction in
      try transaction.query(
        """
        SELECT place, first, last, headings, page, content FROM index_passages
        JOIN index_documents ON index_documents.id = document_id
        WHERE document_id = \(document) AND user_id = \(owner) AND state = 'ready' AND place >= \(place)
        ORDER BY place LIMIT \(limit)
        """
      ).map(Passage.init(row:))
    }
  }

  package func ranked(
    _ phrases: [[String]], in index: IndexID, limit: Int
  ) async throws(DomainError) -> [WordMatch] {
    guard !phrases.isEmpty else { return [] }
    return try await database.reading { transaction in
      switch transaction.dialect {
      case .sqlite: try Self.rankedBySQLite(phrases, in: index, limit: limit, transaction)
      case .postgres: try Self.rankedByPostgres(phrases, in: index, limit: limit, transaction)
      case .mysql: try Self.rankedByMySQL(phrases, in: index, limit: limit, transaction)
      }
    }
  }

  package func passages(
    numbered numbers: [Int64], owner: UserID
  ) async throws(DomainError) -> [Int64: FoundPassage] {
    try await database.reading { transaction in
      var found: [Int64: FoundPassage] = [:]
      for number in numbers {
        let row = try transaction.first(
          """
          SELECT document_id, name, place, first, last, headings, page, content FROM index_passages
          JOIN index_documents ON index_documents.id = document_id
          WHERE index_passages.number = \(number) AND user_id = \(owner) AND state = 'ready'
          """)
        guard let row else { continue }
        found[number] = FoundPassage(
          documentID: try row.get("document_id"), document: try row.get("name"),
          passage: try Passage(row: row),
          score: 0)
      }
      return found
    }
  }

  package func forgetUnfinished() async throws(DomainError) {
    _ = try await database.writing { transaction in
      try transaction.execute("UPDATE index_documents SET state = 'removed' WHERE state = 'building'")
    }
  }

  private static func rankedBySQLite(
    _ phrases: [[String]], in index: IndexID, limit: Int, _ transaction: any SQLTransaction
  ) throws -> [WordMatch] {
    let all: Int =
      try transaction.value(
        "SELECT COALESCE(SUM(passages), 0) FROM index_documents WHERE index_id = \(index) AND state = 'ready'"
      ) ?? 0
    return try SQLiteRanking(scope: scopeWord(index), transaction: transaction)
      .best(phrases, of: all, limit: limit)
  }

  /// One word of letters and digits: an index's part of a common full-text index.
  static func scopeWord(_ index: IndexID) -> String { "i" + index.rawValue.filter { $0 != "-" } }
}

extension Passage {
  init(row: Row) throws {
    let (first, last): (Int, Int) = (try row.get("first"), try row.get("last"))
    let headings: String = try row.get("headings")
    self.init(
      place: try row.get("place"), range: first..<max(first, last),
      headings: headings.split(separator: "\n").map { String($0) }, page: try row.get("page"),
      text: try row.get("content"))
  }
}
