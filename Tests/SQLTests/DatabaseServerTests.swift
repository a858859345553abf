import Concurrency
import Dispatch
import MySQLDriver
import PostgresDriver
import SQLAccess
import TestDatabases
import Testing

/// What only a server can do to its clients.
@Suite(.enabled(if: !DatabaseServer.all.isEmpty))
struct DatabaseServerTests {
  @Test(arguments: DatabaseServer.all)
  func `a database whose connections were cut serves the next call`(server: DatabaseServer) async throws {
    try await server.withDatabase { name in
      let database = try await server.open(name)
      try await database.write { try $0.execute("CREATE TABLE notes (text TEXT) \(tableOptions: .strict)") }
      try server.cutConnections(to: name)
      try await database.write { try $0.execute("INSERT INTO notes (text) VALUES (\("after"))") }
      let count = try await database.read { try $0.value("SELECT count(*) FROM notes", as: Int.self) }
      #expect(count == 1)
      await database.close()
    }
  }

  @Test(arguments: DatabaseServer.all)
  func `a transaction that is cut says so, stores nothing and is not repeated`(server: DatabaseServer)
    async throws
  {
    try await server.withDatabase { name in
      let database = try await server.open(name)
      try await database.write { try $0.execute("CREATE TABLE notes (text TEXT) \(tableOptions: .strict)") }
      let code = await codeThrown {
        try await database.write { transaction in
          try transaction.execute("INSERT INTO notes (text) VALUES (\("lost"))")
          try server.cutConnections(to: name)
          try transaction.execute("INSERT INTO notes (text) VALUES (\("lost"))")
        }
      }
      #expect(code == .unreachable)
      let count = try await database.read { try $0.value("SELECT count(*) FROM notes", as: Int.self) }
      #expect(count == 0)
      await database.close()
    }
  }

  @Test(arguments: DatabaseServer.all)
  func `a client that stands still while it writes is put out, and another writes`(server: DatabaseServer)
    async throws
  {
    try await server.withDatabase { name in
      let (still, other) = (try await server.open(name, writerRest: 1), try await server.open(name))
      try await other.write { try $0.execute("CREATE TABLE notes (text TEXT) \(tableOptions: .strict)") }
      let (begun, ended) = (Gate(), DispatchSemaphore(value: 0))
      async let code = codeThrown {
        try await still.write { transaction in
          try transaction.execute("INSERT INTO notes (text) VALUES (\("lost"))")
          begun.open()
          ended.wait()
          try transaction.execute("INSERT INTO notes (text) VALUES (\("lost"))")
        }
      }
      try await begun.wait()
      try await other.write { try $0.execute("INSERT INTO notes (text) VALUES (\("kept"))") }
      ended.signal()
      #expect(await code == .unreachable)
      // It is let in again, and what the other wrote is all there is.
      try await still.write { try $0.execute("INSERT INTO notes (text) VALUES (\("after"))") }
      let found = try await still.read { try $0.query("SELECT text FROM notes ORDER BY text") }
      #expect(try found.map { try $0.get("text", as: String.self) } == ["after", "kept"])
      await still.close()
      await other.close()
    }
  }

  @Test(arguments: DatabaseServer.all)
  func `what one client signals another hears, also after its connection was cut`(server: DatabaseServer)
    async throws
  {
    try await server.withDatabase { name in
      let (speaker, listener) = (try await server.open(name), try await server.open(name))
      let signals = try listener.signals(on: "luthier_test")
      #expect((signals == nil) == (listener.dialect != .postgres))
      try await speaker.write { try $0.signal("luthier_test") }
      if let signals {
        var heard = signals.makeAsyncIterator()
        // It listens from now on.
        await heard.next()
        for isCut in [false, true] {
          if isCut {
            try server.cutConnections(to: name)
            await heard.next()
          }
          try await speaker.write { transaction in
            try transaction.signal("luthier_test")
            try transaction.signal("another")
          }
          await heard.next()
        }
      }
      await speaker.close()
      await listener.close()
    }
  }

  @Test(arguments: DatabaseServer.all)
  func `one server keeps another off its database until it has ended`(server: DatabaseServer) async throws {
    try await server.withDatabase { name in
      let first = try await server.open(name, isForServer: true)
      let refused = await codeThrown { _ = try await server.open(name, isForServer: true) }
      #expect(refused == .inUse)
      let tool = try await server.open(name)
      let one = try await tool.write { try $0.value("SELECT 1", as: Int.self) }
      #expect(one == 1, "who is no server may look and write")
      await tool.close()
      await first.close()
      let second = try await server.open(name, isForServer: true)
      await second.close()
    }
  }

  @Test(arguments: DatabaseServer.all)
  func `a server that was away for a while must give way to the one that came in between`(
    server: DatabaseServer
  )
    async throws
  {
    try await server.withDatabase { name in
      let first = try await server.open(name, isForServer: true)
      try server.cutConnections(to: name)
      let second = try await server.open(name, isForServer: true)
      let refused = await codeThrown { try await first.write { _ = try $0.execute("SELECT 1") } }
      #expect(refused == .inUse)
      await second.close()
      await first.close()
    }
  }

  @Test(arguments: DatabaseServer.all)
  func `a database that the server does not have is named as the fault`(server: DatabaseServer) async throws {
    do {
      _ = try await server.open("nobody_made_this")
      Issue.record("it was opened")
    } catch let error as SQLError {
      #expect(error.code == .cannotOpen)
      #expect(error.message.contains("no database of this name"))
      #expect(error.engineMessage?.contains(server == .postgres ? "3D000" : "1049") == true)
    }
  }

