import Concurrency
package import SQLAccess

/// A SQLite database: one connection that writes, several that read, each on a thread of its own.
///
/// See `SQLiteConfiguration` for what is promised of a commit, and `SQLDatabase` for the rest. Letting go
/// of the last reference closes it as `close()` does, without waiting.
package struct SQLiteDatabase: SQLDatabase {
  private let writer: OwningThreads<Connection>
  private let readers: OwningThreads<Connection>
  private let configuration: SQLiteConfiguration

  package var dialect: Dialect { .sqlite }

  /// Opens the database, and makes its file (mode 0600) and folder when they are missing.
  ///
  /// Throws `cannotOpen` when the path cannot be used and `corrupt` when the file is no database.
  package init(_ configuration: SQLiteConfiguration) async throws {
    if case .file(let path) = configuration.location { try DatabaseFile.prepare(path) }
    self.configuration = configuration
    writer = try OwningThreads(count: 1, name: "sqlite-write")
    readers =
      switch configuration.location {
      case .memory: writer
      case .file: try OwningThreads(count: max(1, configuration.readers), name: "sqlite-read")
      }
    // Opening is done by the thread with its first job: this one tells whether it can be done.
    _ = try await write { try $0.value("SELECT count(*) FROM sqlite_master", as: Int.self) }
  }

  package func read<Result: Sendable>(
    _ body: @escaping @Sendable (any SQLTransaction) throws -> Result
  ) async throws -> Result {
    let isReadOnly = configuration.location != .memory
    return try await TransactionJob.run(
      .read, opening: { [configuration] in try Connection(configuration, readOnly: isReadOnly) },
      on: readers.push, body)
  }

  @discardableResult
  package func write<Result: Sendable>(
    _ body: @escaping @Sendable (any SQLTransaction) throws -> Result
  ) async throws -> Result {
    try await TransactionJob.run(
      .write, opening: { [configuration] in try Connection(configuration, readOnly: false) }, on: writer.push,
      body)
  }

  package func close() async {
    await readers.close()
    // Last, so that closing it folds the log into the file.
    await writer.close()
  }
}
