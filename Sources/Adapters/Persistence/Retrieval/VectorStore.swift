package import Domain
package import SQLAccess

/// Vectors of passages, one byte for each number.
package struct VectorStore: VectorStoring {
  private let database: any SQLDatabase
  private let indexes: IndexStore

  package init(_ database: any SQLDatabase, seal: ColumnSeal) {
    self.database = database
    indexes = IndexStore(database, seal: seal)
  }

  package func unembedded(passing passed: [IndexID], limit: Int) async throws(DomainError) -> EmbeddingBatch?
  {
    let found = try await database.reading { transaction -> (IndexID, UserID, [UnembeddedPassage])? in
      let others: SQL = passed.isEmpty ? "" : "AND index_id NOT IN (\(list: passed))"
      let row = try transaction.first(
        """
        SELECT index_documents.id AS id, index_id, index_documents.user_id AS user_id FROM index_documents
        JOIN retrieval_indexes ON retrieval_indexes.id = index_id
        WHERE embed_model IS NOT NULL AND state = 'ready' AND embedded < passages \(others)
        ORDER BY index_documents.number LIMIT 1
        """)
      guard let row else { return nil }
      let document: DocumentID = try row.get("id")
      let passages = try transaction.query(
        """
        SELECT number, headings, content FROM index_passages
        WHERE document_id = \(document)
          AND NOT EXISTS (SELECT 1 FROM passage_vectors WHERE passage = index_passages.number)
        ORDER BY place LIMIT \(limit)
        """
      ).map { row in
        let headings: String = try row.get("headings")
        return UnembeddedPassage(
          number: try row.get("number"), headings: headings.split(separator: "\n").map { String($0) },
          text: try row.get("content"))
      }
      return (try row.get("index_id"), try row.get("user_id"), passages)
    }
    guard let (index, user, passages) = found, let whole = try await indexes.index(index, owner: user) else {
      return nil
    }
    return EmbeddingBatch(index: whole, passages: passages)
  }

  package func store(_ vectors: [Int64: QuantisedVector], of index: IndexID) async throws(DomainError) {
    try await database.writing { transaction in
      for (number, vector) in vectors.sorted(by: { $0.key < $1.key }) {
        let row = try transaction.first(
          """
          SELECT document_id, headings, content FROM index_passages
          WHERE number = \(number) AND NOT EXISTS (SELECT 1 FROM passage_vectors WHERE passage = \(number))
          """)
        guard let row else { continue }
        let (document, headings): (DocumentID, String) = (try row.get("document_id"), try row.get("headings"))
        let hash = UnembeddedPassage.hash(
          headings: headings.split(separator: "\n").map { String($0) }, text: try row.get("content"))
        try transaction.insertVector(of: number, in: index, hash: hash, vector.stored)
        try transaction.execute("UPDATE index_documents SET embedded = embedded + 1 WHERE id = \(document)")
      }
      let dimensions = vectors.values.first?.values.count
      try transaction.execute(
        """
        UPDATE retrieval_indexes SET embed_problem = NULL, dimensions = COALESCE(dimensions, \(dimensions))
        WHERE id = \(index)
        """)
    }
  }

  package func refuse(
    _ passage: Int64, of index: IndexID, because reason: String
  ) async throws(DomainError) {
    try await database.writing { transaction in
      let row = try transaction.first(
        """
        SELECT document_id FROM index_passages
        WHERE number = \(passage) AND NOT EXISTS (SELECT 1 FROM passage_vectors WHERE passage = \(passage))
        """)
      guard let row else { return }
      let document: DocumentID = try row.get("document_id")
      // Of no text's hash: the same text of another document asks anew.
      try transaction.insertVector(of: passage, in: index, hash: 0, [])
      try transaction.execute(
        """
        UPDATE index_documents SET embedded = embedded + 1, refused = refused + 1, refusal = \(reason)
        WHERE id = \(document)
        """)
    }
  }

  package func note(_ problem: String?, of index: IndexID) async throws(DomainError) {
    _ = try await database.writing { transaction in
      try transaction.execute("UPDATE retrieval_indexes SET embed_problem = \(problem) WHERE id = \(index)")
    }
  }

  package func vectors(
    of index: IndexID, after number: Int64, limit: Int
  ) async throws(DomainError) -> (vectors: [(passage: Int64, stored: [UInt8])], last: Int64) {
    try await database.reading { transaction in
      var found: [(passage: Int64, stored: [UInt8])] = []
      var last = number
      try transaction.forEach(
        """
        SELECT number, passage, vector FROM passage_vectors
        WHERE index_id = \(index) AND number > \(number) ORDER BY number LIMIT \(limit)
        """
      ) { row in
        last = try row.get(0)
        found.append((try row.get(1), try row.get(2)))
      }
      return (found, last)
    }
  }
}

extension SQLTransaction {
  func insertVector(of passage: Int64, in index: IndexID, hash: Int64, _ stored: [UInt8]) throws {
    try execute(
      .insert(
        into: "passage_vectors",
        ["passage": passage, "index_id": index, "text_hash": hash, "vector": stored]))
  }

  /// Gives a passage the vector that the index has of the same text already; false where it has none.
  func reuseVector(for passage: Passage, number: Int64, in index: IndexID) throws -> Bool {
    let hash = UnembeddedPassage.hash(headings: passage.headings, text: passage.text)
    let known: [UInt8]? = try value(
      """
      SELECT vector FROM passage_vectors JOIN index_passages ON index_passages.number = passage
      WHERE index_id = \(index) AND text_hash = \(hash) AND content = \(passage.text)
        AND headings = \(passage.headings.joined(separator: "\n"))
      LIMIT 1
      """)
    guard let known else { return false }
    try insertVector(of: number, in: index, hash: hash, known)
    return true
  }
}
