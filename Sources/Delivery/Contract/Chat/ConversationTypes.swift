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

  package init(sessionID: String, title: String, createdAt: String, updatedAt: String, messageCount: Int) {
    self.sessionID = sessionID
    self.title = title
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.messageCount = messageCount
  }

  private enum CodingKeys: String, CodingKey {
    case sessionID = "session_id", title, createdAt = "created_at", updatedAt = "updated_at"
    case messageCount = "message_count"
  }
}

/// `GET /conversations`: the last used first.
package struct ConversationListReply: Codable, Sendable {
  package let conversations: [ConversationReply]
  package init(conversations: [ConversationReply]) { self.conversations = conversations }
}

package enum MessageStatus: String, WireEnum { case complete, streaming, stopped, interrupted, failed }

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

  package init(
    role: ChatRole, content: String, messageID: String, status: MessageStatus, model: String?,
    createdAt: String
  ) {
    self.role = role
    self.content = content
    self.messageID = messageID
    self.status = status
    self.model = model
    self.createdAt = createdAt
  }

  private enum CodingKeys: String, CodingKey {
    case role, content, messageID = "message_id", status, model, createdAt = "created_at"
  }
}

/// `GET /conversations/{session_id}/history`.
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

  private enum CodingKeys: String, CodingKey {
    case userID = "user_id", sessionID = "session_id", message, temperature, maxTokens = "max_tokens", stream
    case model
  }
}

/// The whole answer of `POST /chat`.
package struct SendMessageReply: Codable, Sendable {
  package let sessionID: String
  package let userMessage: String
  package let assistantReply: String

  package init(sessionID: String, userMessage: String, assistantReply: String) {
    self.sessionID = sessionID
    self.userMessage = userMessage
    self.assistantReply = assistantReply
  }

  private enum CodingKeys: String, CodingKey {
    case sessionID = "session_id", userMessage = "user_message", assistantReply = "assistant_reply"
  }
}
