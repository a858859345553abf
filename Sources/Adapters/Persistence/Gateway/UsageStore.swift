package import Domain
package import SQLAccess

/// What was used, by user, day, key and model.
package struct UsageStore: UsageStoring {
  private let database: any SQLDatabase

  package init(_ database: any SQLDatabase) {
    self.database = database
  }

  package func add(_ records: [UsageRecord]) async throws(DomainError) {
    guard !records.isEmpty else { return }
    _ = try await database.writing { transaction in
      for record in records {
        let subject = record.subject
        // The account may have gone while its request was under way.
        guard try transaction.first("SELECT id FROM users WHERE id = \(subject.userID)") != nil else {
          continue
        }
        let key = subject.keyID?.rawValue ?? ""
        let changed = try transaction.execute(
          """
          UPDATE model_usage SET requests = requests + \(record.requests),
            prompt_tokens = prompt_tokens + \(record.promptTokens),
            completion_tokens = completion_tokens + \(record.completionTokens),
            failures = failures + \(record.failures), estimates = estimates + \(record.estimates)
          WHERE user_id = \(subject.userID) AND day = \(subject.day) AND key_id = \(key)
            AND model = \(subject.model)
          """)
        guard changed == 0 else { continue }
        try transaction.execute(
          .insert(
            into: "model_usage",
            [
              "user_id": subject.userID, "day": subject.day, "key_id": key, "model": subject.model,
              "requests": record.requests, "prompt_tokens": record.promptTokens,
              "completion_tokens": record.completionTokens, "failures": record.failures,
              "estimates": record.estimates,
            ]))
      }
    }
  }

  package func usage(of user: UserID?, since day: String) async throws(DomainError) -> [NamedUsage] {
    let mine: SQL = user.map { " AND model_usage.user_id = \($0)" } ?? .empty
    return try await database.reading { transaction in
      try transaction.query(
        """
        SELECT model_usage.user_id, day, key_id, model, requests, prompt_tokens, completion_tokens, failures,
          estimates, users.username, api_keys.name AS key_name
        FROM model_usage JOIN users ON users.id = model_usage.user_id
        LEFT JOIN api_keys ON api_keys.id = model_usage.key_id
        WHERE day >= \(day)\(mine)
        ORDER BY day DESC, users.username, model, key_id
        """
      ).map(NamedUsage.init(row:))
    }
  }

  package func tokens(of user: UserID, key: APIKeyID?, on day: String) async throws(DomainError) -> Int {
    let one: SQL = key.map { " AND key_id = \($0)" } ?? .empty
    return try await database.reading { transaction in
      try transaction.value(
        """
        SELECT COALESCE(SUM(prompt_tokens + completion_tokens), 0) FROM model_usage
        WHERE user_id = \(user) AND day = \(day)\(one)
        """, as: Int.self) ?? 0
    }
  }
}

extension NamedUsage {
  fileprivate init(row: Row) throws {
    let key: String = try row.get("key_id")
    self.init(
      record: UsageRecord(
        .init(
          userID: try row.get("user_id"), keyID: key.isEmpty ? nil : APIKeyID(rawValue: key),
          model: try row.get("model"), day: try row.get("day")),
        requests: try row.get("requests"), promptTokens: try row.get("prompt_tokens"),
        completionTokens: try row.get("completion_tokens"), failures: try row.get("failures"),
        estimates: try row.get("estimates")),
      username: try row.get("username"), keyName: try row.get("key_name"))
  }
}
