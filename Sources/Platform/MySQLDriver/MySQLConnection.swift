import CMySQL
import Glibc
import SQLAccess

/// One connection: the only owner of its `MYSQL`.
///
/// Lives and dies on one thread, which waits for the server and for an interrupt at once.
final class MySQLConnection {
  private let handle: UnsafeMutablePointer<MYSQL>
  private let alarm: Alarm
  private let address: MySQLAddress
  private var cache = StatementCache(capacity: 200)
  private var cancellation: SQLCancellation?

  init(_ configuration: MySQLConfiguration, writes: Bool) throws(SQLError) {
    alarm = try Alarm()
    address = configuration.address
    handle = try MySQLOpening.open(configuration.address)
    try arrange(writes: writes)
    if writes { try limitRest(configuration) }
    if writes, configuration.isForServer { try claim() }
  }

  deinit {
    cache.removeAll()
    mysql_close(handle)
  }

  /// Makes the session speak SQL as the other engines do.
  private func arrange(writes: Bool) throws(SQLError) {
    let isMariaDB = isMariaDB
    let oldest: UInt = isMariaDB ? 100_502 : 80_016
    guard UInt(mysql_get_server_version(handle)) >= oldest else {
      throw SQLError(
        .engine, "the server is too old: MariaDB 10.5.2 and MySQL 8.0.16 are the oldest that will do")
    }
    // Compared byte by byte, and blanks at the end count.
    let collation = isMariaDB ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin"
    try runAtOnce("SET NAMES utf8mb4 COLLATE \(collation)")
    try runAtOnce(
      """
      SET SESSION sql_mode =
        'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
        wait_timeout = 2147483, innodb_lock_wait_timeout = 30,
        \(isMariaDB ? "max_recursive_iterations = 4294967295" : "cte_max_recursion_depth = 4294967295")
      """)
    try runAtOnce(
      "SET SESSION TRANSACTION ISOLATION LEVEL \(writes ? "READ COMMITTED" : "REPEATABLE READ")")
    if writes { try settleCollation(collation) }
  }

  /// A client that stands still must not hold up the others with the writers' lock.
  private func limitRest(_ configuration: MySQLConfiguration) throws(SQLError) {
    // Between transactions too, where the lock is given back; but whoever is alone keeps its connection.
    if !configuration.isForServer { try runAtOnce("SET SESSION wait_timeout = 60") }
    if isMariaDB { try runAtOnce("SET SESSION idle_transaction_timeout = \(configuration.writerRest)") }
  }

  private var isMariaDB: Bool {
    mysql_get_server_info(handle).map { String(cString: $0).contains("MariaDB") } ?? false
  }

  /// A database without tables is made to compare text byte by byte; another must be so already.
  private func settleCollation(_ collation: String) throws(SQLError) {
    let row = try rows(
      RenderedSQL(
        text: """
          SELECT CAST(@@collation_database AS CHAR) AS found,
            (SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE()) AS tables,
            DATABASE() AS name
          """)
    ).first
    guard let row, try row.get("found", as: String.self) != collation else { return }
    guard try row.get("tables", as: Int.self) == 0 else {
      throw SQLError(
        .engine,
        "the database compares text otherwise than byte by byte: it must be made with the collation \(collation)"
      )
    }
    let name = Dialect.mysql.quoted(try row.get("name"))
    try runAtOnce("ALTER DATABASE \(name) CHARACTER SET utf8mb4 COLLATE \(collation)")
    // What is in force is known to a session from its beginning.
    try runAtOnce("USE \(name)")
  }

  /// Keeps other servers off; the database lets go by itself of what a connection held that is gone.
  private func claim() throws(SQLError) {
    guard try lock("server", seconds: 5) else {
      throw SQLError(.inUse, "another server works on this database")
    }
  }

  var interrupter: any SQLInterrupting { alarm }

  /// Whether the server is there and no transaction is open: looked at without waiting.
  var isUsable: Bool {
    var watched = pollfd(fd: mysql_get_socket(handle), events: Int16(POLLIN), revents: 0)
    // A server says nothing unasked but its farewell.
    guard watched.fd >= 0, poll(&watched, 1, 0) == 0 else { return false }
    return !isInTransaction
  }

  /// Whether a transaction is open that a ROLLBACK would end.
  var isInTransaction: Bool { handle.pointee.server_status & UInt32(SERVER_STATUS_IN_TRANS) != 0 }

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

  // MARK: Statements

  /// Runs a statement of this program's own that gives no rows.
  func runAtOnce(_ text: String) throws(SQLError) {
    var failed: Int32 = 0
    complete {
      mysql_real_query_start(&failed, handle, text, UInt(text.utf8.count))
    } and: {
      mysql_real_query_cont(&failed, handle, $0)
    }
    guard failed == 0 else { throw SQLError(mysqlConnection: handle, RenderedSQL(text: text)) }
  }

