import CPostgres
import Glibc
import SQLAccess

/// One connection: the only owner of its `PGconn`.
///
/// Lives and dies on one thread, which waits for the server and for an interrupt at once.
final class PostgresConnection {
  /// One server on a database holds it as long as its writing connection lives.
  private static let serverLock = 0x4c75_7469

  private let handle: OpaquePointer
  private let alarm: Alarm
  private var cache = PreparedStatements(capacity: 200)
  private var cancellation: SQLCancellation?
  private var cursors = 0

  init(_ configuration: PostgresConfiguration, writes: Bool) throws(SQLError) {
    alarm = try Alarm()
    handle = try PostgresOpening.open(configuration.address)
    // What the server has to remark would go to standard error.
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
    PQsetnonblocking(handle, 1)
    // A client that has vanished, or stands still, must not hold up the others; nor waits anybody for ever.
    let rest = writes ? configuration.writerRest : 60
    try runAtOnce(
      """
      SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '\(rest)s';
      SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3
      """)
    if writes, configuration.isForServer { try claim() }
    try runAtOnce("SET lock_timeout = '30s'")
  }

  deinit { PQfinish(handle) }

  /// Keeps other servers off; the database lets go by itself of what a connection held that is gone.
  private func claim() throws(SQLError) {
    do throws(SQLError) {
      try runAtOnce("SELECT pg_advisory_lock(\(Self.serverLock))")
    } catch {
      guard error.code == .busy else { throw error }
      throw SQLError(.inUse, "another server works on this database")
    }
  }

  var interrupter: any SQLInterrupting { alarm }

  /// Whether the server is there and no transaction is open: looked at without waiting.
  var isUsable: Bool {
    guard PQconsumeInput(handle) == 1, PQstatus(handle) == CONNECTION_OK else { return false }
    return PQtransactionStatus(handle) == PQTRANS_IDLE
  }

  /// Whether a transaction is open that a ROLLBACK would end.
  var isInTransaction: Bool {
    PQstatus(handle) == CONNECTION_OK && PQtransactionStatus(handle) != PQTRANS_IDLE
  }

  /// Lets `cancellation` stop the statements that `body` runs.
  func interruptible<Result>(by cancellation: SQLCancellation, _ body: () throws -> Result) rethrows -> Result
  {
    alarm.clear()
    self.cancellation = cancellation
    defer {
      self.cancellation = nil
      alarm.clear()
    }
    return try body()
  }

  // MARK: Notifications

  /// What to wait on for more to come.
  var socket: Int32 { PQsocket(handle) }

  /// Whether anything was said on a channel since; nil where the connection is gone.
  func takeNotifications() -> Bool? {
    guard PQconsumeInput(handle) == 1, PQstatus(handle) == CONNECTION_OK else { return nil }
    var isAny = false
    while let notification = PQnotifies(handle) {
      PQfreemem(notification)
      isAny = true
    }
    return isAny
  }

  // MARK: Statements

  /// Runs words of this program's own, which may be several statements.
  func runAtOnce(_ text: String) throws(SQLError) {
    _ = try perform(RenderedSQL(text: text)) { PQsendQuery(handle, text) }
  }

  /// Runs one statement.
  func run(_ sql: RenderedSQL) throws(SQLError) -> PostgresResult {
    if cancellation?.isRequested == true {
      throw SQLError(.cancelled, "the call was cancelled", statement: sql.text)
    }
    let parameters = Parameters(sql.values)
    guard sql.text.isWorthPreparing else {
      return try perform(sql) {
        parameters.lend {
          PQsendQueryParams(handle, sql.text, $0.count, $0.types, $0.values, $0.lengths, $0.formats, 1)
        }
      }
    }
    let name = try prepared(sql, parameters.types)
    return try perform(sql) {
      parameters.lend { PQsendQueryPrepared(handle, name, $0.count, $0.values, $0.lengths, $0.formats, 1) }
    }
  }

  private func prepared(_ sql: RenderedSQL, _ types: [Oid]) throws(SQLError) -> String {
    switch cache.take(sql.text, types) {
    case .known(let name): return name
    case .new(let name, let dropped):
      if let dropped { try runAtOnce("DEALLOCATE \(dropped)") }
      do throws(SQLError) {
        _ = try perform(sql) { PQsendPrepare(handle, name, sql.text, Int32(types.count), types) }
      } catch {
        cache.forget(sql.text, types)
        throw error
      }
      return name
    }
  }

  /// A name for a cursor that no other of this connection has.
  func nextCursor() -> String {
    cursors += 1
    return "c\(cursors)"
  }

  /// Sends, and waits for the answer or for the interrupt, which is passed on to the server.
  private func perform(_ sql: RenderedSQL, _ send: () -> Int32) throws(SQLError) -> PostgresResult {
    guard send() == 1 else { throw SQLError(postgresConnection: handle, sql) }
    var isFlushing = true
    var last: PostgresResult?
    var failure: SQLError?
    while true {
      if isFlushing {
        let flushed = PQflush(handle)
        if flushed < 0 { throw SQLError(postgresConnection: handle, sql) }
        isFlushing = flushed > 0
      }
      while PQisBusy(handle) == 0 {
        guard let found = PQgetResult(handle) else {
          if let failure { throw failure }
          guard let last else { throw SQLError(postgresConnection: handle, sql) }
          return last
        }
        let result = PostgresResult(found)
        if let error = result.failure(sql) { failure = failure ?? error } else { last = result }
      }
      try wait(toWrite: isFlushing, sql)
      guard PQconsumeInput(handle) == 1 else { throw SQLError(postgresConnection: handle, sql) }
    }
  }

  private func wait(toWrite: Bool, _ sql: RenderedSQL) throws(SQLError) {
    var watched = [
      pollfd(fd: PQsocket(handle), events: Int16(POLLIN | (toWrite ? POLLOUT : 0)), revents: 0),
      pollfd(fd: alarm.reading, events: Int16(POLLIN), revents: 0),
    ]
    guard watched[0].fd >= 0 else { throw SQLError(postgresConnection: handle, sql) }
    // The server forgets an order that comes before the statement has begun: it is given again until it is carried out.
    let isCancelled = cancellation?.isRequested == true
    let ready = poll(&watched, 2, isCancelled ? 200 : -1)
    guard ready >= 0 || errno == EINTR else {
      throw SQLError(.inputOutput, "the database server could not be waited for")
    }
    if ready == 0 || watched[1].revents != 0 {
      alarm.clear()
      passOnCancellation()
    }
  }

  /// Asks the server to stop; that it could not be asked shows by the statement's going on.
  private func passOnCancellation() {
    guard let order = PQgetCancel(handle) else { return }
    var said = [CChar](repeating: 0, count: 256)
    _ = PQcancel(order, &said, 256)
    PQfreeCancel(order)
  }
}

extension String {
  /// Only what is run often and has values is prepared: the rest changes the shape of things.
  fileprivate var isWorthPreparing: Bool {
    let word = drop(while: \.isWhitespace).prefix(while: \.isLetter).uppercased()
    return ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].contains(word)
  }
}

// A connection belongs to its thread.
@available(*, unavailable)
extension PostgresConnection: Sendable {}
