package import Domain
package import SQLAccess

/// Changes what makes the vectors of indexes, by the number of the side that an index is searched by.
package struct VectorChange: VectorChanging {
  private let database: any SQLDatabase
  private let seal: ColumnSeal

  package init(_ database: any SQLDatabase, seal: ColumnSeal) {
    self.database = database
    self.seal = seal
  }

  package func begin(
    _ model: EmbeddingModel, of index: IndexID, owner: UserID
  ) async throws(DomainError) -> Bool {
    let key = model.key.map { seal.seal(Array($0.utf8), IndexStore.context(index, model.backend)) }
    return try await database.writing { transaction in
      let side: Int? = try transaction.value(
        """
        SELECT vector_side FROM retrieval_indexes
        WHERE id = \(index) AND user_id = \(owner) AND next_state IS NULL
        """)
      guard let side else { return false }
      let left = try transaction.first(
        "SELECT number FROM \(VectorSide.table(1 - side)) WHERE index_id = \(index) LIMIT 1")
      guard left == nil else { return false }
      try transaction.forgetNext(of: index)
      try transaction.execute(
        """
        UPDATE retrieval_indexes SET next_state = 'making', next_backend = \(model.backend),
          next_model = \(model.model), sealed_next_key = \(key)
        WHERE id = \(index)
        """)
      return true
    }
  }

  package func set(
    _ state: NextVectors.State, of index: IndexID, owner: UserID
  ) async throws(DomainError) -> Bool {
    try await database.writing { transaction in
      try transaction.execute(
        """
        UPDATE retrieval_indexes SET next_state = \(state.rawValue), next_problem = NULL
        WHERE id = \(index) AND user_id = \(owner) AND next_state IS NOT NULL
        """) > 0
    }
  }

  package func stop(_ index: IndexID, owner: UserID) async throws(DomainError) -> Bool {
    try await database.writing { transaction in
      let there = try transaction.first(
        """
        SELECT id FROM retrieval_indexes
        WHERE id = \(index) AND user_id = \(owner) AND next_state IS NOT NULL
        """)
      guard there != nil else { return false }
      try transaction.forgetNext(of: index)
      return true
    }
  }

  package func drop(_ index: IndexID, owner: UserID) async throws(DomainError) -> Bool {
    try await database.writing { transaction in
      let there = try transaction.first(
        "SELECT id FROM retrieval_indexes WHERE id = \(index) AND user_id = \(owner)")
      guard there != nil else { return false }
      try transaction.forgetNext(of: index)
      try transaction.execute(
        """
        UPDATE retrieval_indexes SET embed_backend = NULL, embed_model = NULL, sealed_embed_key = NULL,
          embed_problem = NULL, dimensions = NULL, removals = removals + 1
        WHERE id = \(index)
        """)
      try transaction.execute(
        "UPDATE index_documents SET embedded = 0, refused = 0, refusal = NULL WHERE index_id = \(index)")
      return true
    }
  }

  package func takeComplete() async throws(DomainError) -> [IndexID] {
    let made = try await database.reading { transaction in
      try transaction.query("SELECT id FROM retrieval_indexes WHERE \(Self.isComplete)").map { row in
        try row.get("id", as: IndexID.self)
      }
    }
    var taken: [IndexID] = []
    for index in made {
      if try await take(index) { taken.append(index) }
    }
    return taken
  }

  private static let isComplete: SQL = """
    next_state = 'making' AND NOT EXISTS (
      SELECT 1 FROM index_documents
      WHERE index_id = retrieval_indexes.id AND state = 'ready' AND next_embedded < passages)
    """

  /// All of it or nothing: whoever searches meanwhile has the vectors of one model and the question's of the same.
  private func take(_ index: IndexID) async throws(DomainError) -> Bool {
    try await database.writing { transaction in
      let changed = try transaction.execute(
        """
        UPDATE retrieval_indexes SET vector_side = 1 - vector_side, embed_backend = next_backend,
          embed_model = next_model, sealed_embed_key = sealed_next_key, embed_problem = NULL,
          dimensions = next_dimensions, removals = removals + 1
        WHERE id = \(index) AND \(Self.isComplete)
        """)
      guard changed > 0 else { return false }
      try transaction.execute(
        """
        UPDATE index_documents SET embedded = next_embedded, refused = next_refused, refusal = next_refusal
        WHERE index_id = \(index)
        """)
      try transaction.forgetNext(of: index)
      return true
    }
  }

  package func clear(_ index: IndexID?) async throws(DomainError) -> Bool {
    try await database.writing { transaction in
      for (side, inUse) in [(0, 1), (1, 0)] {
        let table = VectorSide.table(side)
        let one: SQL = index.map { "AND retrieval_indexes.id = \($0)" } ?? ""
        // What an index without a model has on the side that it would be searched by is of no use either.
        let found: IndexID? = try transaction.value(
          """
          SELECT id FROM retrieval_indexes
          WHERE next_state IS NULL AND (vector_side = \(inUse) OR embed_model IS NULL) \(one)
            AND EXISTS (SELECT 1 FROM \(table) WHERE index_id = retrieval_indexes.id)
          LIMIT 1
          """)
        guard let found else { continue }
        let rows = try transaction.query("SELECT number FROM \(table) WHERE index_id = \(found) LIMIT 500")
        for row in rows {
          let number: Int64 = try row.get("number")
          try transaction.execute("DELETE FROM \(table) WHERE number = \(number)")
        }
        return true
      }
      return false
    }
  }
}

extension SQLTransaction {
  /// What was made of the next vectors stays where it is until it is cleared.
  fileprivate func forgetNext(of index: IndexID) throws {
    try execute(
      """
      UPDATE retrieval_indexes SET next_state = NULL, next_backend = NULL, next_model = NULL,
        sealed_next_key = NULL, next_problem = NULL, next_dimensions = NULL
      WHERE id = \(index)
      """)
    try execute(
      """
      UPDATE index_documents SET next_embedded = 0, next_refused = 0, next_refusal = NULL
      WHERE index_id = \(index)
      """)
  }
}
