import SQLAccess
import Synchronization
import TestDatabases
import Testing

struct TransactionTests {
  private struct Refused: Error {}

  private func withNotes(
    _ kind: TestDatabase, _ body: (any SQLDatabase) async throws -> Void
  ) async throws {
    try await kind.run { database in
      try await database.write {
        try $0.execute(
          """
          CREATE TABLE notes (id \(type: .countingKey), text \(type: .text) NOT NULL, tag \(type: .key) UNIQUE)
          \(tableOptions: .strict)
          """)
        try $0.execute(
          """
          CREATE TABLE comments (note \(type: .integer) NOT NULL REFERENCES notes (id)) \(tableOptions: .strict)
          """)
      }
      try await body(database)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `what was meant as an injection comes back as data`(kind: TestDatabase) async throws {
    let hostile = [
      "'; DROP TABLE notes; --", "\" OR 1=1", "a\u{0}b", "%_\\", "$1 ? :name @x", "🎻 琴", "",
      "line\r\nline", "\u{FEFF}bom",
    ]
    try await withNotes(kind) { database in
      for text in hostile {
        try await database.write { try $0.execute("INSERT INTO notes (text) VALUES (\(text))") }
        let found = try await database.read {
          try $0.query("SELECT text FROM notes WHERE text = \(text)").map { try $0.get(0, as: String.self) }
        }
        #expect(found == [text])
      }
      let count = try await database.read { try $0.value("SELECT count(*) FROM notes", as: Int.self) }
      #expect(count == hostile.count)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `every kind of value comes back as it went in`(kind: TestDatabase) async throws {
    let values: [SQLValue] = [
      .null, .integer(.min), .integer(.max), .real(0.1), .real(-.greatestFiniteMagnitude), .text(""),
      .blob([]), .blob([0, 255, 39]), .text("x"),
    ]
    try await kind.run { database in
      for value in values {
        let back = try await database.read {
          try $0.query("SELECT \(value) AS v").first?.get("v", as: SQLValue.self)
        }
        #expect(back == value)
      }
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a throw rolls everything back`(kind: TestDatabase) async throws {
    try await withNotes(kind) { database in
      await #expect(throws: Refused.self) {
        try await database.write { transaction in
          try transaction.execute("INSERT INTO notes (text) VALUES (\("half"))")
          throw Refused()
        }
      }
      let count = try await database.read { try $0.value("SELECT count(*) FROM notes", as: Int.self) }
      #expect(count == 0)
      // The connection is as good as before.
      let id = try await database.write {
        try $0.insert("INSERT INTO notes (text) VALUES (\("whole"))", counting: "id")
      }
      // A server counts what was taken back too.
      #expect(id == (kind == .postgres || kind == .mariadb ? 2 : 1))
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a failure that the body swallows is not committed`(kind: TestDatabase) async throws {
    try await withNotes(kind) { database in
      let code = await codeThrown {
        try await database.write { transaction in
          try transaction.execute("INSERT INTO notes (text, tag) VALUES (\("a"), \("one"))")
          _ = try? transaction.execute("INSERT INTO notes (text, tag) VALUES (\("b"), \("one"))")
        }
      }
      #expect(code == .uniqueViolation)
      let count = try await database.read { try $0.value("SELECT count(*) FROM notes", as: Int.self) }
      #expect(count == 0)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `broken rules are reported by their code and place`(kind: TestDatabase) async throws {
    try await withNotes(kind) { database in
      try await database.write { try $0.execute("INSERT INTO notes (text, tag) VALUES (\("a"), \("one"))") }
      do {
        try await database.write {
          try $0.execute("INSERT INTO notes (text, tag) VALUES (\("secret"), \("one"))")
        }
        Issue.record("a second row was stored")
      } catch let error as SQLError {
        #expect(error.code == .uniqueViolation)
        #expect(error.constraint == "notes.tag")
        #expect(!"\(error)".contains("secret"))
      }
      let cases: [(SQL, SQLError.Code)] = [
        ("INSERT INTO comments (note) VALUES (\(99))", .foreignKeyViolation),
        ("INSERT INTO notes (text) VALUES (\(nil as String?))", .notNullViolation),
        ("INSERT INTO notes (tekst) VALUES (\(1))", .syntax),
        ("SELEKT 1", .syntax),
        ("SELECT \"no such column\"", .syntax),
        ("SELECT 1; SELECT 2", .syntax),
        ("", .syntax),
      ]
      for (sql, expected) in cases {
        let code = await codeThrown { try await database.write { _ = try $0.execute(sql) } }
        #expect(code == expected, "\(sql)")
      }
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a read changes nothing`(kind: TestDatabase) async throws {
    try await withNotes(kind) { database in
      let code = await codeThrown {
        try await database.read { _ = try $0.execute("INSERT INTO notes (text) VALUES (\("x"))") }
      }
      #expect(code == .readOnly)
      // And a write after it writes.
      try await database.write { try $0.execute("INSERT INTO notes (text) VALUES (\("y"))") }
      let texts = try await database.read {
        try $0.query("SELECT text FROM notes").map { try $0.get(0, as: String.self) }
      }
      #expect(texts == ["y"])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `writers take turns and never interleave`(kind: TestDatabase) async throws {
    let inside = Occupancy()
    try await kind.run { database in
      try await database.write {
        try $0.execute("CREATE TABLE counter (value \(type: .integer) NOT NULL) \(tableOptions: .strict)")
        try $0.execute("INSERT INTO counter (value) VALUES (\(0))")
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<40 {
          group.addTask {
            try await database.write { transaction in
              let others = inside.enter()
              #expect(others == 0)
              let value = try transaction.value("SELECT value FROM counter", as: Int.self) ?? -1
              try transaction.execute("UPDATE counter SET value = \(value + 1)")
              inside.leave()
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(try await database.read { try $0.value("SELECT value FROM counter", as: Int.self) } == 40)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `rows are lent one by one, and a body may stop them`(kind: TestDatabase) async throws {
    try await withNotes(kind) { database in
      try await database.write { transaction in
        for number in 1...5 { try transaction.execute("INSERT INTO notes (text) VALUES (\("n\(number)"))") }
      }
      let seen = try await database.write { transaction in
        var seen: [String] = []
        do {
          try transaction.forEach("SELECT text FROM notes ORDER BY id") { row in
            seen.append(try row.get(0))
            // The same statement inside itself gets a statement of its own.
            if seen.count == 1 {
              try transaction.forEach("SELECT text FROM notes ORDER BY id") { seen.append(try $0.get(0)) }
            }
            if seen.count > 6 { throw Refused() }
          }
        } catch is Refused {}
        // A throw from the body is the body's own: the transaction goes on.
        try transaction.execute("DELETE FROM notes WHERE text = \("n5")")
        return seen
      }
      #expect(seen == ["n1", "n1", "n2", "n3", "n4", "n5", "n2"])
      #expect(try await database.read { try $0.value("SELECT count(*) FROM notes", as: Int.self) } == 4)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `the number of changed rows is counted`(kind: TestDatabase) async throws {
    try await withNotes(kind) { database in
      try await database.write { transaction in
        var changed: [Int] = []
        for tag in ["a", "b", "c"] {
          changed.append(try transaction.execute("INSERT INTO notes (text, tag) VALUES (\("x"), \(tag))"))
        }
        for sql in [
          "UPDATE notes SET text = \("y") WHERE tag IN \(list: ["a", "b"])",
          "DELETE FROM notes WHERE tag IN \(list: [String]())",
          "DELETE FROM notes WHERE tag NOT IN \(list: [String]())",
          "CREATE TABLE other (a \(type: .integer))",
        ] as [SQL] {
          changed.append(try transaction.execute(sql))
        }
        #expect(changed == [1, 1, 1, 2, 0, 3, 0])
      }
    }
  }

  @Test(arguments: TestDatabase.all)
  func `an upsert takes over the named columns and no other`(kind: TestDatabase) async throws {
    try await kind.run { database in
      try await database.write { transaction in
        try transaction.execute(
          "CREATE TABLE kept (id \(type: .key) PRIMARY KEY, a \(type: .integer), b \(type: .integer))")
        for number in [1, 2] {
          try transaction.execute(
            """
            INSERT INTO kept (id, a, b) VALUES (\("k"), \(number), \(number))
            \(onConflict: ["id"], update: ["a"])
            """)
        }
        let row = try #require(try transaction.first("SELECT a, b FROM kept"))
        #expect(row.values == [.integer(2), .integer(1)])
      }
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a transaction kept beyond its body is refused`(kind: TestDatabase) async throws {
    try await withNotes(kind) { database in
      let keeper = Keeper()
      try await database.write { transaction in
        try transaction.execute("INSERT INTO notes (text) VALUES (\("x"))")
        keeper.kept = transaction
      }
      let code = await codeThrown {
        try await database.write { _ in
          _ = try keeper.kept?.execute("DELETE FROM notes")
        }
      }
      #expect(code == .closed)
      #expect(try await database.read { try $0.value("SELECT count(*) FROM notes", as: Int.self) } == 1)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a closed database refuses, and closing twice is harmless`(kind: TestDatabase) async throws {
    try await kind.run { database in
      await database.close()
      await database.close()
      #expect(await codeThrown { try await database.write { _ in } } == .closed)
      #expect(await codeThrown { try await database.read { _ in } } == .closed)
    }
  }
}

/// Carries a transaction out of its body, as nobody should.
///
/// @unchecked Sendable: only bodies of writes touch it, and those run one after another on one thread.
private final class Keeper: @unchecked Sendable {
  var kept: (any SQLTransaction)?
}

/// How many are inside.
private final class Occupancy: Sendable {
  private let count = Mutex(0)

  /// Enters, and tells how many were there.
  func enter() -> Int {
    count.withLock { count in
      defer { count += 1 }
      return count
    }
  }

  func leave() {
    count.withLock { $0 -= 1 }
  }
}
