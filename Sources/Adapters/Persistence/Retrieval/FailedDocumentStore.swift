package import Domain
package import SQLAccess

/// Documents that could not be taken in: rows of the documents' own table, whose state keeps them out of every search.
package struct FailedDocumentStore: FailedDocumentStoring {
  private let database: any SQLDatabase

  package init(_ database: any SQLDatabase) { self.database = database }

  package func failures(of index: IndexID, owner: UserID) async throws(DomainError) -> [FailedDocument] {
    try await found("index_id = \(index) AND user_id = \(owner)")
  }

  package func failure(_ id: DocumentID, owner: UserID) async throws(DomainError) -> FailedDocument? {
    try await found("id = \(id) AND user_id = \(owner)").first
  }

  package func insert(_ failed: FailedDocument) async throws(DomainError) -> Bool {
    try await database.writing { transaction in
      let index = try transaction.first(
        "SELECT id FROM retrieval_indexes WHERE id = \(failed.indexID) AND user_id = \(failed.userID)")
      guard index != nil else { return false }
      try transaction.forgetFailure(named: failed.name, in: failed.indexID)
      try transaction.execute(
        .insert(
          into: "index_documents",
          [
            "id": failed.id, "index_id": failed.indexID, "user_id": failed.userID, "name": failed.name,
            "kind": failed.kind.rawValue, "content_hash": "", "size": failed.size, "passages": 0,
            "state": "failed", "created_at": failed.triedAt, "failure_code": failed.reason.code.rawValue,
            "failure_message": failed.reason.message, "failure_hint": failed.reason.hint,
            "is_kept": failed.isKept ? 1 : 0,
          ]))
      return true
    }
  }

  package func forget(named name: String, in index: IndexID) async throws(DomainError) {
    try await database.writing { try $0.forgetFailure(named: name, in: index) }
  }

  package func kept(among ids: [DocumentID]) async throws(DomainError) -> Set<DocumentID> {
    try await database.reading { transaction in
      var kept: Set<DocumentID> = []
      for id in ids {
        let row = try transaction.first(
          "SELECT id FROM index_documents WHERE id = \(id) AND state = 'failed' AND is_kept = 1")
        if row != nil { kept.insert(id) }
      }
      return kept
    }
  }

  package func retryVectors(of document: DocumentID, owner: UserID) async throws(DomainError) -> Bool {
    try await database.writing { transaction in
      let row = try transaction.first(
        """
        SELECT index_id FROM index_documents
        WHERE id = \(document) AND user_id = \(owner) AND state = 'ready' AND refused > 0
        """)
      guard let row, let side = try VectorSide(of: try row.get("index_id"), transaction) else { return false }
      let refused = try transaction.query(
        """
        SELECT number FROM \(side.table)
        WHERE passage IN (SELECT number FROM index_passages WHERE document_id = \(document)) AND LENGTH(vector) = 0
        """)
      for row in refused {
        let number: Int64 = try row.get("number")
        try transaction.execute("DELETE FROM \(side.table) WHERE number = \(number)")
      }
      try transaction.execute(
        """
        UPDATE index_documents SET embedded = embedded - \(refused.count), refused = 0, refusal = NULL
        WHERE id = \(document)
        """)
      return true
    }
  }

  private func found(_ condition: SQL) async throws(DomainError) -> [FailedDocument] {
    try await database.reading { transaction in
      try transaction.query(
        """
        SELECT id, index_id, user_id, name, kind, size, created_at, failure_code, failure_message, failure_hint,
          is_kept
        FROM index_documents WHERE state = 'failed' AND \(condition) ORDER BY name, number
        """
      ).map { row in
        let kept: Int = try row.get("is_kept")
        return FailedDocument(
          id: try row.get("id"), indexID: try row.get("index_id"), userID: try row.get("user_id"),
          name: try row.get("name"), kind: TextKind(rawValue: try row.get("kind")) ?? .plain,
          size: try row.get("size"),
          reason: DocumentFailure(
            code: DomainError.Code(try row.get("failure_code")), message: try row.get("failure_message"),
            hint: try row.get("failure_hint")),
          triedAt: try row.get("created_at"), isKept: kept != 0)
      }
    }
  }
}

extension SQLTransaction {
  /// The sweep clears it away.
  func forgetFailure(named name: String, in index: IndexID) throws {
    try execute(
      """
      UPDATE index_documents SET state = 'removed'
      WHERE index_id = \(index) AND name = \(name) AND state = 'failed'
      """)
  }
}
