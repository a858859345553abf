import Concurrency
import PostgresDriver
import SQLAccess
import TestDatabases
import Testing

/// What only a server can do to its clients.
@Suite(.enabled(if: PostgresLab.isThere))
struct PostgresTests {
  /// Lends the address of a database of its own.
  private func withDatabase(_ body: (String) async throws -> Void) async throws {
    let name = try await PostgresLab.shared.makeDatabase()
    defer { PostgresLab.remove(name) }
    try await body(name)
  }

  private func open(_ name: String, isForServer: Bool = false) async throws -> PostgresDatabase {
    try await PostgresDatabase(
      PostgresConfiguration(
        address: PostgresLab.address(of: name), readers: 2, isForServer: isForServer))
  }

  @Test func `a database whose connections were cut serves the next call`() async throws {
    try await withDatabase { name in
      let database = try await open(name)
      try await database.write { try $0.execute("CREATE TABLE notes (text TEXT)") }
      try PostgresLab.cutConnections(to: name)
      try await database.write { try $0.execute("INSERT INTO notes (text) VALUES (\("after"))") }
      let count = try await database.read { try $0.value("SELECT count(*) FROM notes", as: Int.self) }
      #expect(count == 1)
      await database.close()
    }
  }

  @Test func `a transaction that is cut says so, stores nothing and is not repeated`() async throws {
    try await withDatabase { name in
      let database = try await open(name)
      try await database.write { try $0.execute("CREATE TABLE notes (text TEXT)") }
      let code = await codeThrown {
        try await database.write { transaction in
          try transaction.execute("INSERT INTO notes (text) VALUES (\("lost"))")
          try PostgresLab.cutConnections(to: name)
          try transaction.execute("INSERT INTO notes (text) VALUES (\("lost"))")
        }
      }
      #expect(code == .unreachable)
      let count = try await database.read { try $0.value("SELECT count(*) FROM notes", as: Int.self) }
      #expect(count == 0)
      await database.close()
    }
  }

  @Test func `one server keeps another off its database until it has ended`() async throws {
    try await withDatabase { name in
      let first = try await open(name, isForServer: true)
      let refused = await codeThrown { _ = try await open(name, isForServer: true) }
      #expect(refused == .inUse)
      let tool = try await open(name)
      let one = try await tool.write { try $0.value("SELECT 1", as: Int.self) }
      #expect(one == 1, "who is no server may look and write")
      await tool.close()
      await first.close()
      let second = try await open(name, isForServer: true)
      await second.close()
    }
  }

  @Test func `a server that was away for a while must give way to the one that came in between`() async throws
  {
    try await withDatabase { name in
      let first = try await open(name, isForServer: true)
      try PostgresLab.cutConnections(to: name)
      let second = try await open(name, isForServer: true)
      let refused = await codeThrown { try await first.write { _ = try $0.execute("SELECT 1") } }
      #expect(refused == .inUse)
      await second.close()
      await first.close()
    }
  }

  @Test(arguments: [
    ("postgresql:///none?host=/nonexistent&user=u&password=sesame", SQLError.Code.unreachable),
    ("postgresql://u:sesame@127.0.0.1:1/none", .unreachable),
    ("postgresql://u:sesame@127.0.0.1:port/none", .unreachable),
    ("postgresql://u:se%ZZsame@127.0.0.1/none", .malformedURL),
    ("postgresql://u:sesame@127.0.0.1/none?colour=red", .malformedURL),
  ])
  func `an address that leads nowhere is told without its password`(
    address: String, code: SQLError.Code
  ) async throws {
    do {
      _ = try await PostgresDatabase(PostgresConfiguration(address: address))
      Issue.record("it was opened")
    } catch let error as SQLError {
      #expect(error.code == code)
      #expect(!error.debugDescription.contains("sesame") && !"\(error)".contains("same"))
    }
  }

  @Test func `a database that the server does not have is named as the fault`() async throws {
    do {
      _ = try await open("nobody_made_this")
      Issue.record("it was opened")
    } catch let error as SQLError {
      #expect(error.code == .cannotOpen)
      #expect(error.message.contains("no database of this name"))
      #expect(error.engineMessage?.contains("3D000") == true)
    }
  }

  @Test func `more statements than are kept prepared all work, again and again`() async throws {
    try await withDatabase { name in
      let database = try await open(name)
      let sum = try await database.write { transaction in
        var sum = 0
        for _ in 1...2 {
          for number in 1...250 {
            let column = "c\(number)"
            sum += try transaction.value("SELECT \(number) AS \(identifier: column)", as: Int.self) ?? 0
          }
        }
        return sum
      }
      #expect(sum == 2 * 250 * 251 / 2)
      await database.close()
    }
  }

  @Test func `sums and other numbers of the server's own types are read`() async throws {
    try await withDatabase { name in
      let database = try await open(name)
      let row = try await database.read { transaction in
        try transaction.query(
          """
          SELECT CAST(-12345678901234 AS NUMERIC) AS whole, CAST(0.0625 AS NUMERIC) AS part, CAST(0 AS NUMERIC) AS zero,
            CAST(9223372036854775807 AS NUMERIC) AS most, CAST(-9223372036854775808 AS NUMERIC) AS least,
            CAST(20000 AS NUMERIC) AS round, CAST(-7 AS SMALLINT) AS small, TRUE AS truth
          """
        ).first
      }
      let values = row.map { $0.values } ?? []
      #expect(
        values == [
          .integer(-12_345_678_901_234), .real(0.0625), .integer(0), .integer(.max), .integer(.min),
          .integer(20_000), .integer(-7), .integer(1),
        ])
      await database.close()
    }
  }

  @Test func `many rows are lent while others are written beside them`() async throws {
    try await withDatabase { name in
      let database = try await open(name)
      let seen = try await database.write { transaction in
        try transaction.execute("CREATE TABLE numbers (number BIGINT)")
        try transaction.execute("INSERT INTO numbers SELECT * FROM generate_series(1, 1200)")
        var seen = 0
        try transaction.forEach("SELECT number FROM numbers") { _ in
          seen += 1
          try transaction.execute("INSERT INTO numbers (number) VALUES (0)")
        }
        return seen
      }
      #expect(seen == 1200)
      await database.close()
    }
  }
}
