package enum ChatRole: String, WireEnum { case user, assistant, system }

package struct ChatMessage: Codable, Sendable {
  package let role: ChatRole
  package let content: String

  package init(role: ChatRole, content: String) {
    self.role = role
    self.content = content
  }
}

/// `POST /api/chat/completion`.
package struct ChatCompletionRequest: Codable, Sendable {
  /// A model of yours: its path, its `model_id` or its name.
  package let modelPath: String
  /// Taken from the model's record where left out.
  package let baseModelPath: String?
  package let messages: [ChatMessage]
  /// 0 to 2.
  ///
  /// Default 0.7; 0 always gives the likeliest words.
  package let temperature: Double?
  /// 1 to 32,768.
  ///
  /// Default 2,048.
  package let maxTokens: Int?
  /// An index of yours, its identifier or its name: what it has of the last message goes along with it.
  package let index: String?
  /// Passages of the index, 1 to 50.
  ///
  /// Default 5.
  package let indexTopK: Int?

  package init(
    modelPath: String, baseModelPath: String? = nil, messages: [ChatMessage], temperature: Double? = nil,
    maxTokens: Int? = nil, index: String? = nil, indexTopK: Int? = nil
  ) {
    self.modelPath = modelPath
    self.baseModelPath = baseModelPath
    self.messages = messages
    self.temperature = temperature
    self.maxTokens = maxTokens
    self.index = index
    self.indexTopK = indexTopK
  }

  private enum CodingKeys: String, CodingKey {
    case modelPath = "model_path", baseModelPath = "base_model_path", messages, temperature
    case maxTokens = "max_tokens", index, indexTopK = "index_top_k"
  }
}

/// The whole answer.
package struct ChatCompletionReply: Codable, Sendable {
  package let role: ChatRole
  package let content: String
  /// What went along with the question, where an index was named; the answer cites them by their numbers.
  package let sources: [SourceReply]?

  package init(content: String, sources: [SourceReply]? = nil) {
    role = .assistant
    self.content = content
    self.sources = sources
  }
}

package enum ServiceStatus: String, WireEnum { case starting, ready, stopping, stopped, failed }

/// A running model service.
package struct ServiceReply: Codable, Sendable {
  package let serviceID: String
  package let modelPath: String
  package let baseModelPath: String?
  package let hostID: String
  package let status: ServiceStatus
  package let port: Int
  package let createdAt: String
  package let lastUsedAt: String
  package let reason: String?

  package init(
    serviceID: String, modelPath: String, baseModelPath: String?, hostID: String, status: ServiceStatus,
    port: Int, createdAt: String, lastUsedAt: String, reason: String?
  ) {
    self.serviceID = serviceID
    self.modelPath = modelPath
    self.baseModelPath = baseModelPath
    self.hostID = hostID
    self.status = status
    self.port = port
    self.createdAt = createdAt
    self.lastUsedAt = lastUsedAt
    self.reason = reason
  }

  private enum CodingKeys: String, CodingKey {
    case serviceID = "service_id", modelPath = "model_path", baseModelPath = "base_model_path"
    case hostID = "host_id", status, port, createdAt = "created_at", lastUsedAt = "last_used_at", reason
  }
}

package struct ServiceListReply: Codable, Sendable {
  package let services: [ServiceReply]
  package init(services: [ServiceReply]) { self.services = services }
}

/// `POST /api/services`: loads a model and waits until it answers.
package struct StartServiceRequest: Codable, Sendable {
  package let modelPath: String
  package let baseModelPath: String?

  package init(modelPath: String, baseModelPath: String? = nil) {
    self.modelPath = modelPath
    self.baseModelPath = baseModelPath
  }

  private enum CodingKeys: String, CodingKey {
    case modelPath = "model_path", baseModelPath = "base_model_path"
  }
}
