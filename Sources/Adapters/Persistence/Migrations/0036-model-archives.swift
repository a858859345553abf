import SQLAccess

extension Migration {
  /// Copies of models in the server's store, and models on their way from there to a host.
  ///
  /// Rows outlive their model and their user until the files are removed. The files are JSON: they are only ever read
  /// together.
  static let modelArchives = Migration(
    "0036_model_archives",
    [
      """
      CREATE TABLE model_archives (
        number \(type: .countingKey),
        id \(type: .key) NOT NULL UNIQUE,
        user_id \(type: .key) NOT NULL,
        model_id \(type: .key) NOT NULL,
        state \(type: .key) NOT NULL,
        files \(type: .text) NOT NULL,
        size \(type: .integer) NOT NULL,
        reason \(type: .text),
        created_at \(type: .integer) NOT NULL,
        ended_at \(type: .integer)
      ) \(tableOptions: .strict)
      """,
      "CREATE INDEX model_archives_by_model ON model_archives (model_id, number)",
      "CREATE INDEX model_archives_by_user ON model_archives (user_id)",
      """
      CREATE TABLE model_restores (
        id \(type: .key) NOT NULL PRIMARY KEY,
        user_id \(type: .key) NOT NULL,
        host_id \(type: .key) NOT NULL,
        path \(type: .text) NOT NULL,
        created_at \(type: .integer) NOT NULL
      ) \(tableOptions: .strict)
      """,
    ])
}
