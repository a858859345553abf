package import Domain
package import SQLAccess

/// Documents of indexes, and their passages' text and words.
package struct IndexDocumentStore: DocumentStoring {
  private let database: any SQLDatabase

  package init(_ database: any SQLDatabase) { self.database = database }

  package func documents(of index: IndexID, owner: UserID) async throws(DomainError) -> [IndexedDocument] {
    try await found("index_id = \(index) AND user_id = \(owner) AND state = 'ready' ORDER BY name, number")
  }

  package func document(
    _ which: DocumentReference, owner: UserID
  ) async throws(DomainError) -> IndexedDocument? {
    let condition: SQL =
      switch which {
      case .id(let id): "id = \(id)"
      case .named(let name, let index): "index_id = \(index) AND name = \(name)"
      }
    return try await found("\(condition) AND user_id = \(owner) AND state = 'ready'").first
  }

  package func begin(_ document: IndexedDocument) async throws(DomainError) {
    _ = try await database.writing { transaction in
      try transaction.execute(
        .insert(
          into: "index_documents",
          [
            "id": document.id, "index_id": document.indexID, "user_id": document.userID,
            "name": document.name, "kind": document.kind.rawValue, "content_hash": document.contentHash,
            "size": document.size, "passages": document.passages, "state": "building",
            "created_at": document.createdAt,
          ]))
    }
  }

  package func add(_ passages: [Passage], to document: DocumentID) async throws(DomainError) {
    try await database.writing { transaction in
      let row = try transaction.first(
        """
        SELECT index_id, index_documents.name AS name, embed_model, vector_side FROM index_documents
        JOIN retrieval_indexes ON retrieval_indexes.id = index_id
        WHERE index_documents.id = \(document) AND state = 'building'
        """)
      guard let row else { throw DomainError.notFound("The document") }
      let index: IndexID = try row.get("index_id")
      let hasVectors = try row.get("embed_model", as: String?.self) != nil
      let side: Int = try row.get("vector_side")
      var reused = 0
      let scope = PassageSearch.scopeWord(index)
      let name: String = try row.get("name")
      for passage in passages {
        let number = try transaction.insert(
          .insert(
            into: "index_passages",
            [
              "document_id": document, "place": passage.place, "first": passage.range.lowerBound,
              "last": passage.range.upperBound, "headings": passage.headings.joined(separator: "\n"),
              "page": passage.page, "content": passage.text,
            ]), counting: "number")
        let titles = PassageWords.words(of: ([name] + passage.headings).joined(separator: " "))
        let words = PassageWords.words(of: passage.text)
        try transaction.indexPassage(number, scope: scope, titles: titles, words: words)
        if hasVectors,
          try transaction.reuseVector(for: passage, number: number, in: index, on: side)
        {
          reused += 1
        }
      }
      if reused > 0 {
        try transaction.execute(
          "UPDATE index_documents SET embedded = embedded + \(reused) WHERE id = \(document)")
      }
    }
  }

  package func publish(_ document: DocumentID) async throws(DomainError) -> Bool {
    try await database.writing { transaction in
      let row = try transaction.first(
        """
        SELECT index_id, name FROM index_documents WHERE id = \(document) AND state = 'building'
          AND EXISTS (SELECT 1 FROM retrieval_indexes WHERE id = index_id)
        """)
      guard let row else { return false }
      let (index, name): (IndexID, String) = (try row.get("index_id"), try row.get("name"))
      let replaced = try transaction.execute(
        """
        UPDATE index_documents SET state = 'removed'
        WHERE index_id = \(index) AND name = \(name) AND state = 'ready'
        """)
      if replaced > 0 { try transaction.countRemoval(in: index) }
      try transaction.forgetFailure(named: name, in: index)
      return try transaction.execute("UPDATE index_documents SET state = 'ready' WHERE id = \(document)") > 0
    }
  }

  package func remove(_ document: DocumentID, owner: UserID) async throws(DomainError) -> Bool {
    try await database.writing { transaction in
      let row = try transaction.first(
        "SELECT index_id, state FROM index_documents WHERE id = \(document) AND user_id = \(owner)")
      guard let row else { return false }
      // What failed has no vectors that somebody could hold.
      if try row.get("state") == "ready" { try transaction.countRemoval(in: try row.get("index_id")) }
      return try transaction.execute(
        """
        UPDATE index_documents SET state = 'removed'
        WHERE id = \(document) AND user_id = \(owner) AND state <> 'removed'
        """) > 0
    }
  }

  package func sweep() async throws(DomainError) -> Bool {
    try await database.writing { transaction in
      let removed: DocumentID? = try transaction.value(
        """
        SELECT id FROM index_documents WHERE state = 'removed'
          OR NOT EXISTS (SELECT 1 FROM users WHERE users.id = user_id) ORDER BY number LIMIT 1
        """)
      guard let removed else { return false }
      let rows = try transaction.query(
        "SELECT number FROM index_passages WHERE document_id = \(removed) ORDER BY place LIMIT 500")
      for row in rows {
        let number: Int64 = try row.get("number")
        try transaction.execute(
          """
          DELETE FROM passage_search WHERE \(sqlite: "rowid", postgres: "number", mysql: "number") = \(number)
          """)
        try transaction.execute("DELETE FROM index_passages WHERE number = \(number)")
      }
      if rows.count < 500 { try transaction.execute("DELETE FROM index_documents WHERE id = \(removed)") }
      return true
    }
  }

  private func found(_ condition: SQL) async throws(DomainError) -> [IndexedDocument] {
    try await database.reading { transaction in
      try transaction.query(
        """
        SELECT id, index_id, user_id, name, kind, content_hash, size, passages, created_at, refused, refusal
        FROM index_documents WHERE \(condition)
        """
      ).map { row in
        IndexedDocument(
          id: try row.get("id"), indexID: try row.get("index_id"), userID: try row.get("user_id"),
          name: try row.get("name"), kind: TextKind(rawValue: try row.get("kind")) ?? .plain,
          contentHash: try row.get("content_hash"), size: try row.get("size"),
          passages: try row.get("passages"), createdAt: try row.get("created_at"),
          refused: try row.get("refused"), refusal: try row.get("refusal"))
      }
    }
  }
}

extension SQLTransaction {
  /// Whoever holds an index's vectors in memory learns from it that some of them are of no use.
  fileprivate func countRemoval(in index: IndexID) throws {
    try execute("UPDATE retrieval_indexes SET removals = removals + 1 WHERE id = \(index)")
  }
}
