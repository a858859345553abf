package import Domain
package import SQLAccess

/// The servers that share the database.
package struct ServerStore: ServerStoring {
  /// Milliseconds without a word after which a server is forgotten.
  private static let memory: Int64 = 86_400_000

  private let database: any SQLDatabase

  package init(_ database: any SQLDatabase) { self.database = database }

  package func beat(_ server: ServerRecord) async throws(DomainError) {
    _ = try await database.writing { transaction in
      let known = try transaction.execute(
        "UPDATE servers SET seen_at = \(SQL.databaseTime) WHERE id = \(server.id)")
      if known > 0 { return }
      // MySQL counts no row that was as it is already.
      if try transaction.first("SELECT id FROM servers WHERE id = \(server.id)") != nil { return }
      try transaction.execute("DELETE FROM servers WHERE seen_at < \(SQL.databaseTime) - \(Self.memory)")
      try transaction.execute(
        """
        INSERT INTO servers (id, name, url, version, started_at, seen_at)
        VALUES (\(server.id), \(server.name), \(server.url), \(server.version), \(SQL.databaseTime),
          \(SQL.databaseTime))
        """)
    }
  }

  package func servers() async throws(DomainError) -> [SeenServer] {
    try await database.reading { transaction in
      try transaction.query(
        """
        SELECT id, name, url, version, \(SQL.databaseTime) - seen_at AS silence FROM servers
        ORDER BY seen_at DESC, id
        """
      ).map { row in
        SeenServer(
          record: ServerRecord(
            id: try row.get("id"), name: try row.get("name"), url: try row.get("url"),
            version: try row.get("version")), silence: try row.get("silence"))
      }
    }
  }

  package func leave(_ server: ServerID) async throws(DomainError) {
    _ = try await database.writing { transaction in
      try transaction.execute(
        "UPDATE leases SET server_id = NULL, expires_at = 0 WHERE server_id = \(server)")
      try transaction.execute("DELETE FROM servers WHERE id = \(server)")
    }
  }

  package func installation(orMaking facts: InstallationFacts) async throws(DomainError) -> InstallationFacts
  {
    try await database.writing { transaction in
      let stored = try transaction.first(
        "SELECT mark, secret_check, machine FROM shared_installation WHERE id = 1")
      if let stored {
        return InstallationFacts(
          mark: try stored.get("mark"), secretCheck: try stored.get("secret_check"),
          machine: try stored.get("machine"))
      }
      try transaction.execute(
        .insert(
          into: "shared_installation",
          ["id": 1, "mark": facts.mark, "secret_check": facts.secretCheck, "machine": facts.machine]))
      return facts
    }
  }
}
