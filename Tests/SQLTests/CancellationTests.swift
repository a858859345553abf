import Concurrency
import SQLAccess
import SQLiteDriver
import TestDatabases
import Testing

struct CancellationTests {
  /// Counts for ever: only an interrupt ends it.
  private let endless: SQL = """
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers)
    SELECT count(*) FROM numbers
    """

  @Test(arguments: TestDatabase.all)
  func `cancelling a task stops its endless query`(kind: TestDatabase) async throws {
    try await kind.run { database in
      let started = Gate()
      let endless = endless
      await withTaskGroup(of: SQLError.Code?.self) { group in
        group.addTask {
          await codeThrown {
            try await database.read { transaction in
              started.open()
              _ = try transaction.query(endless)
            }
          }
        }
        try? await started.wait()
        group.cancelAll()
        #expect(await group.next() == .cancelled)
      }
      let one = try await database.read { try $0.value("SELECT 1", as: Int.self) }
      #expect(one == 1)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a cancellation before the first step is not lost`(kind: TestDatabase) async throws {
    try await kind.run { database in
      let (started, cancelled) = (Gate(), BlockingQueue<Void>())
      let endless = endless
      await withTaskGroup(of: SQLError.Code?.self) { group in
        group.addTask {
          await codeThrown {
            try await database.read { transaction in
              started.open()
              // No statement runs while the cancellation arrives.
              _ = cancelled.pop()
              _ = try transaction.query(endless)
            }
          }
        }
        try? await started.wait()
        group.cancelAll()
        cancelled.push(())
        #expect(await group.next() == .cancelled)
      }
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a cancelled write stores nothing, even when its body swallows the error`(
    kind: TestDatabase
  ) async throws {
    try await kind.run { database in
      try await database.write { try $0.execute("CREATE TABLE t (a \(type: .integer))") }
      let started = Gate()
      let endless = endless
      await withTaskGroup(of: SQLError.Code?.self) { group in
        group.addTask {
          await codeThrown {
            try await database.write { transaction in
              try transaction.execute("INSERT INTO t (a) VALUES (\(1))")
              started.open()
              _ = try? transaction.query(endless)
            }
          }
        }
        try? await started.wait()
        group.cancelAll()
        #expect(await group.next() == .cancelled)
      }
      #expect(try await database.read { try $0.value("SELECT count(*) FROM t", as: Int.self) } == 0)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a call that waits for its turn is given up at once`(kind: TestDatabase) async throws {
    try await kind.run { database in
      try await database.write { try $0.execute("CREATE TABLE t (a \(type: .integer))") }
      let (started, release) = (Gate(), BlockingQueue<Void>())
      async let first: Void = database.write { _ in
        started.open()
        _ = release.pop()
      }
      try await started.wait()
      await withTaskGroup(of: SQLError.Code?.self) { group in
        group.addTask {
          await codeThrown {
            _ = try await database.write { try $0.execute("INSERT INTO t (a) VALUES (\(1))") }
          }
        }
        group.cancelAll()
        // Answered while the first one still holds the writer.
        #expect(await group.next() == .cancelled)
      }
      release.push(())
      try await first
      #expect(try await database.read { try $0.value("SELECT count(*) FROM t", as: Int.self) } == 0)
    }
  }
}
