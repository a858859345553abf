/// Where a SQLite database is and how it is used.
///
/// Fixed, and why: write-ahead log, so that reads and the one write run beside each other; `synchronous =
/// FULL`, because what was acknowledged must survive kill -9 and a power cut (NORMAL keeps a database
/// whole but loses the last commits when the power goes); foreign keys checked; the files are for their
/// owner only (0600).
package struct SQLiteConfiguration: Sendable {
  package enum Location: Sendable, Hashable {
    /// In memory, gone when the database is closed. Reads and writes take turns on its one connection.
    case memory
    /// A file; its folder is made when missing.
    case file(path: String)
  }

  package var location: Location
  /// Connections that read, 1 or more.
  package var readers = 4
  /// How long to wait for a lock held by another process, in milliseconds, before `busy` is thrown.
  package var busyTimeoutMilliseconds = 5000
  /// Prepared statements kept per connection.
  package var statementCacheCapacity = 128

  package init(_ location: Location) {
    self.location = location
  }

  var sqlitePath: String {
    switch location {
    case .memory: ":memory:"
    // A relative name that begins with a colon or "file:" has meanings of its own.
    case .file(let path): path.hasPrefix("/") ? path : "./\(path)"
    }
  }
}
