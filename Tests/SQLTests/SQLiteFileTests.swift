import Concurrency
import Glibc
import SQLAccess
import TestDatabases
import Testing

@testable import SQLiteDriver

struct SQLiteFileTests {
  @Test func `a reader sees the old state until the write is committed`() async throws {
    try await withTemporaryFolder { folder in
      let database = try await SQLiteDatabase(SQLiteConfiguration(.file(path: "\(folder)/a.db")))
      try await database.write {
        try $0.execute("CREATE TABLE t (a INTEGER)")
        try $0.execute("INSERT INTO t (a) VALUES (\(1))")
      }
      let (changed, release) = (Gate(), BlockingQueue<Void>())
      async let writing: Void = database.write {
        try $0.execute("UPDATE t SET a = \(2)")
        changed.open()
        _ = release.pop()
      }
      try await changed.wait()
      // While the writer holds its change back, readers neither wait nor see it.
      #expect(try await database.read { try $0.value("SELECT a FROM t", as: Int.self) } == 1)
      release.push(())
      try await writing
      #expect(try await database.read { try $0.value("SELECT a FROM t", as: Int.self) } == 2)
      await database.close()
    }
  }

  @Test func `a snapshot does not change under its reader`() async throws {
    try await withTemporaryFolder { folder in
      let database = try await SQLiteDatabase(SQLiteConfiguration(.file(path: "\(folder)/a.db")))
      try await database.write {
        try $0.execute("CREATE TABLE t (a INTEGER)")
        try $0.execute("INSERT INTO t (a) VALUES (\(1))")
      }
      let (seen, release) = (Gate(), BlockingQueue<Void>())
      async let reading = database.read { transaction in
        let before = try transaction.value("SELECT a FROM t", as: Int.self)
        seen.open()
        _ = release.pop()
        return [before, try transaction.value("SELECT a FROM t", as: Int.self)]
      }
      try await seen.wait()
      try await database.write { try $0.execute("UPDATE t SET a = \(2)") }
      release.push(())
      #expect(try await reading == [1, 1])
      await database.close()
    }
  }

  @Test func `the files are for their owner only and the folder is made`() async throws {
    try await withTemporaryFolder { folder in
      let path = "\(folder)/deep/er/luthier.db"
      let old = umask(0)
      defer { umask(old) }
      let database = try await SQLiteDatabase(SQLiteConfiguration(.file(path: path)))
      try await database.write { try $0.execute("CREATE TABLE t (a INTEGER)") }
      #expect(try permissions(of: path) == 0o600)
      #expect(try permissions(of: path + "-wal") == 0o600)
      #expect(try permissions(of: path + "-shm") == 0o600)
      #expect(try permissions(of: "\(folder)/deep") == 0o700)
      await database.close()
      // Closing folds the log into the file.
      #expect(access(path + "-wal", F_OK) != 0)
    }
  }

  @Test func `a file that lets others in is closed to them`() async throws {
    try await withTemporaryFolder { folder in
      let path = "\(folder)/a.db"
      close(open(path, O_CREAT | O_WRONLY, 0o644))
      chmod(path, 0o644)
      let database = try await SQLiteDatabase(SQLiteConfiguration(.file(path: path)))
      #expect(try permissions(of: path) == 0o600)
      await database.close()
    }
  }

  @Test func `what was stored is there after opening again`() async throws {
    try await withTemporaryFolder { folder in
      let configuration = SQLiteConfiguration(.file(path: "\(folder)/a.db"))
      let first = try await SQLiteDatabase(configuration)
      try await first.write {
        try $0.execute("CREATE TABLE t (a TEXT)")
        try $0.execute("INSERT INTO t (a) VALUES (\("kept"))")
      }
      await first.close()
      let second = try await SQLiteDatabase(configuration)
      #expect(try await second.read { try $0.value("SELECT a FROM t", as: String.self) } == "kept")
      await second.close()
    }
  }

  @Test func `what was acknowledged is in the files before anything is closed`() async throws {
    try await withTemporaryFolder { folder in
      let first = try await SQLiteDatabase(SQLiteConfiguration(.file(path: "\(folder)/a.db")))
      try await first.write {
        try $0.execute("CREATE TABLE t (a TEXT)")
        try $0.execute("INSERT INTO t (a) VALUES (\("kept"))")
      }
      // What a kill -9 leaves behind: the files as they are, with nobody to tidy up.
      for suffix in ["", "-wal"] { try copy("\(folder)/a.db\(suffix)", to: "\(folder)/b.db\(suffix)") }
      let second = try await SQLiteDatabase(SQLiteConfiguration(.file(path: "\(folder)/b.db")))
      #expect(try await second.read { try $0.value("SELECT a FROM t", as: String.self) } == "kept")
      await second.close()
      await first.close()
    }
  }

