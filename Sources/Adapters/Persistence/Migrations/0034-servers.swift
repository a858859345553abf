import SQLAccess

extension Migration {
  /// Servers that share this database, what each of them has in its charge, and what tells one installation from another.
  ///
  /// Times are the database's own, in milliseconds since 1970: the servers' clocks need not agree. A lease's token grows
  /// with every new holder and never falls back.
  static let servers = Migration(
    "0034_servers",
    [
      """
      CREATE TABLE servers (
        id \(type: .key) NOT NULL PRIMARY KEY,
        name \(type: .text) NOT NULL,
        url \(type: .text) NOT NULL,
        version \(type: .text) NOT NULL,
        started_at \(type: .integer) NOT NULL,
        seen_at \(type: .integer) NOT NULL
      ) \(tableOptions: .strict)
      """,
      """
      CREATE TABLE leases (
        kind \(type: .key) NOT NULL,
        subject \(type: .key) NOT NULL,
        server_id \(type: .key),
        token \(type: .integer) NOT NULL,
        expires_at \(type: .integer) NOT NULL,
        PRIMARY KEY (kind, subject)
      ) \(tableOptions: .strict)
      """,
      """
      CREATE TABLE shared_installation (
        id \(type: .integer) NOT NULL PRIMARY KEY,
        mark \(type: .key) NOT NULL,
        secret_check \(type: .key) NOT NULL,
        machine \(type: .key) NOT NULL
      ) \(tableOptions: .strict)
      """,
    ])
}
