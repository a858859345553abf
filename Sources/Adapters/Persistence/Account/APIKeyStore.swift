package import Domain
package import SQLAccess

/// API keys, by their hash; this store is the only one of its server that writes them.
package struct APIKeyStore: APIKeyStoring {
  private let database: any SQLDatabase
  private let known: ReadCache<String, APIKeyRecord>

  /// - Parameter isAlone: whether no other server writes keys.
  package init(_ database: any SQLDatabase, isAlone: Bool = true) {
    self.database = database
    known = ReadCache(limit: isAlone ? 4096 : 0)
  }

  package func insert(_ key: APIKeyRecord) async throws(DomainError) {
    _ = try await database.writing { transaction in
      try transaction.execute(
        .insert(
          into: "api_keys",
          [
            "id": key.id, "user_id": key.userID, "name": key.name, "prefix": key.prefix,
            "hash": key.hash, "created_at": key.createdAt, "last_used_at": key.lastUsedAt,
            "requests_per_minute": key.limits.requestsPerMinute, "tokens_per_day": key.limits.tokensPerDay,
          ]))
    }
  }

  /// Newest first.
  package func keys(of user: UserID) async throws(DomainError) -> [APIKeyRecord] {
    try await database.reading { transaction in
      try transaction.query("\(APIKeyRecord.selection) WHERE user_id = \(user) ORDER BY number DESC")
        .map(APIKeyRecord.init(row:))
    }
  }

  package func key(hash: String) async throws(DomainError) -> APIKeyRecord? {
    try await known.value(hash) { () async throws(DomainError) in
      try await database.reading { transaction in
        try transaction.first("\(APIKeyRecord.selection) WHERE hash = \(hash)").map(APIKeyRecord.init(row:))
      }
    }
  }

  /// Records a use; an earlier one than the last recorded changes nothing.
  package func touch(_ id: APIKeyID, at time: Timestamp) async throws(DomainError) {
    known.beginWrite()
    defer { known.endWrite() }
    _ = try await database.writing { transaction in
      try transaction.execute(
        """
        UPDATE api_keys SET last_used_at = \(time)
        WHERE id = \(id) AND (last_used_at IS NULL OR last_used_at < \(time))
        """)
    }
  }

  package func delete(_ id: APIKeyID, owner: UserID) async throws(DomainError) -> Bool {
    known.beginWrite()
    defer { known.endWrite() }
    return try await database.writing { transaction in
      try transaction.execute("DELETE FROM api_keys WHERE id = \(id) AND user_id = \(owner)") > 0
    }
  }
}

extension APIKeyRecord {
  fileprivate static let selection: SQL = """
    SELECT id, user_id, name, prefix, hash, created_at, last_used_at, requests_per_minute, tokens_per_day
    FROM api_keys
    """

  fileprivate init(row: Row) throws {
    self.init(
      id: try row.get("id"), userID: try row.get("user_id"), name: try row.get("name"),
      prefix: try row.get("prefix"), hash: try row.get("hash"), createdAt: try row.get("created_at"),
      lastUsedAt: try row.get("last_used_at"),
      limits: UseLimits(
        requestsPerMinute: try row.get("requests_per_minute"), tokensPerDay: try row.get("tokens_per_day")))
  }
}