  private func copy(_ source: String, to target: String) throws {
    let input = open(source, O_RDONLY)
    let output = open(target, O_WRONLY | O_CREAT | O_EXCL, 0o600)
    try #require(input >= 0 && output >= 0)
    defer {
      close(input)
      close(output)
    }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = read(input, &bytes, bytes.count), count > 0 {
      try #require(write(output, bytes, count) == count)
    }
  }

  @Test func `a file that is no database is refused and left alone`() async throws {
    try await withTemporaryFolder { folder in
      let path = "\(folder)/a.db"
      let text = [UInt8]("this is certainly not a database, and it is long enough to be read as one".utf8)
      let descriptor = open(path, O_CREAT | O_WRONLY, 0o600)
      _ = write(descriptor, text, text.count)
      close(descriptor)
      let code = await codeThrown { _ = try await SQLiteDatabase(SQLiteConfiguration(.file(path: path))) }
      #expect(code == .corrupt)
      var status = stat()
      stat(path, &status)
      #expect(status.st_size == text.count)
    }
  }

  @Test func `a path that cannot be a database is refused`() async throws {
    try await withTemporaryFolder { folder in
      mkdir("\(folder)/folder.db", 0o700)
      for path in ["\(folder)/folder.db", "/proc/luthier/a.db"] {
        let code = await codeThrown { _ = try await SQLiteDatabase(SQLiteConfiguration(.file(path: path))) }
        #expect(code == .cannotOpen, "\(path)")
      }
    }
  }

  @Test func `another process's lock is reported as busy`() async throws {
    try await withTemporaryFolder { folder in
      var configuration = SQLiteConfiguration(.file(path: "\(folder)/a.db"))
      configuration.busyTimeoutMilliseconds = 1
      let (first, second) = (
        try await SQLiteDatabase(configuration), try await SQLiteDatabase(configuration)
      )
      let (held, release) = (Gate(), BlockingQueue<Void>())
      async let holding: Void = first.write { _ in
        held.open()
        _ = release.pop()
      }
      try await held.wait()
      #expect(await codeThrown { try await second.write { _ in } } == .busy)
      release.push(())
      try await holding
      try await second.write { _ in }
      await first.close()
      await second.close()
    }
  }

  @Test func `an acknowledged write is flushed and foreign keys are checked`() async throws {
    try await withTemporaryFolder { folder in
      let database = try await SQLiteDatabase(SQLiteConfiguration(.file(path: "\(folder)/a.db")))
      let settings = try await database.write { transaction in
        [
          try transaction.value("PRAGMA journal_mode", as: SQLValue.self),
          try transaction.value("PRAGMA synchronous", as: SQLValue.self),
          try transaction.value("PRAGMA foreign_keys", as: SQLValue.self),
        ]
      }
      #expect(settings == [.text("wal"), .integer(2), .integer(1)])
      await database.close()
    }
  }
}

struct StatementCacheTests {
  @Test func `a statement is prepared once, the oldest is dropped, a failed one is not kept`() throws {
    var configuration = SQLiteConfiguration(.memory)
    configuration.statementCacheCapacity = 2
    let connection = try Connection(configuration, readOnly: false)
    try connection.run("CREATE TABLE t (a INTEGER UNIQUE) STRICT")
    try connection.run("SELECT 1")
    try connection.run("SELECT 2")
    #expect(connection.cachedStatements == ["SELECT 1", "SELECT 2"])
    try connection.run("SELECT 1")
    try connection.run("SELECT 3")
    #expect(connection.cachedStatements == ["SELECT 1", "SELECT 3"])

    let insert = "INSERT INTO t VALUES (1)"
    try connection.run(insert)
    #expect(connection.cachedStatements.contains(insert))
    #expect(throws: SQLError.self) { try connection.run(insert) }
    #expect(!connection.cachedStatements.contains(insert))
  }

  @Test func `a statement survives a change of its table`() throws {
    let connection = try Connection(SQLiteConfiguration(.memory), readOnly: false)
    try connection.run("CREATE TABLE t (a INTEGER)")
    try connection.run("INSERT INTO t VALUES (1)")
    func columns() throws -> [String] {
      var names: [String] = []
      try connection.run(RenderedSQL(text: "SELECT * FROM t")) { names = $0.columns.names }
      return names
    }
    #expect(try columns() == ["a"])
    try connection.run("ALTER TABLE t ADD COLUMN b INTEGER")
    #expect(try columns() == ["a", "b"])
  }
}
