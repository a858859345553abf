import SQLAccess
import TestDatabases
import Testing

struct MigratorTests {
  private let first = Migration(
    "0001_notes", ["CREATE TABLE notes (text \(type: .text)) \(tableOptions: .strict)"])
  private let second = Migration(
    "0002_tags",
    ["ALTER TABLE notes ADD COLUMN tag \(type: .text)", "INSERT INTO notes (text, tag) VALUES ('a', 'b')"])

  @Test(arguments: TestDatabase.all)
  func `steps are applied in order and once`(kind: TestDatabase) async throws {
    try await kind.run { database in
      #expect(try await Migrator([first]).migrate(database, now: 5) == ["0001_notes"])
      #expect(try await Migrator([first, second]).migrate(database, now: 6) == ["0002_tags"])
      #expect(try await Migrator([first, second]).migrate(database, now: 7) == [])
      let recorded = try await database.read {
        try $0.query("SELECT name, applied_at FROM schema_migrations ORDER BY position").map(\.values)
      }
      #expect(
        recorded == [[.text("0001_notes"), .integer(5)], [.text("0002_tags"), .integer(6)]])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a step that was changed after its release is refused`(kind: TestDatabase) async throws {
    try await kind.run { database in
      try await Migrator([first]).migrate(database, now: 1)
      let edited = Migration("0001_notes", ["CREATE TABLE notes (text \(type: .text), extra \(type: .text))"])
      let code = await codeThrown { try await Migrator([edited, second]).migrate(database, now: 2) }
      #expect(code == .migrationChanged)
      // The second step was not applied either.
      #expect(
        try await database.read { try $0.value("SELECT count(*) FROM schema_migrations", as: Int.self) } == 1)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a database of a newer program is refused`(kind: TestDatabase) async throws {
    try await kind.run { database in
      try await Migrator([first, second]).migrate(database, now: 1)
      #expect(await codeThrown { try await Migrator([first]).migrate(database, now: 2) } == .migrationUnknown)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a step slipped in before an applied one is refused`(kind: TestDatabase) async throws {
    try await kind.run { database in
      try await Migrator([first]).migrate(database, now: 1)
      let code = await codeThrown { try await Migrator([second, first]).migrate(database, now: 2) }
      #expect(code == .migrationOrder)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a failing step leaves nothing of itself and keeps those before it`(kind: TestDatabase) async throws {
    try await kind.run { database in
      let broken = Migration(
        "0002_broken", ["CREATE TABLE half (a \(type: .integer))", "CREATE TABEL other"])
      let code = await codeThrown { try await Migrator([first, broken]).migrate(database, now: 1) }
      #expect(code == .migrationFailed)
      let notes = try await database.read { try $0.query("SELECT * FROM notes").count }
      let half = try? await database.read { try $0.query("SELECT * FROM half").count }
      // MySQL keeps each change of a table: the next attempt goes on behind it.
      #expect(notes == 0 && half == (kind == .mariadb ? 0 : nil))
      #expect(try await Migrator([first, second]).migrate(database, now: 2) == ["0002_tags"])
    }
  }
}
