import SQLAccess

extension Migration {
  /// What was used by whom, and how much a key may be used.
  ///
  /// `key_id` is empty for a login's token; a deleted key's rows stay. MySQL's keys hold 3,072
  /// bytes, four for a letter: a day and a key's identifier need fewer than other names.
  static let usage = Migration(
    "0014_usage",
    [
      "ALTER TABLE api_keys ADD COLUMN requests_per_minute \(type: .integer)",
      "ALTER TABLE api_keys ADD COLUMN tokens_per_day \(type: .integer)",
      """
      CREATE TABLE model_usage (
        user_id \(type: .key) NOT NULL,
        day \(sqlite: "TEXT", postgres: "VARCHAR(255) COLLATE \"C\"", mysql: "VARCHAR(64)") NOT NULL,
        key_id \(sqlite: "TEXT", postgres: "VARCHAR(255) COLLATE \"C\"", mysql: "VARCHAR(64)") NOT NULL,
        model \(type: .key) NOT NULL,
        requests \(type: .integer) NOT NULL,
        prompt_tokens \(type: .integer) NOT NULL,
        completion_tokens \(type: .integer) NOT NULL,
        failures \(type: .integer) NOT NULL,
        estimates \(type: .integer) NOT NULL,
        PRIMARY KEY (user_id, day, key_id, model),
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      ) \(tableOptions: .strict)
      """,
      "CREATE INDEX model_usage_by_day ON model_usage (day)",
    ])
}
