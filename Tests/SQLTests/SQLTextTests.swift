import SQLAccess
import Testing

struct SQLTextTests {
  @Test func `an interpolated value is a parameter and never text`() {
    let name = "x'; DROP TABLE users; --"
    let rendered = ("SELECT * FROM users WHERE name = \(name) AND age > \(30)" as SQL).rendered(for: .sqlite)
    #expect(rendered.text == "SELECT * FROM users WHERE name = ? AND age > ?")
    #expect(rendered.values == [.text(name), .integer(30)])
  }

  @Test func `each dialect numbers its parameters in its own way`() {
    let sql: SQL = "SELECT \(1), \("a")"
    #expect(sql.rendered(for: .postgres).text == "SELECT $1, $2")
    #expect(sql.rendered(for: .mysql).text == "SELECT ?, ?")
  }

  @Test func `fragments carry their parameters into the whole, in order`() {
    let owner: SQL = "owner = \("ann")"
    let states: SQL = "state IN \(list: ["running", "queued"])"
    let sql: SQL = "SELECT * FROM tasks WHERE \([owner, states].joined(" AND ")) LIMIT \(5)"
    let rendered = sql.rendered(for: .postgres)
    #expect(rendered.text == "SELECT * FROM tasks WHERE owner = $1 AND state IN ($2, $3) LIMIT $4")
    #expect(rendered.values == [.text("ann"), .text("running"), .text("queued"), .integer(5)])
  }

  @Test func `nil binds NULL`() {
    let missing: String? = nil
    #expect(("SELECT \(missing)" as SQL).rendered(for: .sqlite).values == [.null])
  }

  @Test func `an identifier cannot leave its quotes`() {
    let sql: SQL = "SELECT \(identifier: "a\"; DROP TABLE b")"
    #expect(sql.rendered(for: .sqlite).text == "SELECT \"a\"\"; DROP TABLE b\"")
    let ticks: SQL = "SELECT \(identifier: "a`b")"
    #expect(ticks.rendered(for: .mysql).text == "SELECT `a``b`")
  }

  @Test func `an upsert is written in each engine's way`() {
    let sql: SQL = "INSERT INTO t (id, a) VALUES (\(1), \(2)) \(onConflict: ["id"], update: ["a"])"
    #expect(
      sql.rendered(for: .sqlite).text.hasSuffix(#"ON CONFLICT ("id") DO UPDATE SET "a" = excluded."a""#))
    #expect(sql.rendered(for: .mysql).text.hasSuffix("ON DUPLICATE KEY UPDATE `a` = VALUES(`a`)"))
    let ignore: SQL = "INSERT INTO t (id) VALUES (\(1)) \(onConflict: ["id"], update: [])"
    #expect(ignore.rendered(for: .postgres).text.hasSuffix(#"ON CONFLICT ("id") DO NOTHING"#))
    #expect(ignore.rendered(for: .mysql).text.hasSuffix("ON DUPLICATE KEY UPDATE `id` = `id`"))
  }

  @Test func `an error shows its statement and hides its values`() {
    let error = SQLError(
      .uniqueViolation, "a row with this value exists already", constraint: "users.email",
      statement: "INSERT INTO users VALUES (?)", values: [.text("ann@example.org")],
      engineMessage: "UNIQUE constraint failed")
    #expect("\(error)".contains("users.email"))
    #expect(!"\(error)".contains("ann@example.org"))
    #expect(String(reflecting: error).contains("ann@example.org"))
  }

  @Test func `a row says which column is missing and which type is wrong`() throws {
    let row = Row(columns: Row.Columns(["name", "age"]), values: [.text("Ann"), .null])
    #expect(try row.get("name", as: String.self) == "Ann")
    #expect(try row.get("age", as: Int?.self) == nil)
    #expect(throws: SQLError.self) { try row.get("age", as: Int.self) }
    do {
      _ = try row.get("nmae", as: String.self)
    } catch {
      #expect(error.code == .missingColumn)
      #expect("\(error)".contains("nmae"))
    }
    do {
      _ = try row.get("name", as: Int.self)
    } catch {
      #expect(error.code == .typeMismatch)
      #expect(!"\(error)".contains("Ann"))
    }
  }

  @Test(arguments: [
    ("sqlite:///luthier.db", DatabaseURL.sqliteFile(path: "luthier.db")),
    ("sqlite:////var/lib/luthier.db", .sqliteFile(path: "/var/lib/luthier.db")),
    ("sqlite+aiosqlite:///a/b.db", .sqliteFile(path: "a/b.db")),
    ("sqlite://:memory:", .sqliteMemory),
    ("sqlite:///:memory:", .sqliteMemory),
    ("sqlite://", .sqliteMemory),
  ])
  func `a database address is read as SQLAlchemy reads it`(text: String, expected: DatabaseURL) throws {
    #expect(try DatabaseURL(text) == expected)
  }

  @Test(arguments: [
    "postgresql://ann:s3cret@host/db", "postgres://ann:s3cret@host/db",
    "postgresql+psycopg2://ann:s3cret@host/db",
  ])
  func `PostgreSQL's address is read whole and never shown`(text: String) throws {
    let address = try DatabaseURL(text)
    #expect(address == .postgres(.init(secret: "postgresql://ann:s3cret@host/db")))
    var dumped = ""
    dump(address, to: &dumped)
    for shown in ["\(address)", String(reflecting: address), dumped] { #expect(!shown.contains("s3cret")) }
  }

  @Test(arguments: [
    "mysql://ann:s3cret@host/db", "mysql+pymysql://ann:s3cret@host/db", "mariadb://ann:s3cret@host/db",
  ])
  func `MySQL's address is read whole and never shown`(text: String) throws {
    let address = try DatabaseURL(text)
    #expect(address == .mysql(.init(secret: "mysql://ann:s3cret@host/db")))
    var dumped = ""
    dump(address, to: &dumped)
    for shown in ["\(address)", String(reflecting: address), dumped] { #expect(!shown.contains("s3cret")) }
  }

  @Test(arguments: [
    "postgresql://ann:s3@cret@host/db", "postgresql://ann:s3/cret@host/db", "postgres://host/db@s3cret",
  ])
  func `a password that would be read as a host is refused, and not shown`(text: String) {
    do {
      _ = try DatabaseURL(text)
      Issue.record("it was accepted")
    } catch {
      #expect(error.code == .malformedURL)
      #expect(!String(reflecting: error).contains("cret") && error.message.contains("%40"))
    }
  }

  @Test(arguments: [
    "", "luthier.db", "sqlite:luthier.db", "sqlite://luthier.db", "oracle://x", "sqlite:///d/",
  ])
  func `a malformed address is refused`(text: String) {
    do {
      _ = try DatabaseURL(text)
      Issue.record("it was accepted")
    } catch {
      #expect(error.code == .malformedURL)
    }
  }
}
