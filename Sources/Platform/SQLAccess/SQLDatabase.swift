/// A database: a place to run transactions in.
///
/// Bodies are synchronous. They run on a thread of the driver, never on the callers' threads, and they
/// cannot await: no network call and no other database call can happen inside a transaction.
///
/// Cancelling the calling task interrupts the running statement, rolls back, and throws `cancelled`.
/// A write that has begun to commit is no longer cancelled: what returns is stored.
package protocol SQLDatabase: Sendable {
  var dialect: Dialect { get }

  /// Runs `body` against one unchanging snapshot. Reads run beside each other and beside a write.
  ///
  /// Throws what `body` throws; a statement that would change something throws `readOnly`.
  func read<Result: Sendable>(
    _ body: @escaping @Sendable (any SQLTransaction) throws -> Result
  ) async throws -> Result

  /// Runs `body` as one transaction: all of it is stored durably before this returns, or none of it.
  ///
  /// Writes run one after another. Throws what `body` throws, after rolling back.
  @discardableResult
  func write<Result: Sendable>(
    _ body: @escaping @Sendable (any SQLTransaction) throws -> Result
  ) async throws -> Result

  /// Says something whenever a transaction of anybody's that called `signal` on the channel was committed, once for all
  /// that were meanwhile, and whenever one may have been missed; until the stream is dropped.
  ///
  /// Nil where the engine has no such thing. Throws where there is no thread or no descriptor for it.
  ///
  /// - Parameter channel: an identifier of this program's own.
  func signals(on channel: String) throws -> AsyncStream<Void>?

  /// Lets accepted transactions finish, then closes. Later calls throw `closed`. Closing twice is allowed.
  func close() async
}

extension SQLDatabase {
  package func signals(on channel: String) throws -> AsyncStream<Void>? { nil }
}

/// The inside of a transaction.
///
/// Valid only in the body it was given to, and only on that thread.
///
/// After a statement has failed the transaction can only be rolled back, even when the body catches the
/// error: PostgreSQL is so, and SQLite is held to it, so that no store depends on an engine.
package protocol SQLTransaction {
  var dialect: Dialect { get }

  /// Runs a statement and gives all its rows.
  func query(_ sql: SQL) throws -> [Row]

  /// Runs a statement and gives the number of rows it changed.
  ///
  /// Of an upsert only whether it is 0 can be relied on, where it met a row and was to change nothing.
  @discardableResult
  func execute(_ sql: SQL) throws -> Int

  /// Runs a statement and lends its rows one by one, without holding them all. Ends early when `body` throws.
  func forEach(_ sql: SQL, _ body: (Row) throws -> Void) throws

  /// Runs an INSERT into a table with a `countingKey` and gives the number the new row got.
  func insert(_ sql: SQL, counting column: String) throws -> Int64
}

extension SQLTransaction {
  /// Tells who listens on the channel (`SQLDatabase.signals`), once the transaction is committed; nothing where the
  /// engine has no such thing.
  package func signal(_ channel: String) throws {
    if dialect == .postgres { _ = try query("SELECT 1 AS said FROM pg_notify(\(channel), '')") }
  }

  /// The first row, or nil when there is none.
  package func first(_ sql: SQL) throws -> Row? {
    try query(sql).first
  }

  /// The first column of the first row, or nil when there is no row.
  package func value<T: SQLConvertible>(_ sql: SQL, as type: T.Type = T.self) throws -> T? {
    try query(sql).first.map { try $0.get(0) }
  }
}
