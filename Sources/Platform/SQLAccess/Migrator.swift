/// Brings a database to the shape this program expects.
///
/// What was applied is recorded in `schema_migrations`. Each step is one transaction that first looks at
/// the record again, so two servers that start together apply a step once. MySQL stores each change of a table at once:
/// there a step notes how far it has come, and one that was cut off goes on from there.
package struct Migrator: Sendable {
  package let migrations: [Migration]

  /// Takes the steps in the order in which they are applied.
  ///
  /// Their names must differ.
  package init(_ migrations: [Migration]) {
    self.migrations = migrations
  }

  /// Applies what is missing and gives the names of the steps that this call applied.
  ///
  /// Nothing is applied when the record does not fit: `migrationChanged` when an applied step was edited
  /// since, `migrationUnknown` when the database was made by a newer program, `migrationOrder` when a
  /// step was slipped in before an applied one. A failing step throws `migrationFailed` and leaves nothing, with MySQL
  /// the tables that it had made, for the next attempt.
  ///
  /// - Parameter now: milliseconds since 1970, recorded with each step.
  @discardableResult
  package func migrate(_ database: some SQLDatabase, now: Int64) async throws -> [String] {
    try await database.write { transaction in
      try transaction.execute(
        """
        CREATE TABLE IF NOT EXISTS schema_migrations (
          name \(type: .key) PRIMARY KEY, position \(type: .integer) NOT NULL,
          checksum \(type: .key) NOT NULL, applied_at \(type: .integer) NOT NULL
        ) \(tableOptions: .strict)
        """)
    }
    var applied: [String] = []
    if database.dialect == .mysql { return try await applyInParts(database, now: now) }
    while let name = try await database.write({ try applyNext($0, now: now) }) {
      applied.append(name)
    }
    return applied
  }

  /// The names of the steps that a database lacks; none is applied.
  ///
  /// Throws where the record does not fit, as `migrate` does.
  package func missing(in database: any SQLDatabase) async throws -> [String] {
    try await database.read { transaction in
      let record: SQL = """
        \(
          sqlite: "SELECT 1 AS one FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'",
          postgres: "SELECT 1 AS one WHERE to_regclass('schema_migrations') IS NOT NULL",
          mysql: "SELECT 1 AS one FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'schema_migrations'")
        """
      guard try transaction.first(record) != nil else { return migrations.map(\.name) }
      return migrations.dropFirst(try verified(transaction)).map(\.name)
    }
  }

  private func applyNext(_ transaction: any SQLTransaction, now: Int64) throws -> String? {
    let position = try verified(transaction)
    guard position < migrations.count else { return nil }
    let migration = migrations[position]
    do {
      for statement in migration.statements { try transaction.execute(statement) }
    } catch let error as SQLError where error.code != .cancelled {
      throw SQLError(failureOf: migration, error)
    }
    try transaction.record(migration, at: position, now: now)
    return migration.name
  }

  /// Compares the record with the steps of this program and gives the number of steps applied.
  func verified(_ transaction: any SQLTransaction) throws -> Int {
    let recorded = try transaction.query("SELECT name, checksum FROM schema_migrations ORDER BY position")
    let known = Set(migrations.map(\.name))
    for (index, row) in recorded.enumerated() {
      let name: String = try row.get("name")
      guard known.contains(name) else {
        throw SQLError(
          .migrationUnknown,
          "the database has step \(name), which this program does not know: it was made by a newer version")
      }
      guard migrations[index].name == name else {
        throw SQLError(
          .migrationOrder, "step \(migrations[index].name) stands before \(name), which is applied already")
      }
      guard try row.get("checksum", as: String.self) == migrations[index].checksum(for: transaction.dialect)
      else {
        throw SQLError(
          .migrationChanged, "migration \(name) was changed after it had been applied; add a new one instead")
      }
    }
    return recorded.count
  }
}

extension SQLTransaction {
  /// Records that a step was applied.
  func record(_ migration: Migration, at position: Int, now: Int64) throws {
    try execute(
      """
      INSERT INTO schema_migrations (name, position, checksum, applied_at)
      VALUES (\(migration.name), \(position), \(migration.checksum(for: dialect)), \(now))
      """)
  }
}

extension SQLError {
  init(failureOf migration: Migration, _ error: SQLError) {
    self.init(
      .migrationFailed, "migration \(migration.name) failed: \(error.message)",
      statement: error.statement, engineMessage: error.engineMessage)
  }
}
