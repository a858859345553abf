import SQLAccess

extension Migration {
  /// Whom users' conversations go to.
  ///
  /// A custom server's key is stored sealed.
  static let userConfigs = Migration(
    "0010_user_configs",
    [
      """
      CREATE TABLE user_configs (
        number \(type: .countingKey),
        user_id \(type: .key) NOT NULL,
        user_identifier \(type: .key) NOT NULL,
        current_model_type \(type: .key),
        model \(type: .text),
        max_tokens \(type: .integer) NOT NULL,
        custom_api_url \(type: .text),
        custom_model \(type: .text),
        sealed_api_key \(type: .blob),
        updated_at \(type: .integer) NOT NULL,
        UNIQUE (user_id, user_identifier),
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      ) \(tableOptions: .strict)
      """
    ])
}
