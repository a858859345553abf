import SQLAccess

extension Migration {
  /// Models that scans of the hosts came upon.
  ///
  /// `user_id` is null for what everyone may use; the words of a scan stand for no row, so nothing refers to users
  /// or tasks, which may be gone.
  static let discoveredModels = Migration(
    "0016_discovered_models",
    [
      """
      CREATE TABLE discovered_models (
        number \(type: .countingKey),
        id \(type: .key) NOT NULL UNIQUE,
        host_id \(type: .key) NOT NULL,
        user_id \(type: .key),
        path \(type: .text) NOT NULL,
        private_path \(type: .text),
        name \(type: .text) NOT NULL,
        kind \(type: .key) NOT NULL,
        model_group \(type: .key) NOT NULL,
        stage \(type: .key),
        base_model \(type: .text),
        model_type \(type: .text),
        template \(type: .key) NOT NULL,
        has_template \(type: .boolean) NOT NULL,
        size \(type: .integer) NOT NULL,
        modified_at \(type: .integer) NOT NULL,
        checkpoints \(type: .text) NOT NULL,
        task_id \(type: .key),
        attempt \(type: .integer),
        dataset_hashes \(type: .text),
        gone_at \(type: .integer)
      ) \(tableOptions: .strict)
      """,
      "CREATE INDEX discovered_models_by_host ON discovered_models (host_id)",
      "CREATE INDEX discovered_models_by_user ON discovered_models (user_id)",
    ])
}
