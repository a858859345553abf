/// What OpenAI-compatible engines take and give, as far as it is used.
enum OpenAIWire {
  struct Request: Encodable {
    let model: String
    let messages: [Message]
    let temperature: Double?
    let topP: Double?
    /// No part of OpenAI's own API: only sent where it was asked for.
    let topK: Int?
    let maxTokens: Int?
    let seed: Int64?
    let stream: Bool

    // presence_penalty is never sent: LLaMA-Factory takes it for a repetition penalty, and 0, which is
    // OpenAI's default, makes it fail (or hang, when streaming).
    private enum CodingKeys: String, CodingKey {
      case model, messages, temperature, topP = "top_p", topK = "top_k", maxTokens = "max_tokens", seed
      case stream
    }
  }

  struct Message: Codable {
    let role: String?
    let content: String?
  }

  struct Answer: Decodable {
    let choices: [Choice]
    let usage: Usage?
  }

  struct Choice: Decodable {
    let message: Message?
    let delta: Message?
    let finishReason: String?

    private enum CodingKeys: String, CodingKey { case message, delta, finishReason = "finish_reason" }
  }

  struct Usage: Decodable {
    let promptTokens: Int?
    let completionTokens: Int?

    private enum CodingKeys: String, CodingKey {
      case promptTokens = "prompt_tokens", completionTokens = "completion_tokens"
    }
  }

  struct ModelList: Decodable {
    struct Model: Decodable { let id: String }
    let data: [Model]
  }

  /// An engine's error in any of the shapes they come in.
  struct Failure: Decodable {
    struct Nested: Decodable { let message: String? }
    let message: String?

    private enum CodingKeys: String, CodingKey { case error, detail, message }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      message =
        (try? container.decode(Nested.self, forKey: .error))?.message
        ?? (try? container.decode(String.self, forKey: .error))
        ?? (try? container.decode(String.self, forKey: .detail))
        ?? (try? container.decode(String.self, forKey: .message))
    }
  }
}
