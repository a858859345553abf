/// A kept conversation.
///
/// Its messages form a tree, each row with its parent; the conversation is the path from the root to
/// its tip.
package struct Conversation: Sendable, Equatable {
  /// The documents' `session_id`.
  package let id: ConversationID
  package let userID: UserID
  /// Empty until the first message.
  package var title: String
  /// The newest message of the path; nil while there is none.
  package var tip: MessageID?
  /// Messages on the path.
  package var messageCount: Int
  package let createdAt: Timestamp
  package var updatedAt: Timestamp

  package init(
    id: ConversationID, userID: UserID, title: String = "", tip: MessageID? = nil, messageCount: Int = 0,
    createdAt: Timestamp, updatedAt: Timestamp
  ) {
    self.id = id
    self.userID = userID
    self.title = title
    self.tip = tip
    self.messageCount = messageCount
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// One message of a conversation.
package struct StoredMessage: Sendable, Equatable {
  /// How far a reply is; a user's message is always complete.
  package enum State: String, Sendable {
    case complete
    /// Being written now.
    case streaming
    /// The user stopped it; what came is kept.
    case stopped
    /// The server ended while it was written; what came is kept.
    case interrupted
    /// The model failed in the middle; what came is kept.
    case failed
  }

  package let id: MessageID
  package let conversationID: ConversationID
  package let parent: MessageID?
  package let role: ChatTurn.Role
  package var content: String
  package var state: State
  /// What answered, in the words of the user's list; nil for a user's message.
  package let model: String?
  package let createdAt: Timestamp

  package init(
    id: MessageID, conversationID: ConversationID, parent: MessageID?, role: ChatTurn.Role, content: String,
    state: State = .complete, model: String? = nil, createdAt: Timestamp
  ) {
    self.id = id
    self.conversationID = conversationID
    self.parent = parent
    self.role = role
    self.content = content
    self.state = state
    self.model = model
    self.createdAt = createdAt
  }
}

/// A question and the reply that is about to be written, stored together.
package struct NewExchange: Sendable, Equatable {
  package let question: StoredMessage
  /// Empty, and streaming.
  package let reply: StoredMessage
  /// Given to a conversation that has none yet.
  package let title: String

  package init(question: StoredMessage, reply: StoredMessage, title: String) {
    self.question = question
    self.reply = reply
    self.title = title
  }
}
