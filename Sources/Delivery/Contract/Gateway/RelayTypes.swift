/// `POST /v1/chat/completions`: these fields are looked at; every other one is relayed as it came.
package struct RelayChatRequest: Codable, Sendable {
  package let model: String
  /// Messages of any shape OpenAI's API knows.
  package let messages: [JSONValue]
  package let stream: Bool?
  /// Luthier's own, and never relayed: where the last question is looked up.
  package let luthier: LuthierRequest?
}

/// What requests below `/v1` may have beside OpenAI's fields.
package struct LuthierRequest: Codable, Sendable {
  /// An index of mine, its identifier or its name.
  package let index: String?
  /// Passages of the index, 1 to 50; default 5.
  package let topK: Int?

  private enum CodingKeys: String, CodingKey { case index, topK = "top_k" }
}

/// `POST /v1/completions`: every other field is relayed as it came.
package struct RelayCompletionRequest: Codable, Sendable {
  package let model: String
  /// A text or a list.
  package let prompt: JSONValue?
  package let stream: Bool?
}

/// `POST /v1/embeddings`: every other field is relayed as it came.
package struct RelayEmbeddingRequest: Codable, Sendable {
  package let model: String
  /// A text or a list.
  package let input: JSONValue
}

/// The shape of errors on OpenAI's routes.
package struct OpenAIErrorReply: Codable, Sendable, Equatable {
  package struct Content: Codable, Sendable, Equatable {
    /// In words, safe to show; a hint is in it.
    package let message: String
    /// `invalid_request_error`, `rate_limit_error` and so on.
    package let type: String
    /// The field at fault.
    package let param: String?
    /// Stable; programs decide by it.
    package let code: String?

    package init(message: String, type: String, param: String? = nil, code: String?) {
      self.message = message
      self.type = type
      self.param = param
      self.code = code
    }
  }

  package let error: Content
  package init(error: Content) { self.error = error }
}
