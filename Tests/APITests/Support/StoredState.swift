import Assembly
import FoundationEssentials
import Persistence
import SQLAccess
import SQLiteDriver
import TestDatabases

/// A look into a server's database behind its back, whatever its engine.
enum StoredState {
  /// Where a folder's server keeps its state when that is not in the folder.
  static func record(of folder: String) -> String { "\(folder)/test-database" }

  static func open<Value>(
    of folder: String, _ body: (any SQLDatabase) async throws -> Value
  ) async throws -> Value {
    if let server = DatabaseServer.wanted {
      let name = try String(contentsOfFile: record(of: folder), encoding: .utf8)
      return try await body(try await Looks.shared.database(name, of: server))
    }
    let database = try await SQLiteDatabase(SQLiteConfiguration(.file(path: "\(folder)/luthier.db")))
    let result: Result<Value, any Error>
    do { result = .success(try await body(database)) } catch { result = .failure(error) }
    await database.close()
    return try result.get()
  }

  /// Ends the looks into a database that is given back.
  static func forget(_ name: String) async { await Looks.shared.forget(name) }

  /// Every text and every byte that is stored.
  static func text(of folder: String) async throws -> String {
    try await open(of: folder) { database in
      try await database.read { transaction in
        try Schema.tables.flatMap { try transaction.query($0.rows) }.flatMap(\.values).map { value in
          switch value {
          case .text(let text): text
          case .blob(let bytes): String(decoding: bytes, as: UTF8.self)
          default: ""
          }
        }.joined(separator: "\n")
      }
    }
  }

  /// What each table holds, so exactly that any write shows.
  static func digests(of folder: String) async throws -> [String] {
    try await open(of: folder) { try await DatabaseCheck.digests(of: $0).map { "\($0)" } }
  }
}

/// Connections for looks into databases on a server: thousands of looks, and a connection costs more than any of them.
private actor Looks {
  static let shared = Looks()

  private var open: [String: any SQLDatabase] = [:]

  func database(_ name: String, of server: DatabaseServer) async throws -> any SQLDatabase {
    if let database = open[name] { return database }
    let database = try await server.open(name)
    // Another look may have opened it meanwhile.
    if let other = open[name] {
      await database.close()
      return other
    }
    open[name] = database
    return database
  }

  func forget(_ name: String) async {
    await open.removeValue(forKey: name)?.close()
  }
}
