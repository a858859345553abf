import SQLAccess

extension MySQLConnection: SQLConnection {
  func transaction<Result: Sendable>(
    _ kind: TransactionKind, job: TransactionJob<Result>, _ body: (any SQLTransaction) throws -> Result
  ) throws -> Result {
    let transaction = MySQLTransaction(self)
    do {
      let result = try interruptible(by: job.cancellation) {
        try begin(kind)
        let result = try body(transaction)
        if let failure = transaction.failure { throw failure }
        return result
      }
      transaction.end()
      try job.beginEnding()
      try runAtOnce("COMMIT")
      // It is stored: what comes after it is no failure of it, and a line that is cut frees the lock too.
      if kind == .write { try? unlock(Self.writersLock) }
      return result
    } catch let gone as ConnectionWasGone {
      transaction.end()
      throw gone
    } catch {
      transaction.end()
      // After this no interrupt can hit the ROLLBACK. Being cancelled is known already.
      let wasCancelled = (try? job.beginEnding()) == nil
      // An order to stop that came too late for its statement may hit the next one.
      if (try? runAtOnce("ROLLBACK")) == nil { try? runAtOnce("ROLLBACK") }
      if kind == .write { try? unlock(Self.writersLock) }
      throw wasCancelled ? SQLError(.cancelled, "the call was cancelled") : error
    }
  }

  /// All writers of a database take it, each until its end.
  private static let writersLock = "write"

  private func begin(_ kind: TransactionKind) throws {
    do throws(SQLError) {
      switch kind {
      case .read: try runAtOnce("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
      case .write:
        guard try lock(Self.writersLock, seconds: 30) else {
          throw SQLError(.busy, "the database is locked by another process")
        }
        try runAtOnce("START TRANSACTION")
      }
    } catch {
      // The server was restarted, or a line was cut, while nobody used the connection.
      if error.code == .unreachable { throw ConnectionWasGone(error) }
      throw error
    }
  }
}

/// The inside of one transaction on one connection.
final class MySQLTransaction: SQLTransaction {
  private let connection: MySQLConnection
  /// The first failure: from then on the transaction can only be rolled back (see `SQLTransaction`).
  private(set) var failure: SQLError?
  private var isOver = false

  init(_ connection: MySQLConnection) {
    self.connection = connection
  }

  var dialect: Dialect { .mysql }

  func query(_ sql: SQL) throws -> [Row] {
    try run(sql) { connection, sql throws(SQLError) in try connection.rows(sql) }
  }

  @discardableResult
  func execute(_ sql: SQL) throws -> Int {
    try run(sql) { connection, sql throws(SQLError) in
      try connection.run(sql) { statement throws(SQLError) in statement.changed }
    }
  }

  func forEach(_ sql: SQL, _ body: (Row) throws -> Void) throws {
    var thrown: (any Error)?
    try run(sql) { connection, sql throws(SQLError) in
      try connection.run(sql, byCursor: true) { statement throws(SQLError) in
        while thrown == nil, let row = try statement.next() {
          do { try body(row) } catch { thrown = error }
        }
      }
    }
    if let thrown { throw thrown }
  }

  func insert(_ sql: SQL, counting column: String) throws -> Int64 {
    try run(sql) { connection, sql throws(SQLError) in
      try connection.run(sql) { statement throws(SQLError) in statement.newNumber }
    }
  }

  /// A transaction that a body kept and uses afterwards would run outside of any.
  func end() {
    isOver = true
  }

  private func run<Result>(
    _ sql: SQL, _ work: (MySQLConnection, RenderedSQL) throws(SQLError) -> Result
  ) throws -> Result {
    if isOver { throw SQLError(.closed, "the transaction is over") }
    if let failure { throw failure }
    do throws(SQLError) {
      return try work(connection, sql.rendered(for: .mysql))
    } catch {
      let told = connection.naming(error)
      failure = told
      throw told
    }
  }
}

// A transaction belongs to the thread of its connection.
@available(*, unavailable)
extension MySQLTransaction: Sendable {}