  @Test(arguments: DatabaseServer.all)
  func `more statements than are kept prepared all work, again and again`(server: DatabaseServer) async throws
  {
    try await server.withDatabase { name in
      let database = try await server.open(name)
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

  @Test(arguments: DatabaseServer.all)
  func `many rows are lent while others are written beside them`(server: DatabaseServer) async throws {
    try await server.withDatabase { name in
      let database = try await server.open(name)
      let seen = try await database.write { transaction in
        try transaction.execute("CREATE TABLE numbers (number BIGINT)")
        try transaction.execute(
          """
          INSERT INTO numbers
          WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 1200)
          SELECT n FROM counted
          """)
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

  @Test(arguments: [
    ("postgresql:///none?host=/nonexistent&user=u&password=sesame", SQLError.Code.unreachable),
    ("postgresql://u:sesame@127.0.0.1:1/none", .unreachable),
    ("postgresql://u:sesame@127.0.0.1:port/none", .unreachable),
    ("postgresql://u:se%ZZsame@127.0.0.1/none", .malformedURL),
    ("postgresql://u:sesame@127.0.0.1/none?colour=red", .malformedURL),
    ("mysql://u:sesame@localhost/none?unix_socket=/nonexistent/socket", .unreachable),
    ("mysql://u:sesame@127.0.0.1:1/none", .unreachable),
    ("mysql://u:sesame@127.0.0.1:port/none", .malformedURL),
    ("mysql://u:se%ZZsame@127.0.0.1/none", .malformedURL),
    ("mysql://u:sesame@127.0.0.1/none?colour=sesame", .malformedURL),
    ("mysql://u:sesame@127.0.0.1", .malformedURL),
    ("mysql://u:sesame@127.0.0.1/", .malformedURL),
  ])
  func `an address that leads nowhere is told without its password`(
    address: String, code: SQLError.Code
  ) async throws {
    do {
      if address.hasPrefix("mysql") {
        _ = try await MySQLDatabase(MySQLConfiguration(address: address))
      } else {
        _ = try await PostgresDatabase(PostgresConfiguration(address: address))
      }
      Issue.record("it was opened")
    } catch let error as SQLError {
      #expect(error.code == code)
      #expect(!error.debugDescription.contains("sesame") && !"\(error)".contains("same"))
    }
  }

  @Test(arguments: DatabaseServer.all)
  func `sums and other numbers of the server's own types are read`(server: DatabaseServer) async throws {
    try await server.withDatabase { name in
      let database = try await server.open(name)
      let row = try await database.read { transaction in
        try transaction.query(
          """
          SELECT CAST(-12345678901234 AS DECIMAL(30, 0)) AS whole, CAST(0.0625 AS DECIMAL(30, 8)) AS part,
            CAST(0 AS DECIMAL(30, 0)) AS zero, CAST(9223372036854775807 AS DECIMAL(30, 0)) AS most,
            CAST(-9223372036854775808 AS DECIMAL(30, 0)) AS least, CAST(20000 AS DECIMAL(30, 0)) AS round, TRUE AS truth
          """
        ).first
      }
      let values = row.map { $0.values } ?? []
      #expect(
        values == [
          .integer(-12_345_678_901_234), .real(0.0625), .integer(0), .integer(.max), .integer(.min),
          .integer(20_000), .integer(1),
        ])
      await database.close()
    }
  }

  @Test(.enabled(if: MySQLLab.isThere))
  func `a database that compares letters otherwise is settled while it is empty, and refused afterwards`()
    async throws
  {
    let server = DatabaseServer.mariadb
    try await server.withDatabase { name in
      try MySQLLab.order("ALTER DATABASE \(name) CHARACTER SET latin1")
      let database = try await server.open(name, isForServer: true)
      try await database.write { transaction in
        try transaction.execute(
          "CREATE TABLE names (name \(type: .key) PRIMARY KEY) \(tableOptions: .strict)")
        for name in ["a", "A", "a ", "琴", "é", "e"] {
          try transaction.execute("INSERT INTO names (name) VALUES (\(name))")
        }
      }
      await database.close()
      try MySQLLab.order("ALTER DATABASE \(name) COLLATE utf8mb4_general_ci")
      let refused = await codeThrown { _ = try await server.open(name, isForServer: true) }
      #expect(refused == .engine)
    }
  }

  @Test(.enabled(if: MySQLLab.isThere))
  func `a step that was cut off in MySQL goes on where it stopped`() async throws {
    try await DatabaseServer.mariadb.withDatabase { name in
      let database = try await DatabaseServer.mariadb.open(name)
      let table: SQL = "CREATE TABLE half (a \(type: .integer)) \(tableOptions: .strict)"
      let broken = Migration("0001_half", [table, "INSERT INTO half (a) VALUES (1)", "CREATE TABEL other"])
      let code = await codeThrown { try await Migrator([broken]).migrate(database, now: 1) }
      #expect(code == .migrationFailed)
      // Cut off after the change, and before it was noted.
      try await database.write { _ = try $0.execute("UPDATE schema_progress SET done = 0") }
      try await database.write { _ = try $0.execute("DELETE FROM half") }
      let whole = Migration("0001_half", [table, "INSERT INTO half (a) VALUES (1)"])
      let applied = try await Migrator([whole]).migrate(database, now: 2)
      let rows = try await database.read { try $0.query("SELECT a FROM half").map(\.values) }
      let progress = try await database.read { try $0.query("SELECT * FROM schema_progress").count }
      #expect(applied == ["0001_half"])
      #expect(rows == [[.integer(1)]] && progress == 0)
      await database.close()
    }
  }
}
