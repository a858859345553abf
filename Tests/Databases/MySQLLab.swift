import CMySQL
import Glibc
import MySQLDriver
import SQLAccess

/// The MariaDB server of the tests: each test body has a database of its own there.
package actor MySQLLab {
  package static let shared = MySQLLab()

  private static let server = getenv("LUTHIER_TEST_MYSQL").map { String(cString: $0) }
  package static var isThere: Bool { server != nil }

  /// The address of one of its databases.
  package static func address(of database: String) -> String {
    "mysql://root@localhost/\(database)?unix_socket=\(socket)"
  }

  private static var socket: Substring { server?.split(separator: "=").last ?? "" }

  static func open(_ name: String) async throws -> MySQLDatabase {
    try await MySQLDatabase(MySQLConfiguration(address: address(of: name), readers: 2))
  }

  /// Databases that have their tables, and rows only where they had them from the beginning.
  private var shaped: [String] = []

  /// The name of a database with its tables, until `takeBack`.
  ///
  /// Emptying one takes a hundredth of the time of making it: those that were lent before are lent again.
  func lendShaped(_ shape: @Sendable (any SQLDatabase) async throws -> Void) async throws -> String {
    if let name = shaped.popLast() { return name }
    return try await Self.makeShaped(shape)
  }

  func takeBack(_ name: String) {
    do {
      try Self.empty(name)
      shaped.append(name)
    } catch {
      Self.remove(name)
    }
  }

  private static func makeShaped(_ shape: @Sendable (any SQLDatabase) async throws -> Void) async throws
    -> String
  {
    let name = try makeDatabase()
    let database = try await open(name)
    try await shape(database)
    await database.close()
    try order("CREATE DATABASE \(name)_rows")
    for table in try tables(of: name) where try !order("SELECT 1 FROM \(name).\(table) LIMIT 1").isEmpty {
      try order("CREATE TABLE \(name)_rows.\(table) AS SELECT * FROM \(name).\(table)")
    }
    return name
  }

  private static func empty(_ name: String) throws {
    var orders = ["SET foreign_key_checks = 0"]
    for table in try tables(of: name) where try !order("SELECT 1 FROM \(name).\(table) LIMIT 1").isEmpty {
      orders.append("DELETE FROM \(name).\(table)")
    }
    for table in try tables(of: name, where: "auto_increment > 1") {
      orders.append("ALTER TABLE \(name).\(table) AUTO_INCREMENT = 1")
    }
    for table in try tables(of: "\(name)_rows") {
      orders.append("INSERT INTO \(name).\(table) SELECT * FROM \(name)_rows.\(table)")
    }
    try order(all: orders)
  }

  private static func tables(of name: String, where condition: String = "TRUE") throws -> [String] {
    try order(
      "SELECT table_name FROM information_schema.tables WHERE table_schema = '\(name)' AND \(condition)")
  }

  /// A new database; the caller removes it.
  package static func makeDatabase() throws -> String {
    let name = "test_\(getpid())_\(UInt32.random(in: .min ... .max))"
    try order("CREATE DATABASE \(name)")
    return name
  }

  package static func remove(_ name: String) {
    _ = try? order("DROP DATABASE IF EXISTS \(name)")
  }

  /// Ends every connection to a database, as a server that is restarted does.
  package static func cutConnections(to name: String) throws {
    for thread in try order("SELECT id FROM information_schema.processlist WHERE db = '\(name)'") {
      _ = try? order("KILL \(thread)")
    }
  }

  /// Runs one statement, and gives the first column of its rows.
  @discardableResult
  package static func order(_ text: String) throws -> [String] { try order(all: [text]) }

  /// Runs statements over one connection, and gives the first column of the last one's rows.
  @discardableResult
  private static func order(all texts: [String]) throws -> [String] {
    guard let handle = mysql_init(nil) else { throw LabError(text: "no memory") }
    defer { mysql_close(handle) }
    func check(_ isGood: Bool) throws {
      guard !isGood else { return }
      throw LabError(text: mysql_error(handle).map { String(cString: $0) } ?? "")
    }
    try check(mysql_real_connect(handle, nil, "root", nil, nil, 0, String(socket), 0) != nil)
    var found: [String] = []
    for text in texts {
      try check(mysql_query(handle, text) == 0)
      guard let result = mysql_store_result(handle) else { continue }
      defer { mysql_free_result(result) }
      found = []
      while let row = mysql_fetch_row(result) { found.append(row[0].map { String(cString: $0) } ?? "") }
    }
    return found
  }
}
