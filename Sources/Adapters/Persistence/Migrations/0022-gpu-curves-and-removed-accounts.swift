import SQLAccess

extension Migration {
  /// What tasks' GPUs did, accounts that are being removed, and the newest version that a dataset's name ever had.
  ///
  /// A number in `dataset_names` is never taken back, so that a version of a name means one file for ever.
  static let gpuCurvesAndRemovedAccounts = Migration(
    "0022_gpu_curves_and_removed_accounts",
    [
      """
      CREATE TABLE gpu_samples (
        task_id \(type: .key) NOT NULL,
        attempt \(type: .integer) NOT NULL,
        seconds \(type: .integer) NOT NULL,
        gpu_index \(type: .integer) NOT NULL,
        gpu_uuid \(type: .key) NOT NULL,
        utilization \(type: .real),
        memory_used \(type: .integer) NOT NULL,
        memory_total \(type: .integer) NOT NULL,
        PRIMARY KEY (task_id, attempt, seconds, gpu_index),
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE
      ) \(tableOptions: .strict)
      """,
      "ALTER TABLE users ADD COLUMN removed_at \(type: .integer)",
      """
      CREATE TABLE dataset_names (
        user_id \(type: .key) NOT NULL,
        name \(type: .key) NOT NULL,
        newest \(type: .integer) NOT NULL,
        PRIMARY KEY (user_id, name),
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      ) \(tableOptions: .strict)
      """,
      """
      INSERT INTO dataset_names (user_id, name, newest)
      SELECT user_id, name, MAX(version) FROM datasets GROUP BY user_id, name
      """,
    ])
}
