import SQLAccess

extension Migration {
  /// How long models took to load, and what a service was loaded with.
  ///
  /// `base_model` is empty for a whole model; one row a host, engine, model and base.
  static let modelLoads = Migration(
    "0015_model_loads",
    [
      "ALTER TABLE models ADD COLUMN system_prompt \(type: .text)",
      "ALTER TABLE services ADD COLUMN system_prompt \(type: .text)",
      "ALTER TABLE services ADD COLUMN engine \(type: .key) NOT NULL DEFAULT 'llamafactory'",
      "ALTER TABLE services ADD COLUMN memory \(type: .integer) NOT NULL DEFAULT 0",
      """
      CREATE TABLE model_loads (
        number \(type: .countingKey),
        host_id \(type: .key) NOT NULL,
        engine \(type: .key) NOT NULL,
        model_path \(type: .text) NOT NULL,
        base_model \(type: .text) NOT NULL,
        milliseconds \(type: .integer) NOT NULL,
        loads \(type: .integer) NOT NULL,
        loaded_at \(type: .integer) NOT NULL
      ) \(tableOptions: .strict)
      """,
      "CREATE INDEX model_loads_by_host ON model_loads (host_id, engine)",
    ])
}
