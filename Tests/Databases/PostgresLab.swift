import CPostgres
import Glibc
import PostgresDriver
package import SQLAccess

struct LabError: Error {
  let text: String
}

/// The PostgreSQL server of the tests: each test body has a database of its own there.
package actor PostgresLab {
  package static let shared = PostgresLab()

  private static let server = getenv("LUTHIER_TEST_POSTGRES").map { String(cString: $0) }
  package static var isThere: Bool { server != nil }

  /// A database that has its tables already: copying one is ten times as fast as making them.
  private var shaped: Task<String, any Error>?

  /// The address of one of its databases.
  package static func address(of database: String) -> String {
    guard let server, let end = server.firstIndex(of: "?") else { return "" }
    return "postgresql:///\(database)\(server[end...])"
  }

  static func open(_ name: String) async throws -> PostgresDatabase {
    try await PostgresDatabase(PostgresConfiguration(address: address(of: name), readers: 2))
  }

  /// A new database; the caller removes it.
  package func makeDatabase(_ shape: (@Sendable (any SQLDatabase) async throws -> Void)? = nil) async throws
    -> String
  {
    let name = Self.newName("test")
    try Self.order("CREATE DATABASE \(name) TEMPLATE \(try await template(shape))")
    return name
  }

  private func template(_ shape: (@Sendable (any SQLDatabase) async throws -> Void)?) async throws -> String {
    guard let shape else { return "template0" }
    if let shaped { return try await shaped.value }
    let making = Task {
      let name = Self.newName("shape")
      try Self.order("CREATE DATABASE \(name) TEMPLATE template0")
      let database = try await Self.open(name)
      try await shape(database)
      await database.close()
      return name
    }
    shaped = making
    return try await making.value
  }

  /// Removes a database, whoever is still connected to it.
  package static func remove(_ name: String) {
    try? order("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
  }

  /// Ends every connection to a database, as a server that is restarted does.
  package static func cutConnections(to name: String) throws {
    try order("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(name)'")
  }

  private static func newName(_ kind: String) -> String {
    "\(kind)_\(getpid())_\(UInt32.random(in: .min ... .max))"
  }

  /// Runs one statement outside of any transaction.
  package static func order(_ text: String) throws {
    guard let handle = PQconnectdb(server ?? "") else { throw LabError(text: "no memory") }
    defer { PQfinish(handle) }
    guard PQstatus(handle) == CONNECTION_OK, let result = PQexec(handle, text) else {
      throw LabError(text: PQerrorMessage(handle).map { String(cString: $0) } ?? "")
    }
    defer { PQclear(result) }
    guard [PGRES_COMMAND_OK, PGRES_TUPLES_OK].contains(PQresultStatus(result)) else {
      throw LabError(text: PQresultErrorMessage(result).map { String(cString: $0) } ?? "")
    }
  }
}
