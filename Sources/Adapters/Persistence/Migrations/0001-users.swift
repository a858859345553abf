import SQLAccess

extension Migration {
  /// Users, and who came first.
  ///
  /// In this and every table, `number` counts rows as they are stored: it orders lists, also where two
  /// rows have one time or the clock went back. Names and addresses are compared by their keys, in lower case.
  static let users = Migration(
    "0001_users",
    [
      """
      CREATE TABLE users (
        number \(type: .countingKey),
        id \(type: .key) NOT NULL UNIQUE,
        username \(type: .key) NOT NULL,
        username_key \(type: .key) NOT NULL UNIQUE,
        email \(type: .key) NOT NULL,
        email_key \(type: .key) NOT NULL UNIQUE,
        password_hash \(type: .text) NOT NULL,
        role \(type: .key) NOT NULL,
        token_generation \(type: .integer) NOT NULL,
        created_at \(type: .integer) NOT NULL
      ) \(tableOptions: .strict)
      """,
      """
      CREATE TABLE installation (
        name \(type: .key) NOT NULL PRIMARY KEY,
        value \(type: .text) NOT NULL
      ) \(tableOptions: .strict)
      """,
    ])
}
