import SQLAccess

extension Migration {
  /// GPUs of tasks, attempts and services, and what is to be removed on hosts that were away.
  ///
  /// GPUs are texts such as `0=GPU-…,1=GPU-…`, and those asked for such as `0,1`; null is none.
  static let placement = Migration(
    "0012_placement",
    [
      "ALTER TABLE tasks ADD COLUMN gpus \(type: .integer)",
      "ALTER TABLE tasks ADD COLUMN gpu_ids \(type: .text)",
      "ALTER TABLE tasks ADD COLUMN assigned_gpus \(type: .text)",
      "ALTER TABLE attempts ADD COLUMN gpus \(type: .text)",
      "ALTER TABLE services ADD COLUMN gpu \(type: .text)",
      """
      CREATE TABLE removals (
        number \(type: .countingKey),
        host_id \(type: .key) NOT NULL,
        path \(type: .text) NOT NULL
      ) \(tableOptions: .strict)
      """,
    ])
}
