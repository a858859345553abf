import SQLAccess

extension Migration {
  /// Files of one name as versions of it, and uploads that come in parts.
  ///
  /// A dataset that was there before is the first version of its own file name. An upload that became a dataset is
  /// kept for a while with it, so that asking twice gives the same answer; nothing refers to the dataset, which may
  /// be deleted.
  static let datasetVersions = Migration(
    "0020_dataset_versions",
    [
      "ALTER TABLE datasets ADD COLUMN name \(type: .key) NOT NULL DEFAULT ''",
      "ALTER TABLE datasets ADD COLUMN version \(type: .integer) NOT NULL DEFAULT 1",
      "UPDATE datasets SET name = filename",
      "CREATE UNIQUE INDEX datasets_by_version ON datasets (user_id, name, version)",
      """
      CREATE TABLE dataset_uploads (
        number \(type: .countingKey),
        id \(type: .key) NOT NULL UNIQUE,
        user_id \(type: .key) NOT NULL,
        filename \(type: .key) NOT NULL,
        size \(type: .integer) NOT NULL,
        dataset_id \(type: .key),
        created_at \(type: .integer) NOT NULL,
        touched_at \(type: .integer) NOT NULL,
        FOREIGN KEY (user_id) REFERENCES users (id)
      ) \(tableOptions: .strict)
      """,
      "CREATE INDEX dataset_uploads_by_user ON dataset_uploads (user_id)",
    ])
}
