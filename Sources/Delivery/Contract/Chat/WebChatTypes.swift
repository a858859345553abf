package enum ListedModelType: String, WireEnum { case pretrained, sft, rl, external }
package enum LoadStatus: String, WireEnum { case unloaded, loading, ready, failed }

/// A model as the web chat lists it.
package struct ListedModelReply: Codable, Sendable {
  /// What the other routes take; URL-encoded in a path.
  package let name: String
  package let type: ListedModelType
  /// Bytes.
  package let size: Int64?
  package let modified: String?
  package let status: LoadStatus

  package init(name: String, type: ListedModelType, size: Int64?, modified: String?, status: LoadStatus) {
    self.name = name
    self.type = type
    self.size = size
    self.modified = modified
    self.status = status
  }
}

/// `GET /api/models`.
package struct ListedModelsReply: Codable, Sendable {
  package let models: [ListedModelReply]
  package init(models: [ListedModelReply]) { self.models = models }
}

/// What a model that loads is at.
package enum LoadPhase: String, WireEnum { case waiting, starting, weights, preparing }

/// `GET /api/models/{name}/status`.
package struct LoadStatusReply: Codable, Sendable {
  package let name: String
  package let status: LoadStatus
  /// 0 to 1 while it loads; left out where no earlier load tells how long it takes.
  package let progress: Double?
  /// While it loads; `waiting`: other models hold the room it needs.
  package let phase: LoadPhase?
  /// How long it has been loading.
  package let seconds: Double?
  /// What earlier loads took.
  package let expectedSeconds: Double?
  /// Why it could not be loaded.
  package let error: String?

  package init(
    name: String, status: LoadStatus, progress: Double? = nil, phase: LoadPhase? = nil,
    seconds: Double? = nil, expectedSeconds: Double? = nil, error: String? = nil
  ) {
    self.name = name
    self.status = status
    self.progress = progress
    self.phase = phase
    self.seconds = seconds
    self.expectedSeconds = expectedSeconds
    self.error = error
  }

  private enum CodingKeys: String, CodingKey {
    case name, status, progress, phase, seconds, expectedSeconds = "expected_seconds", error
  }
}

/// `POST /api/generate`: `prompt` or `messages`.
package struct GenerateRequest: Codable, Sendable {
  /// With `session_id` it may be left out: the configuration's then.
  package let model: String?
  package let prompt: String?
  package let messages: [ChatMessage]?
  /// 0 to 2.
  package let temperature: Double?
  /// More than 0, at most 1.
  package let topP: Double?
  /// 1 to 1,000.
  package let topK: Int?
  /// 1 to 32,768.
  package let maxTokens: Int?
  /// A stored conversation that `prompt` goes on with.
  package let sessionID: String?
  /// For guests: whose configuration holds.
  package let userID: String?

  private enum CodingKeys: String, CodingKey {
    case model, prompt, messages, temperature, topP = "top_p", topK = "top_k", maxTokens = "max_tokens"
    case sessionID = "session_id", userID = "user_id"
  }
}

/// `POST /api/chat/clear`.
package struct ClearChatRequest: Codable, Sendable {
  package let sessionID: String?

  private enum CodingKeys: String, CodingKey { case sessionID = "session_id" }
}

/// A piece of a streamed answer: one of them is set.
package struct ChatStreamEvent: Codable, Sendable {
  /// Of `/chat`.
  package let chunk: String?
  /// Of `/api/generate`.
  package let token: String?
  package let done: Bool?
  package let error: String?
}
