import MySQLDriver
import PostgresDriver
import SQLAccess
import SQLiteDriver

/// Opens the database that a setting names, with the driver of its engine.
///
/// Throws a `StartError` that says what to do and holds no password.
///
/// - Parameters:
///   - isForServer: whether to keep other servers off, where the engine can.
///   - readers: connections for reads to a database server; one more writes.
func openDatabase(
  _ address: DatabaseURL, isForServer: Bool, readers: Int = 4
) async throws -> any SQLDatabase {
  switch address {
  case .sqliteMemory: return try await SQLiteDatabase(SQLiteConfiguration(.memory))
  case .sqliteFile(let path): return try await SQLiteDatabase(SQLiteConfiguration(.file(path: path)))
  case .postgres(let server):
    return try await opened {
      try await PostgresDatabase(
        PostgresConfiguration(address: server.secret, readers: readers, isForServer: isForServer))
    }
  case .mysql(let server):
    return try await opened {
      try await MySQLDatabase(
        MySQLConfiguration(address: server.secret, readers: readers, isForServer: isForServer))
    }
  }
}

private func opened(_ open: () async throws -> any SQLDatabase) async throws -> any SQLDatabase {
  do {
    return try await open()
  } catch let error as SQLError {
    throw StartError(opening: error)
  }
}

extension StartError {
  /// Why a database on a server could not be opened, and the server's own words, which hold no password.
  init(opening error: SQLError) {
    let cure =
      switch error.code {
      case .unreachable: "Start the database server, or correct host and port in DATABASE_URL."
      case .cannotOpen:
        "Correct user, password and database's name in DATABASE_URL, or make them on the server."
      case .malformedURL:
        "Correct DATABASE_URL: postgresql://user:password@host:5432/database or mysql://user:password@host:3306/database."
      case .inUse: "End the other server, or give this one a database of its own."
      case .engine: "Move the database to a newer server."
      default: "Its log may say more."
      }
    let words = error.engineMessage.map { " It says: \($0)" } ?? ""
    self.init("\(error.message) [\(error.code.rawValue)]. \(cure)\(words)")
  }
}
