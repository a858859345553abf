import Concurrency
package import SQLAccess

/// A MySQL or MariaDB database: one connection that writes, several that read, each on a thread of its own.
///
/// Writes of all servers on one database run one after another: each takes the same named lock first, so that what a
/// store reads before it writes is still so when it writes, as with SQLite. A connection that was cut is opened anew
/// for the next transaction; the one it was cut in throws `unreachable`, and whether it was stored is not known then.
///
/// Changes of tables are stored at once and end the transaction they stand in: only a `Migrator` makes any.
package struct MySQLDatabase: SQLDatabase {
  private let writer: OwningThreads<MySQLConnection>
  private let readers: OwningThreads<MySQLConnection>
  private let configuration: MySQLConfiguration
  private let outage = Outage()

  package var dialect: Dialect { .mysql }

  /// Opens the database.
  ///
  /// Throws `unreachable` when no server answers, `cannotOpen` when it refuses, `engine` when it is too old or the
  /// database compares text otherwise than byte by byte, and `inUse` when another server works on the database.
  package init(_ configuration: MySQLConfiguration) async throws {
    self.configuration = configuration
    writer = try OwningThreads(count: 1, name: "mysql-write")
    readers = try OwningThreads(count: max(1, configuration.readers), name: "mysql-read")
    do {
      _ = try await read { try $0.value("SELECT 1", as: Int.self) }
      if configuration.isForServer { _ = try await write { try $0.value("SELECT 1", as: Int.self) } }
    } catch {
      await close()
      throw error
    }
  }

  package func read<Result: Sendable>(
    _ body: @escaping @Sendable (any SQLTransaction) throws -> Result
  ) async throws -> Result {
    try await run(.read, on: readers, body)
  }

  @discardableResult
  package func write<Result: Sendable>(
    _ body: @escaping @Sendable (any SQLTransaction) throws -> Result
  ) async throws -> Result {
    try await run(.write, on: writer, body)
  }

  private func run<Result: Sendable>(
    _ kind: TransactionKind, on threads: OwningThreads<MySQLConnection>,
    _ body: @escaping @Sendable (any SQLTransaction) throws -> Result
  ) async throws -> Result {
    let asked = ContinuousClock.now
    return try await TransactionJob.run(
      kind,
      opening: { [configuration, outage] () throws(SQLError) in
        try outage.check(since: asked)
        do throws(SQLError) {
          return try MySQLConnection(configuration, writes: kind == .write)
        } catch {
          outage.note(error)
          throw error
        }
      }, on: threads.push, body)
  }

  package func close() async {
    await readers.close()
    await writer.close()
  }
}
