package import Domain
package import SQLAccess

/// A database to which only the holder of a lease writes.
///
/// Each write looks at the lease in its own transaction: what was begun before another server took over comes to
/// nothing, however late it comes.
package struct FencedDatabase: SQLDatabase {
  private let database: any SQLDatabase
  private let subject: LeaseSubject
  private let token: @Sendable () -> Int64?

  /// - Parameter token: what this server holds the lease by; nil while it does not.
  package init(
    _ database: any SQLDatabase, by subject: LeaseSubject, token: @escaping @Sendable () -> Int64?
  ) {
    self.database = database
    self.subject = subject
    self.token = token
  }

  package var dialect: Dialect { database.dialect }

  package func read<Result: Sendable>(
    _ body: @escaping @Sendable (any SQLTransaction) throws -> Result
  ) async throws -> Result {
    try await database.read(body)
  }

  /// Throws `notInCharge` where the lease is not held, or is another server's now.
  @discardableResult
  package func write<Result: Sendable>(
    _ body: @escaping @Sendable (any SQLTransaction) throws -> Result
  ) async throws -> Result {
    guard let token = token() else { throw Self.refusal }
    return try await database.write { [subject] transaction in
      guard try transaction.holds(subject, token: token) else { throw Self.refusal }
      return try body(transaction)
    }
  }

  package func signals(on channel: String) throws -> AsyncStream<Void>? { try database.signals(on: channel) }

  package func close() async { await database.close() }

  private static let refusal = SQLError(.notInCharge, "another server is in charge")
}
