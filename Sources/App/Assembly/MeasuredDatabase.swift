import Concurrency
import SQLAccess

/// A database whose transactions are timed.
struct MeasuredDatabase: SQLDatabase {
  let database: any SQLDatabase
  let reads: DurationHistogram
  let writes: DurationHistogram

  var dialect: Dialect { database.dialect }

  func read<Result: Sendable>(_ body: @escaping @Sendable (any SQLTransaction) throws -> Result) async throws
    -> Result
  {
    let began = ContinuousClock.now
    defer { reads.record(began.duration(to: .now)) }
    return try await database.read(body)
  }

  @discardableResult
  func write<Result: Sendable>(_ body: @escaping @Sendable (any SQLTransaction) throws -> Result) async throws
    -> Result
  {
    let began = ContinuousClock.now
    defer { writes.record(began.duration(to: .now)) }
    return try await database.write(body)
  }

  func signals(on channel: String) throws -> AsyncStream<Void>? { try database.signals(on: channel) }

  func close() async { await database.close() }
}
