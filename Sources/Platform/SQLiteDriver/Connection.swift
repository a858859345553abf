import CSQLite
import SQLAccess

/// One connection: the only owner of its `sqlite3` handle.
///
/// Lives and dies on one thread.
final class Connection {
  let handle: OpaquePointer
  let configuration: SQLiteConfiguration
  private var cache: StatementCache
  private var cancellation: SQLCancellation?

  /// Opens the database and sets it up; see `SQLiteConfiguration` for what and why.
  init(_ configuration: SQLiteConfiguration, readOnly: Bool) throws {
    self.configuration = configuration
    cache = StatementCache(capacity: configuration.statementCacheCapacity)
    var opened: OpaquePointer?
    // NOMUTEX: a connection never leaves its thread, so SQLite need not lock it.
    let flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
    let result = sqlite3_open_v2(configuration.sqlitePath, &opened, flags, nil)
    guard result == SQLITE_OK, let opened else {
      let error = SQLError(sqlite: result, handle: opened)
      sqlite3_close_v2(opened)
      throw error
    }
    handle = opened
    try prepareForUse(readOnly: readOnly)
  }

  deinit {
    cache.removeAll()
    // v2 also copes with a statement that is still alive: it becomes a zombie and closes with it.
    sqlite3_close_v2(handle)
  }

  private func prepareForUse(readOnly: Bool) throws {
    // Quoted text is never a string here: "name" with a typing error must fail, not compare with itself.
    for (option, enabled) in [
      (SQLITE_DBCONFIG_DQS_DML, 0), (SQLITE_DBCONFIG_DQS_DDL, 0), (SQLITE_DBCONFIG_DEFENSIVE, 1),
      (SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0),
    ] as [(Int32, Int32)] {
      _ = luthier_sqlite3_set_option(handle, option, enabled)
    }
    sqlite3_busy_timeout(handle, Int32(clamping: configuration.busyTimeoutMilliseconds))
    if case .file = configuration.location {
      let mode = try pragma("PRAGMA journal_mode = WAL")
      guard mode == .text("wal") else {
        throw SQLError(
          .cannotOpen,
          "the folder of the database cannot hold a write-ahead log; choose one on a local disk")
      }
    }
    _ = try pragma("PRAGMA synchronous = FULL")
    _ = try pragma("PRAGMA foreign_keys = ON")
    _ = try pragma("PRAGMA journal_size_limit = 67108864")
    if readOnly { try setQueryOnly(true) }
    // The flag is looked at about every 50 microseconds of work.
    sqlite3_progress_handler(
      handle, 2000,
      { context in
        guard let context else { return 0 }
        let connection = Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue()
        return connection.cancellation?.isRequested == true ? 1 : 0
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  func setQueryOnly(_ isOn: Bool) throws {
    _ = try pragma(isOn ? "PRAGMA query_only = ON" : "PRAGMA query_only = OFF")
  }

  private func pragma(_ text: String) throws -> SQLValue {
    var answer = SQLValue.null
    try run(RenderedSQL(text: text)) { row in answer = row.values.first ?? .null }
    return answer
  }

  /// Whether a transaction is open.
  var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

  var changes: Int { Int(sqlite3_changes64(handle)) }

  var lastInsertedRowID: Int64 { sqlite3_last_insert_rowid(handle) }

  var cachedStatements: Set<String> { cache.texts }

  /// Lets `cancellation` stop the statements that `body` runs.
  func interruptible<Result>(by cancellation: SQLCancellation, _ body: () throws -> Result) rethrows -> Result
  {
    self.cancellation = cancellation
    defer { self.cancellation = nil }
    return try body()
  }

  /// Runs one statement to its end and lends each row.
  func run(_ sql: RenderedSQL, _ body: (Row) throws -> Void) throws {
    if cancellation?.isRequested == true {
      throw SQLError(.cancelled, "the call was cancelled", statement: sql.text)
    }
    let statement = try cache.take(sql, connection: handle)
    do {
      try statement.bind(sql)
      while try statement.step(sql) { try body(statement.row()) }
    } catch {
      // Not put back into the cache: its state after a failure is not worth reasoning about.
      statement.reset()
      throw error
    }
    statement.reset()
    cache.put(statement, for: sql.text)
  }

  /// Runs one statement whose rows nobody wants.
  func run(_ text: String) throws {
    _ = try pragma(text)
  }
}

// A connection belongs to its thread.
@available(*, unavailable)
extension Connection: Sendable {}
