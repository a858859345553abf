/// Steps in an engine that stores each change of a table at once, whatever transaction it stands in.
///
/// A step notes after each statement how far it has come. One that was cut off goes on from there; where it was cut off
/// between a change and its note, the change is found to be there already.
extension Migrator {
  private static let lock: SQL = "CONCAT('luthier-migrate-', MD5(DATABASE()))"

  func applyInParts(_ database: some SQLDatabase, now: Int64) async throws -> [String] {
    // Held by the one connection that writes, from one transaction to the next; the server frees it with that.
    let isAlone = try await database.write {
      try $0.value("SELECT GET_LOCK(\(Self.lock), 60) AS taken", as: Int?.self) == 1
    }
    guard isAlone else { throw SQLError(.busy, "another program is changing the tables of this database") }
    var applied: [String] = []
    do {
      while let name = try await applyNextInParts(database, now: now) { applied.append(name) }
    } catch {
      _ = try? await unlock(database)
      throw error
    }
    try await unlock(database)
    return applied
  }

  private func unlock(_ database: some SQLDatabase) async throws {
    try await database.write { _ = try $0.query("SELECT RELEASE_LOCK(\(Self.lock)) AS freed") }
  }

  private func applyNextInParts(_ database: some SQLDatabase, now: Int64) async throws -> String? {
    let position = try await database.write { try verified($0) }
    guard position < migrations.count else { return nil }
    let migration = migrations[position]
    let noted = try await database.write { try progress(of: migration, $0) }
    for (place, statement) in migration.statements.enumerated().dropFirst(noted ?? 0) {
      do {
        try await database.write { transaction in
          try transaction.execute(statement)
          try note(place + 1, of: migration, transaction)
        }
      } catch let error as SQLError where error.code == .alreadyThere && place == noted {
        try await database.write { try note(place + 1, of: migration, $0) }
      } catch let error as SQLError where error.code != .cancelled {
        throw SQLError(failureOf: migration, error)
      }
    }
    try await database.write { transaction in
      try transaction.execute("DELETE FROM schema_progress WHERE name = \(migration.name)")
      try transaction.record(migration, at: position, now: now)
    }
    return migration.name
  }

  /// How many statements of a step were applied before; nil where it was never begun.
  private func progress(of migration: Migration, _ transaction: any SQLTransaction) throws -> Int? {
    try transaction.execute(
      """
      CREATE TABLE IF NOT EXISTS schema_progress (
        name \(type: .key) PRIMARY KEY, done \(type: .integer) NOT NULL
      ) \(tableOptions: .strict)
      """)
    let row = try transaction.first("SELECT done FROM schema_progress WHERE name = \(migration.name)")
    if let row { return try row.get("done") }
    try transaction.execute("INSERT INTO schema_progress (name, done) VALUES (\(migration.name), \(0))")
    return nil
  }

  private func note(_ done: Int, of migration: Migration, _ transaction: any SQLTransaction) throws {
    try transaction.execute("UPDATE schema_progress SET done = \(done) WHERE name = \(migration.name)")
  }
}
