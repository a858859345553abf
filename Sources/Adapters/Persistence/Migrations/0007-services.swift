import SQLAccess

extension Migration {
  /// Running model services.
  ///
  /// The engine's key is stored sealed.
  static let services = Migration(
    "0007_services",
    [
      """
      CREATE TABLE services (
        number \(type: .countingKey),
        id \(type: .key) NOT NULL UNIQUE,
        user_id \(type: .key) NOT NULL,
        host_id \(type: .key) NOT NULL,
        model_path \(type: .text) NOT NULL,
        base_model \(type: .text),
        template \(type: .key) NOT NULL,
        directory \(type: .text) NOT NULL,
        port \(type: .integer) NOT NULL,
        sealed_key \(type: .blob) NOT NULL,
        state \(type: .key) NOT NULL,
        reason \(type: .text),
        created_at \(type: .integer) NOT NULL,
        last_used_at \(type: .integer) NOT NULL,
        FOREIGN KEY (user_id) REFERENCES users (id)
      ) \(tableOptions: .strict)
      """,
      "CREATE INDEX services_by_state ON services (state, number)",
    ])
}
