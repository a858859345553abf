import SQLAccess

extension PostgresConnection: SQLConnection {
  /// All writers of a database take it, each until its end.
  fileprivate static let writersLock = 0x4c75_7468

  func transaction<Result: Sendable>(
    _ kind: TransactionKind, job: TransactionJob<Result>, _ body: (any SQLTransaction) throws -> Result
  ) throws -> Result {
    let transaction = PostgresTransaction(self)
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
      return result
    } catch let gone as ConnectionWasGone {
      transaction.end()
      throw gone
    } catch {
      transaction.end()
      // After this no interrupt can hit the ROLLBACK. Being cancelled is known already.
      let wasCancelled = (try? job.beginEnding()) == nil
      if isInTransaction { try? runAtOnce("ROLLBACK") }
      throw wasCancelled ? SQLError(.cancelled, "the call was cancelled") : error
    }
  }
}

extension PostgresConnection {
  private func begin(_ kind: TransactionKind) throws {
    do throws(SQLError) {
      switch kind {
      case .read: try runAtOnce("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
      // Each statement after the lock sees what the writers before have stored.
      case .write:
        try runAtOnce(
          "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock(\(Self.writersLock))")
      }
    } catch {
      // The server was restarted, or a line was cut, while nobody used the connection.
      if error.code == .unreachable { throw ConnectionWasGone(error) }
      throw error
    }
  }
}

/// The inside of one transaction on one connection.
final class PostgresTransaction: SQLTransaction {
  /// Rows that are fetched at once where all are not held.
  private static let batch = 500

  private let connection: PostgresConnection
  /// The first failure: from then on the transaction can only be rolled back (see `SQLTransaction`).
  private(set) var failure: SQLError?
  private var isOver = false

  init(_ connection: PostgresConnection) {
    self.connection = connection
  }

  var dialect: Dialect { .postgres }

  func query(_ sql: SQL) throws -> [Row] {
    let result = try run(sql.rendered(for: .postgres))
    return (0..<result.count).map(result.row)
  }

  @discardableResult
  func execute(_ sql: SQL) throws -> Int {
    try run(sql.rendered(for: .postgres)).changed
  }

  func forEach(_ sql: SQL, _ body: (Row) throws -> Void) throws {
    let rendered = sql.rendered(for: .postgres)
    // By a cursor: other statements may run while the rows are looked at.
    let cursor = connection.nextCursor()
    try run(
      RenderedSQL(text: "DECLARE \(cursor) NO SCROLL CURSOR FOR \(rendered.text)", values: rendered.values))
    while true {
      let result = try run(RenderedSQL(text: "FETCH \(Self.batch) FROM \(cursor)"))
      for index in 0..<result.count { try body(result.row(index)) }
      if result.count < Self.batch { break }
    }
    try run(RenderedSQL(text: "CLOSE \(cursor)"))
  }

  func insert(_ sql: SQL, counting column: String) throws -> Int64 {
    let result = try run((sql + " RETURNING \(identifier: column)").rendered(for: .postgres))
    guard result.count > 0 else { return 0 }
    return try result.row(0).get(0)
  }

  /// A transaction that a body kept and uses afterwards would run outside of any.
  func end() {
    isOver = true
  }

  @discardableResult
  private func run(_ sql: RenderedSQL) throws -> PostgresResult {
    if isOver { throw SQLError(.closed, "the transaction is over") }
    if let failure { throw failure }
    do throws(SQLError) {
      return try connection.run(sql)
    } catch {
      failure = error
      throw error
    }
  }
}

// A transaction belongs to the thread of its connection.
@available(*, unavailable)
extension PostgresTransaction: Sendable {}
