/// The setting DATABASE_URL, in SQLAlchemy's spelling.
///
/// | text | means |
/// |---|---|
/// | `sqlite:///luthier.db` | a file, relative to the working folder |
/// | `sqlite:////var/lib/luthier.db` | a file by its absolute path |
/// | `sqlite://`, `sqlite://:memory:`, `sqlite:///:memory:` | in memory, gone at the end |
/// | `postgresql://user:password@host:5432/db?sslmode=require` | a PostgreSQL database, with libpq's parameters |
/// | `mysql://user:password@host:3306/db?ssl_ca=/ca.pem` | a MySQL or MariaDB database |
///
/// Messages never repeat the address: it may hold a password.
package enum DatabaseURL: Sendable, Hashable {
  case sqliteFile(path: String)
  case sqliteMemory
  case postgres(ServerAddress)
  case mysql(ServerAddress)

  /// The address of a database server; what is shown of it holds no password.
  package struct ServerAddress: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
  {
    /// The whole, as the driver reads it; never to be shown.
    package let secret: String

    package init(secret: String) { self.secret = secret }

    package var description: String { "a database server" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
  }

  package init(_ text: String) throws(SQLError) {
    guard let separator = text.range(of: "://") else {
      throw SQLError(
        .malformedURL, "DATABASE_URL must look like sqlite:///luthier.db or postgresql://user@host/db")
    }
    let scheme = text[..<separator.lowerBound].lowercased()
    // SQLAlchemy names a Python driver after a plus sign; the engine stands before it.
    let engine = scheme.split(separator: "+", omittingEmptySubsequences: false).first ?? ""
    let rest = text[separator.upperBound...]
    switch engine {
    case "sqlite": try self.init(sqlitePath: rest)
    case "postgresql", "postgres":
      try Self.check(server: rest)
      self = .postgres(ServerAddress(secret: "postgresql://\(rest)"))
    case "mysql", "mariadb":
      try Self.check(server: rest)
      self = .mysql(ServerAddress(secret: "mysql://\(rest)"))
    default:
      throw SQLError(.malformedURL, "DATABASE_URL must begin with sqlite://, postgresql:// or mysql://")
    }
  }

  /// Refuses a password that would be read as a part of the host, and told to everybody with it.
  private static func check(server rest: Substring) throws(SQLError) {
    let place = rest.prefix { $0 != "?" }
    let hosts = place.prefix { $0 != "/" }
    guard place.count(where: { $0 == "@" }) <= 1, hosts.contains("@") || !place.contains("@") else {
      throw SQLError(
        .malformedURL,
        "DATABASE_URL needs %40 for @, %2F for / and %3F for ? within a user's name or password")
    }
    guard !rest.contains("\0") else { throw SQLError(.malformedURL, "DATABASE_URL holds a NUL") }
  }

  private init(sqlitePath rest: Substring) throws(SQLError) {
    if rest.isEmpty || rest == "/" || rest == ":memory:" || rest == "/:memory:" {
      self = .sqliteMemory
      return
    }
    guard rest.hasPrefix("/") else {
      throw SQLError(
        .malformedURL, "DATABASE_URL needs three slashes before a relative path: sqlite:///luthier.db")
    }
    let path = rest.dropFirst()
    guard !path.contains("?"), !path.contains("\0"), !path.hasSuffix("/") else {
      throw SQLError(.malformedURL, "DATABASE_URL must name a file, without parameters")
    }
    self = .sqliteFile(path: String(path))
  }
}

extension String {
  /// The first occurrence of `needle`; the standard library offers it only through Foundation.
  fileprivate func range(of needle: String) -> Range<String.Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(needle) { return start..<index(start, offsetBy: needle.count) }
      start = index(after: start)
    }
    return nil
  }
}
