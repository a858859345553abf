import SQLAccess

extension Migration {
  /// Tasks, the datasets they use, and their attempts.
  ///
  /// `task_datasets.dataset_id` refers to no row: a finished task still says what it used when that
  /// dataset is gone.
  static let tasks = Migration(
    "0005_tasks",
    [
      """
      CREATE TABLE tasks (
        number \(type: .countingKey),
        id \(type: .key) NOT NULL UNIQUE,
        user_id \(type: .key) NOT NULL,
        name \(type: .text) NOT NULL,
        model_name \(type: .text) NOT NULL,
        dataset_path \(type: .text) NOT NULL,
        epochs \(type: .real) NOT NULL,
        learning_rate \(type: .real) NOT NULL,
        batch_size \(type: .integer) NOT NULL,
        arguments \(type: .text) NOT NULL,
        template \(type: .key) NOT NULL,
        host_id \(type: .key) NOT NULL,
        output_directory \(type: .text) NOT NULL,
        priority \(type: .integer) NOT NULL,
        idempotency_key \(type: .key),
        created_at \(type: .integer) NOT NULL,
        state \(type: .key) NOT NULL,
        attempt \(type: .integer) NOT NULL,
        resumes \(type: .boolean) NOT NULL,
        cancel_requested \(type: .boolean) NOT NULL,
        reason \(type: .key),
        reason_detail \(type: .text),
        progress_step \(type: .integer),
        progress_total \(type: .integer),
        progress_epoch \(type: .real),
        progress_loss \(type: .real),
        progress_learning_rate \(type: .real),
        progress_elapsed \(type: .real),
        progress_remaining \(type: .real),
        unreachable_since \(type: .integer),
        updated_at \(type: .integer) NOT NULL,
        queued_at \(type: .integer),
        started_at \(type: .integer),
        ended_at \(type: .integer),
        revision \(type: .integer) NOT NULL,
        UNIQUE (user_id, idempotency_key),
        FOREIGN KEY (user_id) REFERENCES users (id)
      ) \(tableOptions: .strict)
      """,
      "CREATE INDEX tasks_by_user ON tasks (user_id, number)",
      "CREATE INDEX tasks_by_state ON tasks (state, number)",
      """
      CREATE TABLE task_datasets (
        task_id \(type: .key) NOT NULL,
        position \(type: .integer) NOT NULL,
        dataset_id \(type: .key) NOT NULL,
        PRIMARY KEY (task_id, position),
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE
      ) \(tableOptions: .strict)
      """,
      "CREATE INDEX task_datasets_by_dataset ON task_datasets (dataset_id)",
      """
      CREATE TABLE attempts (
        task_id \(type: .key) NOT NULL,
        number \(type: .integer) NOT NULL,
        directory \(type: .text) NOT NULL,
        resumes \(type: .boolean) NOT NULL,
        state \(type: .key) NOT NULL,
        exit_code \(type: .integer),
        end_signal \(type: .integer),
        reason \(type: .key),
        created_at \(type: .integer) NOT NULL,
        started_at \(type: .integer),
        ended_at \(type: .integer),
        PRIMARY KEY (task_id, number),
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE
      ) \(tableOptions: .strict)
      """,
    ])
}
