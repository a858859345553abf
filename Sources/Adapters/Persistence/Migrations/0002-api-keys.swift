import SQLAccess

extension Migration {
  static let apiKeys = Migration(
    "0002_api_keys",
    [
      """
      CREATE TABLE api_keys (
        number \(type: .countingKey),
        id \(type: .key) NOT NULL UNIQUE,
        user_id \(type: .key) NOT NULL,
        name \(type: .key) NOT NULL,
        prefix \(type: .key) NOT NULL,
        hash \(type: .key) NOT NULL UNIQUE,
        created_at \(type: .integer) NOT NULL,
        last_used_at \(type: .integer),
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      ) \(tableOptions: .strict)
      """,
      "CREATE INDEX api_keys_by_user ON api_keys (user_id, number)",
    ])
}
