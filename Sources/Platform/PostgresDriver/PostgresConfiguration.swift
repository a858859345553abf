/// Where a PostgreSQL database is, and how many of its connections one server takes.
package struct PostgresConfiguration: Sendable {
  /// The address, `postgresql://user:password@host:port/database?…`, with libpq's parameters; never shown.
  let address: String
  /// Connections for reads, at least 1; one more writes.
  package var readers: Int
  /// Whether to keep other servers off the database, until the connection that writes is gone.
  package var isForServer: Bool
  /// Seconds that a transaction which writes may do nothing: a client that stands still must not hold up the others.
  package var writerRest = 15

  /// - Parameter address: a URI that libpq understands; it may hold a password.
  package init(address: String, readers: Int = 4, isForServer: Bool = false) {
    self.address = address
    self.readers = readers
    self.isForServer = isForServer
  }
}

extension PostgresConfiguration: CustomStringConvertible, CustomDebugStringConvertible {
  // The address may hold a password.
  package var description: String { "PostgreSQL, \(readers) readers" }
  package var debugDescription: String { description }
}
