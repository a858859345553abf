/// What an export holds, and what an import takes.
package struct ConversationFile: Codable, Sendable {
  package static let formatName = "luthier.conversations"

  /// `luthier.conversations`.
  package let format: String
  /// 1.
  package let version: Int
  package let conversations: [Entry]

  package init(conversations: [Entry]) {
    format = Self.formatName
    version = 1
    self.conversations = conversations
  }

  package struct Entry: Codable, Sendable {
    package let sessionID: String
    package let title: String
    package let pinned: Bool?
    package let archived: Bool?
    package let tags: [String]?
    /// How its replies are asked for, where anything is set.
    package let settings: ChatSettingsBody?
    /// The index its questions are looked up in, by its name.
    package let index: String?
    package let indexTopK: Int?
    package let createdAt: String
    package let updatedAt: String
    /// The last message of the chosen branch.
    package let tip: String?
    package let messages: [Message]

    package init(
      sessionID: String, title: String, pinned: Bool, archived: Bool, tags: [String],
      settings: ChatSettingsBody?, index: String?, indexTopK: Int?, createdAt: String, updatedAt: String,
      tip: String?, messages: [Message]
    ) {
      self.settings = settings
      self.index = index
      self.indexTopK = indexTopK
      self.sessionID = sessionID
      self.title = title
      self.pinned = pinned
      self.archived = archived
      self.tags = tags
      self.createdAt = createdAt
      self.updatedAt = updatedAt
      self.tip = tip
      self.messages = messages
    }

    private enum CodingKeys: String, CodingKey {
      case sessionID = "session_id", title, pinned, archived, tags, settings, index
      case indexTopK = "index_top_k"
      case createdAt = "created_at"
      case updatedAt = "updated_at", tip, messages
    }
  }

  package struct Message: Codable, Sendable {
    package let messageID: String
    package let parentID: String?
    package let role: ChatRole
    package let content: String
    package let status: MessageStatus?
    package let model: String?
    /// Why the reply ended too early, or why the question got none.
    package let failure: ReplyFailureReply?
    /// Of a reply: what went along with its question.
    package let sources: [SourceReply]?
    package let createdAt: String?

    package init(
      messageID: String, parentID: String?, role: ChatRole, content: String, status: MessageStatus,
      model: String?, failure: ReplyFailureReply? = nil, sources: [SourceReply]? = nil, createdAt: String
    ) {
      self.sources = sources
      self.failure = failure
      self.messageID = messageID
      self.parentID = parentID
      self.role = role
      self.content = content
      self.status = status
      self.model = model
      self.createdAt = createdAt
    }

    private enum CodingKeys: String, CodingKey {
      case messageID = "message_id", parentID = "parent_id", role, content, status, model, failure, sources
      case createdAt = "created_at"
    }
  }
}

/// One conversation of OpenAI's own export (`conversations.json` of "Export data").
package struct OpenAIConversation: Decodable, Sendable {
  package struct Node: Decodable, Sendable {
    package let message: Message?
    package let parent: String?
  }

  package struct Message: Decodable, Sendable {
    package struct Author: Decodable, Sendable { package let role: String }
    package struct Metadata: Decodable, Sendable {
      package let modelSlug: String?
      private enum CodingKeys: String, CodingKey { case modelSlug = "model_slug" }
    }

    package struct Content: Decodable, Sendable {
      /// The texts among the parts; pictures and files are objects and left out.
      package let parts: [String]

      private enum CodingKeys: String, CodingKey { case parts }

      package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let values = try container.decodeIfPresent([JSONValue].self, forKey: .parts) ?? []
        parts = values.compactMap { if case .string(let text) = $0 { text } else { nil } }
      }
    }

    package let author: Author
    package let content: Content?
    package let createTime: Double?
    package let metadata: Metadata?

    private enum CodingKeys: String, CodingKey {
      case author, content, createTime = "create_time", metadata
    }
  }

  package let title: String?
  package let createTime: Double?
  package let updateTime: Double?
  package let mapping: [String: Node]
  package let currentNode: String?
  package let conversationID: String?
  package let id: String?
  package let isArchived: Bool?

  private enum CodingKeys: String, CodingKey {
    case title, createTime = "create_time", updateTime = "update_time", mapping, currentNode = "current_node"
    case conversationID = "conversation_id", id, isArchived = "is_archived"
  }
}

/// `POST /conversations/import`.
package struct ImportReply: Codable, Sendable {
  package let imported: Int
  /// There already, by their identifiers.
  package let skipped: Int
  package let message: String

  package init(imported: Int, skipped: Int, message: String) {
    self.imported = imported
    self.skipped = skipped
    self.message = message
  }
}
