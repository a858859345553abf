import SQLAccess

extension Migration {
  /// The users' lists of models.
  ///
  /// `task_id` refers to no row: a model outlives the record of its task.
  static let models = Migration(
    "0006_models",
    [
      """
      CREATE TABLE models (
        number \(type: .countingKey),
        id \(type: .key) NOT NULL UNIQUE,
        user_id \(type: .key) NOT NULL,
        name \(type: .text) NOT NULL,
        kind \(type: .key) NOT NULL,
        host_id \(type: .key) NOT NULL,
        path \(type: .text) NOT NULL,
        base_model \(type: .text),
        template \(type: .key) NOT NULL,
        task_id \(type: .key),
        size \(type: .integer),
        created_at \(type: .integer) NOT NULL,
        FOREIGN KEY (user_id) REFERENCES users (id)
      ) \(tableOptions: .strict)
      """,
      "CREATE INDEX models_by_user ON models (user_id, number)",
      "CREATE INDEX models_by_task ON models (task_id)",
    ])
}
