/// A kept conversation.
///
/// Its messages form a tree, each row with its parent; the conversation is the path from the root to
/// its tip.
package struct Conversation: Sendable, Equatable {
  /// Who gave the title; a later origin replaces an earlier one, never the other way.
  package enum TitleOrigin: String, Sendable { case local, model, user }

  /// The documents' `session_id`.
  package let id: ConversationID
  package let userID: UserID
  /// Empty until the first message.
  package var title: String
  package var titleOrigin: TitleOrigin
  /// Stands above the others, and is never forgotten for a newer one.
  package var isPinned: Bool
  /// Put away: out of the list, found by search.
  package var isArchived: Bool
  /// In the user's order, without doubles.
  package var tags: [String]
  /// How its replies are asked for; empty in lists, which do not read it.
  package var settings: ChatSettings
  /// Where its questions are looked up; nil: nowhere, also where the index is gone, and in lists.
  package var index: RememberedIndex?
  /// The newest message of the path; nil while there is none.
  package var tip: MessageID?
  /// Messages on the path.
  package var messageCount: Int
  package let createdAt: Timestamp
  package var updatedAt: Timestamp

  package init(
    id: ConversationID, userID: UserID, title: String = "", titleOrigin: TitleOrigin = .local,
    isPinned: Bool = false, isArchived: Bool = false, tags: [String] = [],
    settings: ChatSettings = ChatSettings(), index: RememberedIndex? = nil, tip: MessageID? = nil,
    messageCount: Int = 0, createdAt: Timestamp, updatedAt: Timestamp
  ) {
    self.index = index
    self.id = id
    self.userID = userID
    self.title = title
    self.titleOrigin = titleOrigin
    self.isPinned = isPinned
    self.isArchived = isArchived
    self.tags = tags
    self.settings = settings
    self.tip = tip
    self.messageCount = messageCount
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// What a user changes about a conversation; nil leaves a part as it is.
package struct ConversationChange: Sendable, Equatable {
  package var title: String?
  package var isPinned: Bool?
  package var isArchived: Bool?
  package var tags: [String]?
  /// All of them at once: a part that is nil in it is taken away.
  package var settings: ChatSettings?
  /// Where its questions are looked up from now on: nil within it is nowhere.
  package var index: RememberedIndex??

  package init(
    title: String? = nil, isPinned: Bool? = nil, isArchived: Bool? = nil, tags: [String]? = nil,
    settings: ChatSettings? = nil, index: RememberedIndex?? = nil
  ) {
    self.index = index
    self.title = title
    self.isPinned = isPinned
    self.isArchived = isArchived
    self.tags = tags
    self.settings = settings
  }
}

/// Which conversations a list shows.
package struct ConversationFilter: Sendable, Equatable {
  /// False: those in use; true: those put away.
  package var isArchived: Bool
  package var tag: String?
  /// Those that come behind this place; nil: from the beginning.
  package var after: ConversationPlace?
  /// At most so many, 1 or more.
  package var limit: Int

  package init(
    isArchived: Bool = false, tag: String? = nil, after: ConversationPlace? = nil, limit: Int = 500
  ) {
    self.isArchived = isArchived
    self.tag = tag
    self.after = after
    self.limit = limit
  }
}

/// A conversation's place in the list: pinned ones first, then the last used.
///
/// It stays a place also when its conversation has moved or gone.
package struct ConversationPlace: Sendable, Equatable {
  package let isPinned: Bool
  package let updatedAt: Timestamp
  package let number: Int64

  package init(isPinned: Bool, updatedAt: Timestamp, number: Int64) {
    self.isPinned = isPinned
    self.updatedAt = updatedAt
    self.number = number
  }

  /// As callers get it and give it back.
  package var text: String { "\(isPinned ? 1 : 0).\(updatedAt.milliseconds).\(number)" }

  /// Nil for a text that is none.
  package init?(text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int64($0) }
    guard parts.count == 3, let pinned = parts[0], let updated = parts[1], let number = parts[2],
      pinned == 0 || pinned == 1
    else { return nil }
    self.init(isPinned: pinned == 1, updatedAt: Timestamp(milliseconds: updated), number: number)
  }
}

/// A part of a list of conversations.
package struct ConversationPage: Sendable, Equatable {
  package let conversations: [Conversation]
  /// Where the rest begins; nil at the end.
  package let next: ConversationPlace?

  package init(conversations: [Conversation], next: ConversationPlace? = nil) {
    self.conversations = conversations
    self.next = next
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
  /// Messages of the path that did not fit into the model's window when this reply was asked for.
  package let leftOut: Int
  /// Of a reply: why it ended too early.
  ///
  /// Of a question: why the last try to answer it gave no word.
  package let failure: ReplyFailure?
  /// Of a reply: the passages that went along with its question, in the order of their numbers.
  package let sources: [FoundPassage]
  package let createdAt: Timestamp

  package init(
    id: MessageID, conversationID: ConversationID, parent: MessageID?, role: ChatTurn.Role, content: String,
    state: State = .complete, model: String? = nil, leftOut: Int = 0, failure: ReplyFailure? = nil,
    sources: [FoundPassage] = [], createdAt: Timestamp
  ) {
    self.id = id
    self.conversationID = conversationID
    self.parent = parent
    self.role = role
    self.content = content
    self.state = state
    self.model = model
    self.leftOut = leftOut
    self.failure = failure
    self.sources = sources
    self.createdAt = createdAt
  }
}

/// A question and the reply that is about to be written, stored together.
package struct NewExchange: Sendable, Equatable {
  /// Nil where a question that is there already is answered once more.
  package let question: StoredMessage?
  /// Empty, and streaming.
  package let reply: StoredMessage
  /// The tip as the caller saw it: stored only while it is still that.
  package let tip: MessageID?
  /// Given to a conversation that has none yet.
  package let title: String

  package init(question: StoredMessage?, reply: StoredMessage, tip: MessageID?, title: String) {
    self.question = question
    self.reply = reply
    self.tip = tip
    self.title = title
  }

  /// The message both are put behind; nil at the begin of a conversation.
  package var parent: MessageID? { question == nil ? reply.parent : question?.parent }
}
