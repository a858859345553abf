import Glibc
import MySQLDriver
import PostgresDriver
package import SQLAccess
import SQLiteDriver

/// The databases every test body runs over.
///
/// PostgreSQL and MariaDB are among them where LUTHIER_TEST_POSTGRES and LUTHIER_TEST_MYSQL name servers that may be
/// filled (`scripts/with-databases`).
package enum TestDatabase: String, CaseIterable, Sendable {
  case sqliteFile
  case sqliteMemory
  case postgres
  case mariadb

  package static let all = allCases.filter {
    ($0 != .postgres || PostgresLab.isThere) && ($0 != .mariadb || MySQLLab.isThere)
  }

  /// Lends a new database, and removes it afterwards.
  ///
  /// - Parameter shape: gives it its tables, if it is to have any; the same in each call.
  package func run(
    shape: (@Sendable (any SQLDatabase) async throws -> Void)? = nil,
    _ body: (any SQLDatabase) async throws -> Void
  ) async throws {
    switch self {
    case .sqliteMemory: try await run(SQLiteDatabase(SQLiteConfiguration(.memory)), shape, body)
    case .sqliteFile:
      try await withTemporaryFolder { folder in
        try await run(SQLiteDatabase(SQLiteConfiguration(.file(path: "\(folder)/test.db"))), shape, body)
      }
    case .postgres:
      let name = try await PostgresLab.shared.makeDatabase(shape)
      defer { PostgresLab.remove(name) }
      try await run(PostgresLab.open(name), nil, body)
    case .mariadb:
      guard let shape else {
        return try await DatabaseServer.mariadb.withDatabase { name in
          try await run(MySQLLab.open(name), nil, body)
        }
      }
      let name = try await MySQLLab.shared.lendShaped(shape)
      do {
        try await run(MySQLLab.open(name), nil, body)
      } catch {
        await MySQLLab.shared.takeBack(name)
        throw error
      }
      await MySQLLab.shared.takeBack(name)
    }
  }

  private func run(
    _ database: some SQLDatabase, _ shape: (@Sendable (any SQLDatabase) async throws -> Void)?,
    _ body: (any SQLDatabase) async throws -> Void
  ) async throws {
    do {
      try await shape?(database)
      try await body(database)
    } catch {
      await database.close()
      throw error
    }
    await database.close()
  }
}

/// Lends a fresh folder and removes it with what it holds.
package func withTemporaryFolder(_ body: (String) async throws -> Void) async throws {
  var template = Array("/tmp/luthier-test-XXXXXX".utf8CString)
  guard let made = template.withUnsafeMutableBufferPointer({ $0.baseAddress.flatMap { mkdtemp($0) } }) else {
    throw LabError(text: "no folder could be made")
  }
  let folder = String(cString: made)
  defer { removeFolder(folder) }
  try await body(folder)
}

private func removeFolder(_ folder: String) {
  guard let directory = opendir(folder) else { return }
  while let entry = readdir(directory) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name == "." || name == ".." { continue }
    let path = "\(folder)/\(name)"
    if unlink(path) != 0 { removeFolder(path) }
  }
  closedir(directory)
  rmdir(folder)
}
