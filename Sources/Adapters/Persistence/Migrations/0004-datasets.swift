import SQLAccess

extension Migration {
  static let datasets = Migration(
    "0004_datasets",
    [
      """
      CREATE TABLE datasets (
        number \(type: .countingKey),
        id \(type: .key) NOT NULL UNIQUE,
        user_id \(type: .key) NOT NULL,
        filename \(type: .key) NOT NULL,
        path \(type: .text) NOT NULL,
        size \(type: .integer) NOT NULL,
        content_hash \(type: .key) NOT NULL,
        format \(type: .key) NOT NULL,
        row_count \(type: .integer) NOT NULL,
        problem_count \(type: .integer) NOT NULL,
        report \(type: .text) NOT NULL,
        created_at \(type: .integer) NOT NULL,
        UNIQUE (user_id, filename),
        FOREIGN KEY (user_id) REFERENCES users (id)
      ) \(tableOptions: .strict)
      """
    ])
}
