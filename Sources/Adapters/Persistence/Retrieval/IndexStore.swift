package import Domain
package import SQLAccess

/// Users' indexes, with the keys of what makes their vectors sealed.
package struct IndexStore: IndexStoring {
  private let database: any SQLDatabase
  private let seal: ColumnSeal

  package init(_ database: any SQLDatabase, seal: ColumnSeal) {
    self.database = database
    self.seal = seal
  }

  package func insert(_ index: RetrievalIndex, limit: Int) async throws(DomainError) {
    let model = index.vectors?.model
    let sealed = model.flatMap { model in
      model.key.map { seal.seal(Array($0.utf8), Self.context(index.id, model.backend)) }
    }
    let ranking = index.reranker
    let sealedRanking = ranking.flatMap { self.sealed($0, of: index.id) }
    _ = try await database.writing { transaction in
      let there = try transaction.first(
        "SELECT id FROM retrieval_indexes WHERE user_id = \(index.userID) AND name = \(index.name)")
      guard there == nil else {
        throw DomainError.conflict("You have an index of this name.", hint: "Give it another name.")
      }
      let count: Int? = try transaction.value(
        "SELECT COUNT(*) FROM retrieval_indexes WHERE user_id = \(index.userID)")
      guard (count ?? 0) < limit else {
        throw DomainError(
          .quota, "You have \(limit) indexes already.", hint: "Delete one that you do not use.")
      }
      return try transaction.execute(
        .insert(
          into: "retrieval_indexes",
          [
            "id": index.id, "user_id": index.userID, "name": index.name, "created_at": index.createdAt,
            "embed_backend": model?.backend, "embed_model": model?.model, "sealed_embed_key": sealed,
            "rerank_backend": ranking?.backend, "rerank_model": ranking?.model,
            "sealed_rerank_key": sealedRanking,
          ]))
    }
  }

  package func indexes(owner: UserID) async throws(DomainError) -> [RetrievalIndex] {
    try await found("user_id = \(owner)")
  }

  package func index(_ id: IndexID, owner: UserID) async throws(DomainError) -> RetrievalIndex? {
    try await found("id = \(id) AND user_id = \(owner)").first
  }

  package func index(named name: String, owner: UserID) async throws(DomainError) -> RetrievalIndex? {
    try await found("name = \(name) AND user_id = \(owner)").first
  }

  package func set(
    _ reranker: RerankingModel?, of id: IndexID, owner: UserID
  ) async throws(DomainError) -> Bool {
    let key = reranker.flatMap { sealed($0, of: id) }
    return try await database.writing { transaction in
      try transaction.execute(
        """
        UPDATE retrieval_indexes SET rerank_backend = \(reranker?.backend), rerank_model = \(reranker?.model),
          sealed_rerank_key = \(key)
        WHERE id = \(id) AND user_id = \(owner)
        """) > 0
    }
  }

  private func sealed(_ model: RerankingModel, of index: IndexID) -> [UInt8]? {
    model.key.map { seal.seal(Array($0.utf8), Self.rankingContext(index, model.backend)) }
  }

  package func delete(_ id: IndexID, owner: UserID) async throws(DomainError) -> Bool {
    try await database.writing { transaction in
      let gone = try transaction.execute(
        "DELETE FROM retrieval_indexes WHERE id = \(id) AND user_id = \(owner)")
      guard gone > 0 else { return false }
      try transaction.execute("UPDATE index_documents SET state = 'removed' WHERE index_id = \(id)")
      return true
    }
  }

  private func found(_ condition: SQL) async throws(DomainError) -> [RetrievalIndex] {
    try await database.reading { transaction in
      try transaction.query(
        """
        SELECT id, user_id, name, created_at, embed_backend, embed_model, sealed_embed_key, embed_problem, dimensions,
          removals, vector_side, rerank_backend, rerank_model, sealed_rerank_key, next_state, next_backend, next_model,
          sealed_next_key, next_problem, next_dimensions
        FROM retrieval_indexes WHERE \(condition) ORDER BY name
        """
      ).map { row in
        let id: IndexID = try row.get("id")
        let held = try Holding(of: id, transaction)
        var vectors: IndexVectors?
        var reranker: RerankingModel?
        if let backend: String = try row.get("rerank_backend"),
          let model: String = try row.get("rerank_model")
        {
          let sealed: [UInt8]? = try row.get("sealed_rerank_key")
          let key = sealed.flatMap { try? seal.open($0, Self.rankingContext(id, backend)) }
          reranker = RerankingModel(
            backend: backend, model: model, key: key.map { String(decoding: $0, as: UTF8.self) })
        }
        if let model = try model(of: row, id, ["embed_backend", "embed_model", "sealed_embed_key"]) {
          vectors = IndexVectors(
            model: model, embedded: held.embedded, refused: held.refused,
            dimensions: try row.get("dimensions"),
            problem: try row.get("embed_problem"), removals: try row.get("removals"),
            side: try row.get("vector_side"))
        }
        var next: NextVectors?
        if let text: String = try row.get("next_state"), let state = NextVectors.State(rawValue: text),
          let model = try model(of: row, id, ["next_backend", "next_model", "sealed_next_key"])
        {
          let embedded: Int? = try transaction.value(
            """
            SELECT COALESCE(SUM(next_embedded), 0) FROM index_documents WHERE index_id = \(id) AND state = 'ready'
            """)
          next = NextVectors(
            model: model, state: state, embedded: embedded ?? 0, dimensions: try row.get("next_dimensions"),
            problem: try row.get("next_problem"))
        }
        return RetrievalIndex(
          id: id, userID: try row.get("user_id"), name: try row.get("name"),
          createdAt: try row.get("created_at"), documents: held.documents, passages: held.passages,
          size: held.size, failed: held.failed, vectors: vectors, next: next, reranker: reranker)
      }
    }
  }

  /// - Parameter columns: its backend, its name there, and its key.
  private func model(of row: Row, _ index: IndexID, _ columns: [String]) throws -> EmbeddingModel? {
    guard let backend: String = try row.get(columns[0]), let model: String = try row.get(columns[1]) else {
      return nil
    }
    let sealed: [UInt8]? = try row.get(columns[2])
    let key = sealed.flatMap { try? seal.open($0, Self.context(index, backend)) }
    return EmbeddingModel(
      backend: backend, model: model, key: key.map { String(decoding: $0, as: UTF8.self) })
  }

  /// What the documents of an index that are found come to.
  private struct Holding {
    let documents: Int
    let passages: Int
    let size: Int64
    let embedded: Int
    let refused: Int
    let failed: Int

    /// In one walk over an index of the database that has all of it: a document that comes in asks for it.
    init(of index: IndexID, _ transaction: any SQLTransaction) throws {
      let row = try transaction.first(
        """
        SELECT COUNT(*) AS documents, COALESCE(SUM(passages), 0) AS passages, COALESCE(SUM(size), 0) AS size,
          COALESCE(SUM(embedded), 0) AS embedded
        FROM index_documents WHERE index_id = \(index) AND state = 'ready'
        """)
      documents = try row?.get("documents") ?? 0
      passages = try row?.get("passages") ?? 0
      size = try row?.get("size") ?? 0
      embedded = try row?.get("embedded") ?? 0
      // Few rows of indexes of their own.
      let (refused, failed): (Int?, Int?) = (
        try transaction.value(
          """
          SELECT COALESCE(SUM(refused), 0) FROM index_documents
          WHERE index_id = \(index) AND refused > 0 AND state = 'ready'
          """),
        try transaction.value(
          "SELECT COUNT(*) FROM index_documents WHERE index_id = \(index) AND state = 'failed'")
      )
      (self.refused, self.failed) = (refused ?? 0, failed ?? 0)
    }
  }

  /// Tied to the backend: a key is good for the server it was given for and for no other.
  static func context(_ index: IndexID, _ backend: String) -> String {
    "retrieval_indexes.embed_key/\(index.rawValue)/\(backend)"
  }

  private static func rankingContext(_ index: IndexID, _ backend: String) -> String {
    "retrieval_indexes.rerank_key/\(index.rawValue)/\(backend)"
  }
}
