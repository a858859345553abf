/// `POST /conversations`.
package struct CreateConversationReply: Codable, Sendable {
  package let sessionID: String
  package let message: String

  package init(sessionID: String, message: String) {
    self.sessionID = sessionID
    self.message = message
  }

  private enum CodingKeys: String, CodingKey { case sessionID = "session_id", message }
}

package struct ConversationReply: Codable, Sendable {
  package let sessionID: String
  package let title: String
  package let createdAt: String
  package let updatedAt: String
  package let messageCount: Int
  /// Stands above the others and is never forgotten for a newer one.
  package let pinned: Bool
  /// Put away: only in the list with `archived=true`, and found by search.
  package let archived: Bool
  package let tags: [String]
  /// Where there are any; left out in lists.
  package let settings: ChatSettingsBody?
  /// The index its questions are looked up in, by its name; left out where there is none, and in lists.
  package let index: String?
  /// How many passages of it go along with a question.
  package let indexTopK: Int?

  package init(
    sessionID: String, title: String, createdAt: String, updatedAt: String, messageCount: Int, pinned: Bool,
    archived: Bool, tags: [String], settings: ChatSettingsBody? = nil, index: String? = nil,
    indexTopK: Int? = nil
  ) {
    self.settings = settings
    self.index = index
    self.indexTopK = indexTopK
    self.sessionID = sessionID
    self.title = title
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.messageCount = messageCount
    self.pinned = pinned
    self.archived = archived
    self.tags = tags
  }

  private enum CodingKeys: String, CodingKey {
    case sessionID = "session_id", title, createdAt = "created_at", updatedAt = "updated_at"
    case messageCount = "message_count", pinned, archived, tags, settings, index, indexTopK = "index_top_k"
  }
}

/// `PATCH /conversations/{session_id}`; what is left out stays as it is.
package struct UpdateConversationRequest: Codable, Sendable {
  /// 1 to 200 printable characters.
  package let title: String?
  package let pinned: Bool?
  package let archived: Bool?
  /// At most 20, each of 1 to 50 printable characters.
  package let tags: [String]?
  /// How its replies are asked for, all at once: a part that is left out in it is taken away.
  package let settings: ChatSettingsBody?
  /// An index of mine, its identifier or its name, that questions are looked up in from now on; empty: none.
  package let index: String?
  /// Beside `index`: passages that go along with a question, 1 to 50; default 5.
  package let indexTopK: Int?

  package init(
    title: String? = nil, pinned: Bool? = nil, archived: Bool? = nil, tags: [String]? = nil,
    settings: ChatSettingsBody? = nil, index: String? = nil, indexTopK: Int? = nil
  ) {
    self.index = index
    self.indexTopK = indexTopK
    self.title = title
    self.pinned = pinned
    self.archived = archived
    self.tags = tags
    self.settings = settings
  }

  private enum CodingKeys: String, CodingKey {
    case title, pinned, archived, tags, settings, index, indexTopK = "index_top_k"
  }
}

/// `POST /conversations/{session_id}/branch`.
package struct SelectBranchRequest: Codable, Sendable {
  package let messageID: String

  private enum CodingKeys: String, CodingKey { case messageID = "message_id" }
}

/// `POST /conversations/{session_id}/regenerate`.
package struct RegenerateRequest: Codable, Sendable {
  /// The reply to be made anew, or a message to be answered again; the last one where left out.
  package let messageID: String?
  package let userID: String?
  /// 0 to 2.
  package let temperature: Double?
  /// 1 to 32,768.
  package let maxTokens: Int?
  package let model: String?
  package let stream: Bool?
  /// A server for this reply, in place of `model` and of the configuration's.
  package let backend: AnsweringBackend?
  /// An index of mine, its identifier or its name: what it has of the question goes along with it.
  ///
  /// The conversation's own where left out; empty: none.
  package let index: String?
  /// Passages of the index, 1 to 50; default 5.
  package let indexTopK: Int?

  package init(
    messageID: String? = nil, model: String? = nil, stream: Bool? = nil, backend: AnsweringBackend? = nil,
    index: String? = nil, indexTopK: Int? = nil
  ) {
    self.index = index
    self.indexTopK = indexTopK
    self.messageID = messageID
    userID = nil
    temperature = nil
    maxTokens = nil
    self.model = model
    self.stream = stream
    self.backend = backend
  }

  private enum CodingKeys: String, CodingKey {
    case messageID = "message_id", userID = "user_id", temperature, maxTokens = "max_tokens", model, stream
    case backend, index, indexTopK = "index_top_k"
  }
}

/// `GET /conversations/search`: newest first.
package struct ConversationSearchReply: Codable, Sendable {
  package struct Result: Codable, Sendable {
    package let sessionID: String
    package let title: String
    package let messageID: String
    package let role: ChatRole
    /// The text around the first place that was found, at most 120 characters.
    package let excerpt: String
    package let createdAt: String

    package init(
      sessionID: String, title: String, messageID: String, role: ChatRole, excerpt: String, createdAt: String
    ) {
      self.sessionID = sessionID
      self.title = title
      self.messageID = messageID
      self.role = role
      self.excerpt = excerpt
      self.createdAt = createdAt
    }

    private enum CodingKeys: String, CodingKey {
      case sessionID = "session_id", title, messageID = "message_id", role, excerpt, createdAt = "created_at"
    }
  }

  package let results: [Result]
  package init(results: [Result]) { self.results = results }
}