  /// Takes a lock of the server's that all who work on this database know by the same name; false when time is up.
  func lock(_ name: String, seconds: Int) throws(SQLError) -> Bool {
    let row = try rows(
      RenderedSQL(text: "SELECT GET_LOCK(\(Self.lockName(name)), \(seconds)) AS taken")
    ).first
    let taken: Int? = try row?.get("taken")
    // NULL where the wait was interrupted.
    guard let taken else { throw SQLError(.cancelled, "the call was cancelled") }
    return taken == 1
  }

  func unlock(_ name: String) throws(SQLError) {
    try runAtOnce("DO RELEASE_LOCK(\(Self.lockName(name)))")
  }

  private static func lockName(_ name: String) -> String { "CONCAT('luthier-\(name)-', MD5(DATABASE()))" }

  func rows(_ sql: RenderedSQL) throws(SQLError) -> [Row] {
    try run(sql) { (statement) throws(SQLError) in
      var rows: [Row] = []
      while let row = try statement.next() { rows.append(row) }
      return rows
    }
  }

  /// Runs one statement, and lends it to `body` for its rows.
  ///
  /// - Parameter byCursor: whether other statements may run while the rows are looked at.
  func run<Result>(
    _ sql: RenderedSQL, byCursor: Bool = false,
    _ body: (MySQLStatement) throws(SQLError) -> Result
  ) throws(SQLError) -> Result {
    if cancellation?.isRequested == true {
      throw SQLError(.cancelled, "the call was cancelled", statement: sql.text)
    }
    let statement = try prepared(sql, alone: byCursor)
    defer { statement.finish() }
    try statement.execute(sql.values, byCursor: byCursor)
    return try body(statement)
  }

  private func prepared(_ sql: RenderedSQL, alone: Bool) throws(SQLError) -> MySQLStatement {
    // What changes the shape of things is not run often; a cursor stays open while its like may be run.
    guard !alone, sql.text.isWorthKeeping else { return try MySQLStatement(self, handle, sql) }
    if let known = cache.statement(sql.text) { return known }
    let statement = try MySQLStatement(self, handle, sql)
    cache.keep(statement, sql.text)
    return statement
  }

  // MARK: Waiting

  /// Runs a call of libmariadb to its end: waits for what it waits for, or for the interrupt, which is passed on.
  func complete(_ start: () -> Int32, and resume: (Int32) -> Int32) {
    var wanted = start()
    while wanted != 0 { wanted = resume(wait(wanted)) }
  }

  private func wait(_ wanted: Int32) -> Int32 {
    var events: Int32 = 0
    if wanted & Int32(MYSQL_WAIT_READ) != 0 { events |= POLLIN }
    if wanted & Int32(MYSQL_WAIT_WRITE) != 0 { events |= POLLOUT }
    if wanted & Int32(MYSQL_WAIT_EXCEPT) != 0 { events |= POLLPRI }
    while true {
      var watched = [
        pollfd(fd: mysql_get_socket(handle), events: Int16(events), revents: 0),
        pollfd(fd: alarm.reading, events: Int16(POLLIN), revents: 0),
      ]
      // The server forgets an order that comes before the statement has begun: it is given again until it is carried out.
      let isCancelled = cancellation?.isRequested == true
      let limit = wanted & Int32(MYSQL_WAIT_TIMEOUT) != 0 ? Int32(mysql_get_timeout_value_ms(handle)) : -1
      let ready = poll(&watched, 2, isCancelled ? 200 : limit)
      if watched[1].revents != 0 || (ready == 0 && isCancelled) {
        alarm.clear()
        passOnCancellation()
      }
      let seen = Int32(watched[0].revents)
      if seen != 0 {
        var flags: Int32 = 0
        if seen & (POLLIN | POLLERR | POLLHUP) != 0 { flags |= Int32(MYSQL_WAIT_READ) }
        if seen & (POLLOUT | POLLERR | POLLHUP) != 0 { flags |= Int32(MYSQL_WAIT_WRITE) }
        if seen & POLLPRI != 0 { flags |= Int32(MYSQL_WAIT_EXCEPT) }
        return flags & wanted
      }
      if ready == 0, !isCancelled { return Int32(MYSQL_WAIT_TIMEOUT) }
    }
  }

  /// Asks the server over another connection to stop; that it could not be asked shows by the statement's going on.
  private func passOnCancellation() {
    guard let other = try? MySQLOpening.open(address) else { return }
    mysql_query(other, "KILL QUERY \(mysql_thread_id(handle))")
    mysql_close(other)
  }
}

extension String {
  fileprivate var isWorthKeeping: Bool {
    let word = drop(while: \.isWhitespace).prefix(while: \.isLetter).uppercased()
    return ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].contains(word)
  }
}

// A connection belongs to its thread.
@available(*, unavailable)
extension MySQLConnection: Sendable {}
