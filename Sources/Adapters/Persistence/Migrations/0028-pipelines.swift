import SQLAccess

extension Migration {
  /// Runs of pipelines.
  ///
  /// What is to be done and how each step stands is JSON: it is only ever read whole. Addresses that are told of a run
  /// may hold a secret of their own, and are sealed.
  static let pipelines = Migration(
    "0028_pipelines",
    [
      """
      CREATE TABLE pipeline_runs (
        number \(type: .countingKey),
        id \(type: .key) NOT NULL UNIQUE,
        user_id \(type: .key) NOT NULL,
        pipeline \(type: .text) NOT NULL,
        sealed_webhooks \(type: .blob),
        steps \(type: .text) NOT NULL,
        state \(type: .key) NOT NULL,
        cancel_requested \(type: .boolean) NOT NULL,
        idempotency_key \(type: .key),
        created_at \(type: .integer) NOT NULL,
        updated_at \(type: .integer) NOT NULL,
        ended_at \(type: .integer),
        revision \(type: .integer) NOT NULL,
        UNIQUE (user_id, idempotency_key),
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      ) \(tableOptions: .strict)
      """,
      "CREATE INDEX pipeline_runs_by_user ON pipeline_runs (user_id, number)",
      "CREATE INDEX pipeline_runs_by_state ON pipeline_runs (state)",
    ])
}
