/// Conversations.
///
/// `owner` is part of every query: another user's row is not found.
package protocol ConversationStoring: Sendable {
  /// Stores a new conversation and forgets those of its user that were longest not used, so that at
  /// most `keeping` are left, in one transaction.
  func insert(_ conversation: Conversation, keeping: Int) async throws(DomainError)
  func conversation(_ id: ConversationID, owner: UserID) async throws(DomainError) -> Conversation?
  /// The last used first.
  func conversations(owner: UserID) async throws(DomainError) -> [Conversation]
  /// Deletes it with its messages; false where the user has no such conversation.
  func delete(_ id: ConversationID, owner: UserID) async throws(DomainError) -> Bool
}

/// Messages of conversations.
package protocol MessageStoring: Sendable {
  /// The path from the first message to the tip; nil where the user has no such conversation.
  func path(of id: ConversationID, owner: UserID) async throws(DomainError) -> [StoredMessage]?
  /// Stores a question and its reply behind the question's parent, and moves the tip, in one
  /// transaction. False, and nothing stored, where the user has no such conversation or its tip is not
  /// that parent any more.
  func append(_ exchange: NewExchange, owner: UserID) async throws(DomainError) -> Bool
  /// Writes what came of a reply so far. A reply that has ended without a word is taken away, and the
  /// tip goes back to the question. False where the reply is not there or has ended already.
  func write(_ id: MessageID, content: String, state: StoredMessage.State, at: Timestamp)
    async throws(DomainError) -> Bool
  /// Takes every message away; false where the user has no such conversation.
  func clear(_ id: ConversationID, owner: UserID, at: Timestamp) async throws(DomainError) -> Bool
  /// Marks the replies that nobody writes any more, at the start of the server; returns how many.
  func interruptUnfinished(at: Timestamp) async throws(DomainError) -> Int
}

/// Users' chat configurations.
package protocol ChatConfigStoring: Sendable {
  func config(of user: UserID, identifier: String) async throws(DomainError) -> UserChatConfig?
  /// Stores it, in place of an earlier one; a common guest's longest unused ones past 10,000 are forgotten.
  func save(_ config: UserChatConfig) async throws(DomainError)
}
