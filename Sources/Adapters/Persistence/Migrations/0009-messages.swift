import SQLAccess

extension Migration {
  /// Messages, one row each, with the one they follow.
  static let messages = Migration(
    "0009_messages",
    [
      """
      CREATE TABLE messages (
        number \(type: .countingKey),
        id \(type: .key) NOT NULL UNIQUE,
        conversation_id \(type: .key) NOT NULL,
        parent_id \(type: .key),
        role \(type: .key) NOT NULL,
        content \(type: .text) NOT NULL,
        state \(type: .key) NOT NULL,
        model \(type: .text),
        created_at \(type: .integer) NOT NULL,
        FOREIGN KEY (conversation_id) REFERENCES conversations (id) ON DELETE CASCADE
      ) \(tableOptions: .strict)
      """,
      "CREATE INDEX messages_by_conversation ON messages (conversation_id, number)",
      "CREATE INDEX messages_by_state ON messages (state)",
    ])
}
