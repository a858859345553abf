import SQLAccess

extension Migration {
  /// The list of conversations in its order, so that a page of it is read and nothing else.
  static let conversationPages = Migration(
    "0017_conversation_pages",
    [
      """
      CREATE INDEX conversations_by_page ON conversations (user_id, archived, pinned, updated_at, number)
      """
    ])
}
