import Concurrency
package import SQLAccess

/// A PostgreSQL database: one connection that writes, several that read, each on a thread of its own.
///
/// Writes of all servers on one database run one after another: each takes the same advisory lock first, so that what a
/// store reads before it writes is still so when it writes, as with SQLite. A connection that was cut is opened anew
/// for the next transaction; the one it was cut in throws `unreachable`, and whether it was stored is not known then.
package struct PostgresDatabase: SQLDatabase {
  private let writer: OwningThreads<PostgresConnection>
  private let readers: OwningThreads<PostgresConnection>
  private let configuration: PostgresConfiguration
  private let outage = Outage()

  package var dialect: Dialect { .postgres }

  /// Opens the database.
  ///
  /// Throws `malformedURL` for an address that says nothing, `unreachable` when no server answers, `cannotOpen` when it
  /// refuses, `engine` when it is too old, and `inUse` when another server works on the database.
  package init(_ configuration: PostgresConfiguration) async throws {
    self.configuration = configuration
    writer = try OwningThreads(count: 1, name: "pg-write")
    readers = try OwningThreads(count: max(1, configuration.readers), name: "pg-read")
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
    _ kind: TransactionKind, on threads: OwningThreads<PostgresConnection>,
    _ body: @escaping @Sendable (any SQLTransaction) throws -> Result
  ) async throws -> Result {
    let asked = ContinuousClock.now
    return try await TransactionJob.run(
      kind,
      opening: { [configuration, outage] () throws(SQLError) in
        try outage.check(since: asked)
        do throws(SQLError) {
          return try PostgresConnection(configuration, writes: kind == .write)
        } catch {
          outage.note(error)
          throw error
        }
      }, on: threads.push, body)
  }

  package func signals(on channel: String) throws -> AsyncStream<Void>? {
    try PostgresListener.signals(on: channel, of: configuration)
  }

  package func close() async {
    await readers.close()
    await writer.close()
  }
}
