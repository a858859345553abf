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
      let all: Int =
        try transaction.value(
          "SELECT COALESCE(SUM(passages), 0) FROM index_documents WHERE index_id = \(index) AND state = 'ready'"
        ) ?? 0
      let scope = Self.scopeWord(index)
      let lookup: any PassageLookup =
        transaction.dialect == .sqlite
        ? SQLitePassages(scope: scope, transaction: transaction)
        : PassagesByTerms(scope: scope, transaction: transaction)
      return try PassageRanking(lookup: lookup).best(phrases, of: all, limit: limit)
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

  package func indexBacklog() async throws(DomainError) -> Bool {
    try await database.writing { transaction in
      let progress = try transaction.first("SELECT done, last FROM search_backlog WHERE name = 'passages'")
      guard let progress else { return false }
      let (done, last): (Int64, Int64) = (try progress.get("done"), try progress.get("last"))
      guard done < last else { return false }
      let rows = try transaction.query(
        """
        SELECT number, scope, titles, words FROM passage_search
        WHERE number > \(done) AND number <= \(last) ORDER BY number LIMIT 50
        """)
      for row in rows {
        let terms = OwnTerms.value(
          titles: try row.get("titles"), try row.get("words"), owner: try row.get("scope"),
          in: transaction.dialect)
        let number: Int64 = try row.get("number")
        try transaction.execute(
          "UPDATE passage_search SET terms = " + terms + " WHERE number = \(number) AND terms IS NULL")
      }
      let reached: Int64 = try rows.last?.get("number") ?? last
      try transaction.execute("UPDATE search_backlog SET done = \(reached) WHERE name = 'passages'")
      return reached < last
    }
  }

  /// One word of letters and digits: an index's part of a common full-text index.
  static func scopeWord(_ index: IndexID) -> String { "i" + index.rawValue.filter { $0 != "-" } }
}

extension SQLTransaction {
  /// Takes a passage's words into the index.
  func indexPassage(_ number: Int64, scope: String, titles: String, words: String) throws {
    let row: SQL = "\(number), \(scope), \(titles), \(words)"
    if dialect == .sqlite {
      try execute("INSERT INTO passage_search (rowid, scope, titles, words) VALUES (\(row))")
    } else {
      let terms = OwnTerms.value(titles: titles, words, owner: scope, in: dialect)
      try execute(
        "INSERT INTO passage_search (number, scope, titles, words, terms) VALUES (\(row), \(terms))")
    }
  }
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
