/// `POST /v1/chat/completions`, as far as the command line uses it and models without an API of their own take it.
package struct OpenAIChatRequest: Codable, Sendable {
  package let model: String
  package let messages: [ChatMessage]
  package let stream: Bool?
  package let temperature: Double?
  package let topP: Double?
  package let maxTokens: Int?
  package let maxCompletionTokens: Int?

  package init(
    model: String, messages: [ChatMessage], stream: Bool? = nil, temperature: Double? = nil,
    topP: Double? = nil, maxTokens: Int? = nil, maxCompletionTokens: Int? = nil
  ) {
    self.model = model
    self.messages = messages
    self.stream = stream
    self.temperature = temperature
    self.topP = topP
    self.maxTokens = maxTokens
    self.maxCompletionTokens = maxCompletionTokens
  }

  private enum CodingKeys: String, CodingKey {
    case model, messages, stream, temperature, topP = "top_p", maxTokens = "max_tokens"
    case maxCompletionTokens = "max_completion_tokens"
  }
}

package struct OpenAIChatReply: Codable, Sendable {
  package let id: String
  /// `chat.completion`, or `chat.completion.chunk` in a stream.
  package let object: String
  /// Seconds since 1970.
  package let created: Int64
  package let model: String
  package let choices: [Choice]
  package let usage: Usage?
  /// Where the request named an index.
  package let luthier: LuthierReply?

  package struct Choice: Codable, Sendable {
    package let index: Int
    package let message: Message?
    package let delta: Delta?
    package let finishReason: String?

    package init(index: Int = 0, message: Message? = nil, delta: Delta? = nil, finishReason: String?) {
      self.index = index
      self.message = message
      self.delta = delta
      self.finishReason = finishReason
    }

    private enum CodingKeys: String, CodingKey {
      case index, message, delta, finishReason = "finish_reason"
    }
  }

  package struct Message: Codable, Sendable {
    package let role: ChatRole
    package let content: String
    package init(content: String) {
      role = .assistant
      self.content = content
    }
  }

  package struct Delta: Codable, Sendable {
    package let role: ChatRole?
    package let content: String?
    package init(role: ChatRole? = nil, content: String? = nil) {
      self.role = role
      self.content = content
    }
  }

  package struct Usage: Codable, Sendable {
    package let promptTokens: Int
    package let completionTokens: Int
    package let totalTokens: Int

    package init(promptTokens: Int, completionTokens: Int) {
      self.promptTokens = promptTokens
      self.completionTokens = completionTokens
      totalTokens = promptTokens + completionTokens
    }

    private enum CodingKeys: String, CodingKey {
      case promptTokens = "prompt_tokens", completionTokens = "completion_tokens"
      case totalTokens = "total_tokens"
    }
  }

  package init(
    id: String, object: String, created: Int64, model: String, choices: [Choice], usage: Usage? = nil,
    luthier: LuthierReply? = nil
  ) {
    self.luthier = luthier
    self.id = id
    self.object = object
    self.created = created
    self.model = model
    self.choices = choices
    self.usage = usage
  }
}

/// What answers below `/v1` have beside OpenAI's fields.
package struct LuthierReply: Codable, Sendable {
  /// The passages that went along with the question, in the order of their numbers.
  package let sources: [SourceReply]

  package init(sources: [SourceReply]) { self.sources = sources }
}

/// `GET /v1/models`.
package struct OpenAIModelList: Codable, Sendable {
  package let object: String
  package let data: [Model]

  package struct Model: Codable, Sendable {
    package let id: String
    package let object: String
    package let created: Int64
    /// `luthier`, or `preset`, `alias`, `shared` for what is everyone's.
    package let ownedBy: String
    /// The base model of an adapter.
    package let parent: String?

    package init(id: String, created: Int64, ownedBy: String = "luthier", parent: String? = nil) {
      self.id = id
      object = "model"
      self.created = created
      self.ownedBy = ownedBy
      self.parent = parent
    }

    private enum CodingKeys: String, CodingKey { case id, object, created, ownedBy = "owned_by", parent }
  }

  package init(data: [Model]) {
    object = "list"
    self.data = data
  }
}
