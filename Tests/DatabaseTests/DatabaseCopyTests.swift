import Domain
import Persistence
import SQLAccess
import SQLiteDriver
import TestDatabases
import Testing

@testable import Assembly

struct DatabaseCopyTests {
  /// Lends a new database of an engine, with its tables.
  private func withDatabase(_ kind: TestDatabase, _ body: (any SQLDatabase) async throws -> Void) async throws
  {
    try await kind.run(shape: { try await Schema.migrate($0, now: 1) }, body)
  }

  private func digests(_ database: any SQLDatabase) async throws -> [TableDigest] {
    try await DatabaseCheck.digests(of: database)
  }

  private func expectUnmarked(_ database: any SQLDatabase) async throws {
    let isMarked = try await UnfinishedCopy.isMarked(database)
    #expect(!isMarked)
  }

  @Test func `every table that the steps make is known, and no other`() async throws {
    try await withDatabase(.sqliteMemory) { database in
      let names = try await database.read { transaction in
        try transaction.query(
          "SELECT name FROM pragma_table_list WHERE type IN ('table', 'virtual') AND schema = 'main'"
        ).map { try $0.get(0, as: String.self) }
      }
      let made = names.filter { !$0.hasPrefix("sqlite_") && $0 != "schema_migrations" }
      #expect(Set(made) == Set(Schema.tables.map(\.name)))
      #expect(made.count == Schema.tables.count)
      #expect(
        Set(Schema.tables.filter(\.isSearch).map(\.name)) == Set(names.filter { $0.hasSuffix("_search") }))
      // Whoever counts rows says so, or its numbers would begin anew after a copy.
      let counting = try await database.read { transaction in
        try made.filter { name in
          try transaction.first("SELECT 1 FROM pragma_table_info(\(name)) WHERE name = 'number' AND pk = 1")
            != nil
        }
      }
      #expect(Set(counting) == Set(Schema.tables.filter(\.counts).map(\.name)))
    }
  }

  @Test(arguments: TestDatabase.all, TestDatabase.all)
  func `all rows go over and back again as they were`(first: TestDatabase, second: TestDatabase) async throws
  {
    try await withDatabase(first) { source in
      try await source.write { try Self.fill($0) }
      let before = try await digests(source)
      try await withDatabase(second) { there in
        let copied = try await DatabaseCopy(from: source, to: there).run(now: 1)
        #expect(copied == before)
        try await withDatabase(first) { back in
          let returned = try await DatabaseCopy(from: there, to: back).run(now: 1)
          #expect(returned == before)
          let text = "SELECT content FROM messages WHERE number = 1" as SQL
          let (was, came) = (
            try await source.read { try $0.value(text, as: String.self) },
            try await back.read { try $0.value(text, as: String.self) }
          )
          #expect(was == came && was?.contains("\u{0}") == true)
          // A number that was given once is not given to another, though its row is gone.
          let next = try await back.write { transaction in
            try transaction.insert(Self.user("new"), counting: "number")
          }
          #expect(next == 4)
        }
      }
      #expect(try await digests(source) == before)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `what was copied is found by its words`(kind: TestDatabase) async throws {
    try await withDatabase(.sqliteMemory) { source in
      try await source.write { try Self.fill($0) }
      try await withDatabase(kind) { target in
        try await DatabaseCopy(from: source, to: target).run(now: 1)
        let words = SearchText.terms(of: "zebra 琴")
        let found = try await MessageSearch(target).messages(
          owner: UserID(rawValue: "ada"), having: words, limit: 5)
        #expect(found.map(\.messageID.rawValue) == ["m1"])
      }
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a database that is not empty is left as it is`(kind: TestDatabase) async throws {
    try await withDatabase(.sqliteMemory) { source in
      try await source.write { try Self.fill($0) }
      try await withDatabase(kind) { target in
        try await target.write { _ = try $0.execute(Self.user("resident")) }
        let before = try await digests(target)
        await #expect(throws: DatabaseFault.self) {
          try await DatabaseCopy(from: source, to: target).run(now: 1)
        }
        #expect(try await digests(target) == before)
        try await expectUnmarked(target)
      }
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a copy that is broken off leaves nothing, and can be made anew`(kind: TestDatabase) async throws {
    try await withDatabase(.sqliteMemory) { source in
      try await source.write { try Self.fill($0) }
      try await withDatabase(kind) { target in
        let empty = try await digests(target)
        let broken = BrokenSource(base: source)
        await #expect(throws: (any Error).self) {
          try await DatabaseCopy(from: broken, to: target).run(now: 1)
        }
        #expect(try await digests(target) == empty)
        // Nobody takes it for a new installation, or for a whole one.
        let isMarked = try await UnfinishedCopy.isMarked(target)
        #expect(isMarked)
        await #expect(throws: StartError.self) { try await UnfinishedCopy.refuse(target) }
        try await withDatabase(.sqliteMemory) { other in
          await #expect(throws: DatabaseFault.self) {
            try await DatabaseCopy(from: target, to: other).run(now: 1)
          }
          try await expectUnmarked(other)
        }
        let copied = try await DatabaseCopy(from: source, to: target).run(now: 1)
        #expect(copied == (try await digests(source)))
        try await expectUnmarked(target)
        try await UnfinishedCopy.refuse(target)
        // And it is full now: what is marked falsely would be filled twice.
        await #expect(throws: DatabaseFault.self) {
          try await DatabaseCopy(from: source, to: target).run(now: 1)
        }
        try await expectUnmarked(target)
      }
    }
  }

  @Test(arguments: TestDatabase.all)
  func
    `a database with some of its steps is neither copied nor filled, and one without any is given them all`(
      kind: TestDatabase
    ) async throws
  {
    try await kind.run { old in
      try await withDatabase(.sqliteMemory) { whole in
        try await whole.write { try Self.fill($0) }
        // Another's database of long ago: it is not brought up to date by the way.
        try await Migrator(Array(Schema.migrations.prefix(3))).migrate(old, now: 1)
        await #expect(throws: DatabaseFault.self) { try await DatabaseCopy(from: old, to: whole).run(now: 1) }
        await #expect(throws: DatabaseFault.self) { try await DatabaseCopy(from: whole, to: old).run(now: 1) }
        let missing = try await Schema.missing(in: old)
        #expect(missing.count == Schema.migrations.count - 3)
        try await expectUnmarked(old)
        try await kind.run { bare in
          try await DatabaseCopy(from: whole, to: bare).run(now: 1)
          #expect(try await digests(bare) == (try await digests(whole)))
        }
      }
    }
  }

  @Test func `a reference to nothing is told by a check`() async throws {
    try await withTemporaryFolder { folder in
      let database = try await SQLiteDatabase(SQLiteConfiguration(.file(path: "\(folder)/test.db")))
      try await Schema.migrate(database, now: 1)
      try await database.write { try Self.fill($0) }
      let none = try await DatabaseCheck.problems(of: database)
      #expect(none == [])
      await database.close()
    }
  }

  private static func user(_ name: String) -> SQL {
    """
    INSERT INTO users (id, username, username_key, email, email_key, password_hash, role, token_generation, created_at)
    VALUES (\(name), \(name), \(name), \(name), \(name), 'x', 'user', 0, 5)
    """
  }

  /// Rows with what differs between engines: NULs, marks of the driver's own, empty texts, numbers at their edges.
  private static func fill(_ transaction: any SQLTransaction) throws {
    for name in ["ada", "bob", "gone"] { try transaction.execute(user(name)) }
    try transaction.execute("DELETE FROM users WHERE id = 'gone'")
    try transaction.execute("UPDATE event_sequence SET newest = 7")
    try transaction.execute(
      """
      INSERT INTO events (sequence, kind, user_id, subject, fields, at)
      VALUES (7, 'k', \(String?.none), '', '{}', \(Int64.max))
      """)
    try transaction.execute(
      """
      INSERT INTO conversations (id, user_id, title, message_count, created_at, updated_at, temperature)
      VALUES ('c', 'ada', '', 0, \(Int64.min), 1, \(0.1 + 0.2))
      """)
    for number in 1...1111 {
      let content = number == 1 ? "zebra \u{0} \u{F8F8}0 琴 🎻\r\n" : String(repeating: "é", count: number % 40)
      try transaction.execute(
        """
        INSERT INTO messages (id, conversation_id, parent_id, role, content, state, created_at)
        VALUES (\("m\(number)"), 'c', \(number == 1 ? nil : "m\(number - 1)"), 'user', \(content), 'complete', \(number))
        """)
    }
    let column: SQL = "\(sqlite: "rowid", postgres: "number", mysql: "number")"
    let (terms, none): (SQL, SQL) = transaction.dialect == .sqlite ? ("", "") : (", terms", ", ''")
    try transaction.execute(
      "INSERT INTO message_search (\(column), owner, words\(terms)) VALUES (1, 'oada', 'wzebra u7434'\(none))"
    )
    try transaction.execute(
      """
      INSERT INTO retrieval_indexes (id, user_id, name, created_at, sealed_embed_key)
      VALUES ('i', 'ada', 'n', 1, \([UInt8](0...255)))
      """)
  }
}

/// A database whose connection breaks in the midst of its messages.
private struct BrokenSource: SQLDatabase {
  struct Cut: Error {}
  let base: any SQLDatabase
  var dialect: Dialect { base.dialect }

  func read<Result: Sendable>(
    _ body: @escaping @Sendable (any SQLTransaction) throws -> Result
  ) async throws -> Result {
    try await base.read { try body(CutTransaction(base: $0)) }
  }

  func write<Result: Sendable>(
    _ body: @escaping @Sendable (any SQLTransaction) throws -> Result
  ) async throws -> Result { try await base.write(body) }

  func close() async {}

  private struct CutTransaction: SQLTransaction {
    let base: any SQLTransaction
    var dialect: Dialect { base.dialect }
    func query(_ sql: SQL) throws -> [Row] { try base.query(sql) }
    func execute(_ sql: SQL) throws -> Int { try base.execute(sql) }
    func insert(_ sql: SQL, counting column: String) throws -> Int64 {
      try base.insert(sql, counting: column)
    }
    func forEach(_ sql: SQL, _ body: (Row) throws -> Void) throws {
      var seen = 0
      try base.forEach(sql) { row in
        seen += 1
        guard seen < 1000 else { throw Cut() }
        try body(row)
      }
    }
  }
}
