import SQLAccess

extension Migration {
  /// Kept conversations.
  ///
  /// `tip_id` refers to no row: message and tip are written in one transaction, in either order.
  static let conversations = Migration(
    "0008_conversations",
    [
      """
      CREATE TABLE conversations (
        number \(type: .countingKey),
        id \(type: .key) NOT NULL UNIQUE,
        user_id \(type: .key) NOT NULL,
        title \(type: .text) NOT NULL,
        tip_id \(type: .key),
        message_count \(type: .integer) NOT NULL,
        created_at \(type: .integer) NOT NULL,
        updated_at \(type: .integer) NOT NULL,
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      ) \(tableOptions: .strict)
      """,
      "CREATE INDEX conversations_by_user ON conversations (user_id, updated_at, number)",
    ])
}
