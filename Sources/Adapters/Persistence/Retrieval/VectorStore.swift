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

  package func unembedded(passing passed: [VectorWait], limit: Int) async throws(DomainError)
    -> EmbeddingBatch?
  {
    if let batch = try await waiting(isNext: false, passing: passed, limit: limit) {
      return batch
    }
    return try await waiting(isNext: true, passing: passed, limit: limit)
  }

  private func waiting(
    isNext: Bool, passing passed: [VectorWait], limit: Int
  ) async throws(DomainError) -> EmbeddingBatch? {
    let found = try await database.reading { transaction -> (IndexID, UserID, [UnembeddedPassage])? in
      let passed = passed.filter { $0.isNext == isNext }.map(\.index)
      let others: SQL = passed.isEmpty ? "" : "AND index_id NOT IN (\(list: passed))"
      let wanted: SQL =
        isNext
        ? "next_state = 'making' AND next_embedded < passages"
        : "embed_model IS NOT NULL AND embedded < passages"
      let row = try transaction.first(
        """
        SELECT index_documents.id AS id, index_id, index_documents.user_id AS user_id, vector_side
        FROM index_documents JOIN retrieval_indexes ON retrieval_indexes.id = index_id
        WHERE state = 'ready' AND \(wanted) \(others)
        ORDER BY index_documents.number LIMIT 1
        """)
      guard let row else { return nil }
      let document: DocumentID = try row.get("id")
      let side: Int = try row.get("vector_side")
      let passages = try transaction.query(
        """
        SELECT number, headings, content FROM index_passages
        WHERE document_id = \(document) AND NOT EXISTS (
          SELECT 1 FROM \(VectorSide.table(isNext ? 1 - side : side)) WHERE passage = index_passages.number)
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
    guard let (id, user, passages) = found, let index = try await indexes.index(id, owner: user) else {
      return nil
    }
    let goal =
      isNext
      ? index.next.map { VectorGoal(index: id, model: $0.model, isNext: true, dimensions: $0.dimensions) }
      : index.vectors.map { VectorGoal(index: id, model: $0.model, isNext: false, dimensions: $0.dimensions) }
    return goal.map { EmbeddingBatch(index: index, passages: passages, goal: $0) }
  }

  package func store(_ vectors: [Int64: QuantisedVector], for goal: VectorGoal) async throws(DomainError) {
    try await database.writing { transaction in
      guard let side = try VectorSide(for: goal, transaction) else { return }
      for (number, vector) in vectors.sorted(by: { $0.key < $1.key }) {
        let row = try transaction.first(
          """
          SELECT document_id, headings, content FROM index_passages
          WHERE number = \(number) AND NOT EXISTS (SELECT 1 FROM \(side.table) WHERE passage = \(number))
          """)
        guard let row else { continue }
        let (document, headings): (DocumentID, String) = (try row.get("document_id"), try row.get("headings"))
        let hash = UnembeddedPassage.hash(
          headings: headings.split(separator: "\n").map { String($0) }, text: try row.get("content"))
        try transaction.insertVector(of: number, in: goal.index, on: side.side, hash: hash, vector.stored)
        try transaction.execute(
          "UPDATE index_documents SET \(side.embedded) = \(side.embedded) + 1 WHERE id = \(document)")
      }
      let dimensions = vectors.values.first?.values.count
      try transaction.execute(
        """
        UPDATE retrieval_indexes SET \(side.problem) = NULL,
          \(side.dimensions) = COALESCE(\(side.dimensions), \(dimensions))
        WHERE id = \(goal.index)
        """)
    }
  }

  package func refuse(
    _ passage: Int64, for goal: VectorGoal, because reason: String
  ) async throws(DomainError) {
    try await database.writing { transaction in
      guard let side = try VectorSide(for: goal, transaction) else { return }
      let row = try transaction.first(
        """
        SELECT document_id FROM index_passages
        WHERE number = \(passage) AND NOT EXISTS (SELECT 1 FROM \(side.table) WHERE passage = \(passage))
        """)
      guard let row else { return }
      let document: DocumentID = try row.get("document_id")
      // Of no text's hash: the same text of another document asks anew.
      try transaction.insertVector(of: passage, in: goal.index, on: side.side, hash: 0, [])
      try transaction.execute(
        """
        UPDATE index_documents SET \(side.embedded) = \(side.embedded) + 1,
          \(side.refused) = \(side.refused) + 1, \(side.refusal) = \(reason)
        WHERE id = \(document)
        """)
    }
  }

  package func note(_ problem: String?, for goal: VectorGoal) async throws(DomainError) {
    try await database.writing { transaction in
      guard let side = try VectorSide(for: goal, transaction) else { return }
      try transaction.execute(
        "UPDATE retrieval_indexes SET \(side.problem) = \(problem) WHERE id = \(goal.index)")
    }
  }

  package func vectors(
    of index: IndexID, side: Int, after number: Int64, limit: Int
  ) async throws(DomainError) -> (vectors: [(passage: Int64, stored: [UInt8])], last: Int64) {
    try await database.reading { transaction in
      var found: [(passage: Int64, stored: [UInt8])] = []
      var last = number
      try transaction.forEach(
        """
        SELECT number, passage, vector FROM \(VectorSide.table(side))
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
  func insertVector(
    of passage: Int64, in index: IndexID, on side: Int, hash: Int64, _ stored: [UInt8]
  ) throws {
    try execute(
      """
      INSERT INTO \(VectorSide.table(side)) (passage, index_id, text_hash, vector)
      VALUES (\(passage), \(index), \(hash), \(stored))
      """)
  }

  /// Gives a passage the vector that the index has of the same text already; false where it has none.
  func reuseVector(
    for passage: Passage, number: Int64, in index: IndexID, on side: Int
  ) throws -> Bool {
    let hash = UnembeddedPassage.hash(headings: passage.headings, text: passage.text)
    let table = VectorSide.table(side)
    let known: [UInt8]? = try value(
      """
      SELECT vector FROM \(table) JOIN index_passages ON index_passages.number = passage
      WHERE index_id = \(index) AND text_hash = \(hash) AND content = \(passage.text)
        AND headings = \(passage.headings.joined(separator: "\n"))
      LIMIT 1
      """)
    guard let known else { return false }
    try insertVector(of: number, in: index, on: side, hash: hash, known)
    return true
  }
}
