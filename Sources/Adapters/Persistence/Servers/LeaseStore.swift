package import Domain
package import SQLAccess

/// Who is in charge of what.
package struct LeaseStore: LeaseStoring {
  private let database: any SQLDatabase

  package init(_ database: any SQLDatabase) { self.database = database }

  package func acquire(
    _ subject: LeaseSubject, for server: ServerID, milliseconds: Int64
  ) async throws(DomainError) -> Int64? {
    try await database.writing { transaction in
      try transaction.execute(
        """
        INSERT INTO leases (kind, subject, server_id, token, expires_at)
        VALUES (\(subject.kind), \(subject.subject), NULL, 0, 0)
        \(onConflict: ["kind", "subject"], update: [])
        """)
      let taken = try transaction.execute(
        """
        UPDATE leases SET server_id = \(server), token = token + 1,
          expires_at = \(SQL.databaseTime) + \(milliseconds)
        WHERE kind = \(subject.kind) AND subject = \(subject.subject) AND expires_at <= \(SQL.databaseTime)
        """)
      guard taken > 0 else { return nil }
      return try transaction.value(
        "SELECT token FROM leases WHERE kind = \(subject.kind) AND subject = \(subject.subject)")
    }
  }

  package func renew(
    _ subject: LeaseSubject, token: Int64, milliseconds: Int64
  ) async throws(DomainError) -> Bool {
    try await database.writing { transaction in
      guard try transaction.holds(subject, token: token) else { return false }
      try transaction.execute(
        """
        UPDATE leases SET expires_at = \(SQL.databaseTime) + \(milliseconds)
        WHERE kind = \(subject.kind) AND subject = \(subject.subject) AND token = \(token)
        """)
      return true
    }
  }

  package func release(_ subject: LeaseSubject, token: Int64) async throws(DomainError) {
    _ = try await database.writing { transaction in
      try transaction.execute(
        """
        UPDATE leases SET server_id = NULL, expires_at = 0
        WHERE kind = \(subject.kind) AND subject = \(subject.subject) AND token = \(token)
        """)
    }
  }

  package func leases() async throws(DomainError) -> [LeaseRecord] {
    try await database.reading { transaction in
      try transaction.query(
        """
        SELECT kind, subject, server_id, token, expires_at - \(SQL.databaseTime) AS remaining FROM leases
        ORDER BY kind, subject
        """
      ).map { row in
        LeaseRecord(
          subject: LeaseSubject(kind: try row.get("kind"), subject: try row.get("subject")),
          server: try row.get("server_id"), token: try row.get("token"), remaining: try row.get("remaining"))
      }
    }
  }
}

extension SQLTransaction {
  /// Whether the lease is still the one of this token: nobody has had it since.
  ///
  /// Of a lease that has run out it is true as long as nobody takes it: writes run one after another, and whoever
  /// takes it makes this false before.
  package func holds(_ subject: LeaseSubject, token: Int64) throws -> Bool {
    try first(
      """
      SELECT token FROM leases
      WHERE kind = \(subject.kind) AND subject = \(subject.subject) AND token = \(token)
        AND server_id IS NOT NULL
      """) != nil
  }
}
