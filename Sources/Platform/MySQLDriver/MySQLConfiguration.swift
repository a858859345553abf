package import SQLAccess

/// Where a MySQL or MariaDB database is, and how many of its connections one server takes.
package struct MySQLConfiguration: Sendable {
  let address: MySQLAddress
  /// Connections for reads, at least 1; one more writes.
  package var readers: Int
  /// Whether to keep other servers off the database, until the connection that writes is gone.
  package var isForServer: Bool
  /// Seconds that a transaction which writes may do nothing: a client that stands still must not hold up the others.
  ///
  /// MariaDB ends the connection then; MySQL does after a minute.
  package var writerRest = 15

  /// - Parameter address: `mysql://user:password@host:3306/database?…`; it may hold a password.
  /// - Throws: `malformedURL` where it says too little, or something unknown.
  package init(address: String, readers: Int = 4, isForServer: Bool = false) throws(SQLError) {
    self.address = try MySQLAddress(address)
    self.readers = readers
    self.isForServer = isForServer
  }
}

extension MySQLConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  // The address may hold a password.
  package var description: String { "MySQL, \(readers) readers" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