/// `GET /conversations`: the last used first.
package struct ConversationListReply: Codable, Sendable {
  package let conversations: [ConversationReply]
  /// Where there are more: to be given as `after`.
  package let next: String?

  package init(conversations: [ConversationReply], next: String? = nil) {
    self.conversations = conversations
    self.next = next
  }
}

package enum MessageStatus: String, WireEnum { case complete, streaming, stopped, interrupted, failed }

/// Why a reply did not come, or not whole.
package struct ReplyFailureReply: Codable, Sendable {
  package let code: String
  package let message: String
  package let hint: String?

  package init(code: String, message: String, hint: String?) {
    self.code = code
    self.message = message
    self.hint = hint
  }
}

/// A stored message.
package struct MessageReplyEntry: Codable, Sendable {
  package let role: ChatRole
  package let content: String
  package let messageID: String
  /// How the reply ended; `streaming` while it is being written.
  package let status: MessageStatus
  /// What answered.
  package let model: String?
  package let createdAt: String
  /// The message this one follows; none for a first one.
  package let parentID: String?
  /// The identifiers of what stands in this place in all branches, oldest first, this one among them.
  package let versions: [String]
  /// Messages before it that did not fit into the model's window when this reply was asked for.
  package let leftOut: Int?
  /// Of a reply: why it ended too early.
  ///
  /// Of a question: why the last try to answer it gave no word.
  package let failure: ReplyFailureReply?
  /// Of a reply: what went along with its question, where an index was named.
  package let sources: [SourceReply]?

  package init(
    role: ChatRole, content: String, messageID: String, status: MessageStatus, model: String?,
    createdAt: String, parentID: String?, versions: [String], leftOut: Int?,
    failure: ReplyFailureReply? = nil, sources: [SourceReply]? = nil
  ) {
    self.failure = failure
    self.sources = sources
    self.parentID = parentID
    self.versions = versions
    self.leftOut = leftOut
    self.role = role
    self.content = content
    self.messageID = messageID
    self.status = status
    self.model = model
    self.createdAt = createdAt
  }

  private enum CodingKeys: String, CodingKey {
    case role, content, messageID = "message_id", status, model, createdAt = "created_at"
    case parentID = "parent_id", versions, leftOut = "left_out", failure, sources
  }
}

/// `GET /conversations/{session_id}/history`: the branch that is chosen.
package struct HistoryReply: Codable, Sendable {
  package let sessionID: String
  package let messages: [MessageReplyEntry]

  package init(sessionID: String, messages: [MessageReplyEntry]) {
    self.sessionID = sessionID
    self.messages = messages
  }

  private enum CodingKeys: String, CodingKey { case sessionID = "session_id", messages }
}

/// `POST /chat`.
package struct SendMessageRequest: Codable, Sendable {
  /// With a login it may be left out, and is the caller's own otherwise; guests choose one.
  package let userID: String?
  package let sessionID: String
  package let message: String
  /// 0 to 2.
  package let temperature: Double?
  /// 1 to 32,768; the configuration's where left out.
  package let maxTokens: Int?
  package let stream: Bool?
  /// A model for this message, in place of the configuration's.
  package let model: String?
  /// A message of mine that this one stands in place of; that one stays, in a branch of its own.
  package let edits: String?
  /// A server for this message, in place of `model` and of the configuration's.
  package let backend: AnsweringBackend?
  /// An index of mine, its identifier or its name: what it has of the message goes along with it.
  ///
  /// The conversation's own where left out; empty: none.
  package let index: String?
  /// Passages of the index, 1 to 50; default 5.
  package let indexTopK: Int?

  package init(
    sessionID: String, message: String, stream: Bool? = nil, model: String? = nil, edits: String? = nil,
    backend: AnsweringBackend? = nil, index: String? = nil, indexTopK: Int? = nil
  ) {
    self.index = index
    self.indexTopK = indexTopK
    userID = nil
    self.sessionID = sessionID
    self.message = message
    temperature = nil
    maxTokens = nil
    self.stream = stream
    self.model = model
    self.edits = edits
    self.backend = backend
  }

  private enum CodingKeys: String, CodingKey {
    case userID = "user_id", sessionID = "session_id", message, temperature, maxTokens = "max_tokens", stream
    case model, edits, backend, index, indexTopK = "index_top_k"
  }
}

/// The whole answer of `POST /chat`.
package struct SendMessageReply: Codable, Sendable {
  package let sessionID: String
  package let userMessage: String
  package let assistantReply: String
  /// What went along with the message, where an index was named.
  package let sources: [SourceReply]?

  package init(
    sessionID: String, userMessage: String, assistantReply: String, sources: [SourceReply]? = nil
  ) {
    self.sources = sources
    self.sessionID = sessionID
    self.userMessage = userMessage
    self.assistantReply = assistantReply
  }

  private enum CodingKeys: String, CodingKey {
    case sessionID = "session_id", userMessage = "user_message", assistantReply = "assistant_reply"
    case sources
  }
}
