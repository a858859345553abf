import SQLAccess

extension Migration {
  /// Which index a conversation's questions are looked up in, and how many passages go along.
  ///
  /// No foreign key: an index that is gone is not found by its identifier, and remembered no more.
  static let conversationIndexes = Migration(
    "0029_conversation_indexes",
    [
      "ALTER TABLE conversations ADD COLUMN index_id \(type: .key)",
      "ALTER TABLE conversations ADD COLUMN index_top_k \(type: .integer)",
    ])
}
