import Glibc
import MySQLDriver
import PostgresDriver
package import SQLAccess

/// The database servers that tests may fill, as far as they are there (`scripts/with-databases`).
package enum DatabaseServer: String, CaseIterable, Sendable {
  case postgres
  case mariadb

  package static let all = allCases.filter { $0 == .postgres ? PostgresLab.isThere : MySQLLab.isThere }

  /// The server that whole programs are to keep their state on, where LUTHIER_TEST_ENGINE names one.
  package static let wanted = getenv("LUTHIER_TEST_ENGINE").map { name in
    let name = String(cString: name)
    guard let server = DatabaseServer(rawValue: name), all.contains(server) else {
      preconditionFailure("LUTHIER_TEST_ENGINE=\(name) is none of \(all.map { $0.rawValue })")
    }
    return server
  }

  /// The name of a database with its tables, until `takeBack`.
  package func lend(
    shape: @escaping @Sendable (any SQLDatabase) async throws -> Void
  ) async throws -> String {
    switch self {
    case .postgres: try await PostgresLab.shared.makeDatabase(shape)
    case .mariadb: try await MySQLLab.shared.lendShaped(shape)
    }
  }

  package func takeBack(_ name: String) async {
    switch self {
    case .postgres: PostgresLab.remove(name)
    case .mariadb: await MySQLLab.shared.takeBack(name)
    }
  }

  package func address(of name: String) -> String {
    switch self {
    case .postgres: PostgresLab.address(of: name)
    case .mariadb: MySQLLab.address(of: name)
    }
  }

  /// Lends the name of a database of a test's own.
  package func withDatabase(_ body: (String) async throws -> Void) async throws {
    switch self {
    case .postgres:
      let name = try await PostgresLab.shared.makeDatabase()
      defer { PostgresLab.remove(name) }
      try await body(name)
    case .mariadb:
      let name = try MySQLLab.makeDatabase()
      defer { MySQLLab.remove(name) }
      try await body(name)
    }
  }

  /// - Parameter writerRest: seconds that a transaction which writes may do nothing.
  package func open(_ name: String, isForServer: Bool = false, writerRest: Int = 15) async throws
    -> any SQLDatabase
  {
    switch self {
    case .postgres:
      var configuration = PostgresConfiguration(
        address: PostgresLab.address(of: name), readers: 2, isForServer: isForServer)
      configuration.writerRest = writerRest
      return try await PostgresDatabase(configuration)
    case .mariadb:
      var configuration = try MySQLConfiguration(
        address: MySQLLab.address(of: name), readers: 2, isForServer: isForServer)
      configuration.writerRest = writerRest
      return try await MySQLDatabase(configuration)
    }
  }

  /// Ends every connection to a database, as a server that is restarted does.
  package func cutConnections(to name: String) throws {
    switch self {
    case .postgres: try PostgresLab.cutConnections(to: name)
    case .mariadb: try MySQLLab.cutConnections(to: name)
    }
  }
}
