/// Conversations.
///
/// `owner` is part of every query: another user's row is not found.
package protocol ConversationStoring: Sendable {
  /// Stores a new conversation and forgets those of its user that were longest not used, so that at
  /// most `keeping` are left, in one transaction. Pinned ones are not forgotten.
  func insert(_ conversation: Conversation, keeping: Int) async throws(DomainError)
  /// The same with its messages, which form a tree with the conversation's tip in it.
  func insert(_ conversation: Conversation, messages: [StoredMessage], keeping: Int)
    async throws(DomainError)
  func conversation(_ id: ConversationID, owner: UserID) async throws(DomainError) -> Conversation?
  /// Pinned ones first, then the last used.
  func conversations(owner: UserID, filter: ConversationFilter) async throws(DomainError) -> ConversationPage
  /// Changes what a user may; nil where the user has no such conversation.
  func update(_ id: ConversationID, owner: UserID, _ change: ConversationChange)
    async throws(DomainError) -> Conversation?
  /// Gives a title the model made, unless a user has given one.
  func improveTitle(_ id: ConversationID, to title: String) async throws(DomainError)
  /// Deletes it with its messages; false where the user has no such conversation.
  func delete(_ id: ConversationID, owner: UserID) async throws(DomainError) -> Bool
}

/// Messages of conversations.
package protocol MessageStoring: Sendable {
  /// All messages and the tip; nil where the user has no such conversation.
  func tree(of id: ConversationID, owner: UserID) async throws(DomainError) -> MessageTree?
  /// Stores a question, its reply, or both, and moves the tip to the reply, in one transaction. False, and nothing
  /// stored, where the user has no such conversation, its tip is another by now, or the parent is not in it.
  func append(_ exchange: NewExchange, owner: UserID) async throws(DomainError) -> Bool
  /// Moves the tip to another message of the conversation; false where there is no such message.
  func moveTip(of id: ConversationID, to message: MessageID, owner: UserID) async throws(DomainError) -> Bool
  /// Writes what came of a reply so far. A reply that has ended without a word is taken away, and the
  /// tip goes back to the question, which keeps `failure` in its place. False where the reply is not there or has
  /// ended already.
  func write(
    _ id: MessageID, content: String, state: StoredMessage.State, failure: ReplyFailure?, at: Timestamp
  )
    async throws(DomainError) -> Bool
  /// Takes every message away; false where the user has no such conversation.
  func clear(_ id: ConversationID, owner: UserID, at: Timestamp) async throws(DomainError) -> Bool
  /// Marks the replies that nobody writes any more, at the start of the server; returns how many.
  func interruptUnfinished(at: Timestamp) async throws(DomainError) -> Int
}

/// A message that a search found.
package struct FoundMessage: Sendable, Equatable {
  package let conversationID: ConversationID
  package let title: String
  package let messageID: MessageID
  package let role: ChatTurn.Role
  package let content: String
  package let createdAt: Timestamp

  package init(
    conversationID: ConversationID, title: String, messageID: MessageID, role: ChatTurn.Role,
    content: String, createdAt: Timestamp
  ) {
    self.conversationID = conversationID
    self.title = title
    self.messageID = messageID
    self.role = role
    self.content = content
    self.createdAt = createdAt
  }
}

/// Full-text search in messages.
package protocol MessageSearching: Sendable {
  /// The newest messages of a user that have all the terms, in any branch.
  func messages(owner: UserID, having terms: [SearchText.Term], limit: Int)
    async throws(DomainError) -> [FoundMessage]
  /// Takes a batch of messages of before there was an index into it; false when none is left.
  func indexBacklog() async throws(DomainError) -> Bool
}

/// Users' chat configurations.
package protocol ChatConfigStoring: Sendable {
  func config(of user: UserID, identifier: String) async throws(DomainError) -> UserChatConfig?
  /// Stores it, in place of an earlier one; a common guest's longest unused ones past 10,000 are forgotten.
  func save(_ config: UserChatConfig) async throws(DomainError)
}

/// Users' own presets.
package protocol PresetStoring: Sendable {
  /// A user's presets by name.
  func presets(owner: UserID) async throws(DomainError) -> [SavedPreset]
  /// Throws `conflict` where the user has one of this name, and `quota_exceeded` where there are `limit` already.
  func insert(_ preset: SavedPreset, limit: Int) async throws(DomainError)
  func preset(_ id: PresetID, owner: UserID) async throws(DomainError) -> SavedPreset?
  /// Stores a changed one; false where the user has no such preset. Throws `conflict` as `insert` does.
  func update(_ preset: SavedPreset) async throws(DomainError) -> Bool
  /// False where the user has no such preset.
  func delete(_ id: PresetID, owner: UserID) async throws(DomainError) -> Bool
}

/// Users' comparisons.
package protocol ComparisonStoring: Sendable {
  /// Throws `quota_exceeded` where the user has `limit` already.
  func insert(_ comparison: Comparison, limit: Int) async throws(DomainError)
  /// The newest first, those behind `after`.
  func comparisons(owner: UserID, after: Int64?, limit: Int) async throws(DomainError) -> ComparisonPage
  /// How a user's models came out, the most compared first.
  func scores(owner: UserID) async throws(DomainError) -> [ModelScore]
  /// False where the user has no such comparison.
  func delete(_ id: ComparisonID, owner: UserID) async throws(DomainError) -> Bool
}
