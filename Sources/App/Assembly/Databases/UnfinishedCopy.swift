import Persistence
import SQLAccess

/// The mark of a database that is being filled by `luthier database copy`.
///
/// It is stored before the first row, and goes in the transaction that stores them: a copy that is broken off at whatever
/// moment leaves a database that says so, where an empty one would pass for a new installation. It stands beside the
/// schema, in a table of its own that is there for as long.
enum UnfinishedCopy {
  /// Whether a copy into the database was begun and did not come to its end.
  static func isMarked(_ database: any SQLDatabase) async throws -> Bool {
    try await database.read { transaction in
      let table: SQL = """
        \(
          sqlite: "SELECT 1 AS one FROM sqlite_master WHERE type = 'table' AND name = 'unfinished_copy'",
          postgres: "SELECT 1 AS one WHERE to_regclass('unfinished_copy') IS NOT NULL",
          mysql: "SELECT 1 AS one FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'unfinished_copy'")
        """
      guard try transaction.first(table) != nil else { return false }
      return try transaction.first("SELECT 1 AS one FROM unfinished_copy LIMIT 1") != nil
    }
  }

  /// Throws a `StartError` where a server would take what a copy left for a new installation.
  static func refuse(_ database: any SQLDatabase) async throws {
    guard try await isMarked(database) else { return }
    throw StartError("\(fault.message) [unfinished_copy]. \(fault.cure)")
  }

  /// Throws a `DatabaseFault` where a command wants a whole database.
  static func refuseAsSource(_ database: any SQLDatabase) async throws {
    if try await isMarked(database) { throw fault }
  }

  /// Makes a database ready to be copied into: marked, and with every table.
  ///
  /// What a copy left that was broken off is gone on with. Throws a `DatabaseFault`, and changes nothing, where the database
  /// has rows or the tables of another version.
  ///
  /// - Parameter now: milliseconds since 1970.
  static func prepare(_ target: any SQLDatabase, now: Int64) async throws {
    if try await !isMarked(target) {
      let missing = try await Schema.missing(in: target)
      if missing.isEmpty {
        try await target.read { try $0.refuseRows() }
      } else if missing.count < Schema.migrations.count {
        throw DatabaseFault(
          "the database that it is copied to has tables of another version",
          cure: "Name a new database; or run luthier database migrate on this one first, if it is meant.")
      }
      try await mark(target, now: now)
    }
    try await Schema.migrate(target, now: now)
  }

  /// Takes the mark away, in the transaction that stores what was copied.
  static func clear(in transaction: any SQLTransaction) throws {
    try transaction.execute("DELETE FROM unfinished_copy")
  }

  /// Removes the table of the mark, once what was copied is stored.
  static func forget(_ target: any SQLDatabase) async throws {
    try await target.write { _ = try $0.execute("DROP TABLE IF EXISTS unfinished_copy") }
  }

  private static func mark(_ target: any SQLDatabase, now: Int64) async throws {
    try await target.write { transaction in
      try transaction.execute(
        "CREATE TABLE IF NOT EXISTS unfinished_copy (begun_at \(type: .integer) NOT NULL) \(tableOptions: .strict)"
      )
      try transaction.execute("INSERT INTO unfinished_copy (begun_at) VALUES (\(now))")
    }
  }

  private static let fault = DatabaseFault(
    "this database is unfinished: a copy into it was broken off",
    cure:
      "Run luthier database copy into it once more, or set DATABASE_URL to the database that it was copied from."
  )
}
