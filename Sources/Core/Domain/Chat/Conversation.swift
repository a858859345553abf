/// One message given to a model.
package struct ChatTurn: Sendable, Equatable {
  package enum Role: String, Sendable { case system, user, assistant }

  package let role: Role
  package let content: String

  package init(role: Role, content: String) {
    self.role = role
    self.content = content
  }
}

/// What a model is asked.
package struct GenerationRequest: Sendable, Equatable {
  package let turns: [ChatTurn]
  package let temperature: Double?
  package let topP: Double?
  /// Only the likeliest so many are chosen from; not every engine knows it.
  package let topK: Int?
  package let maxTokens: Int?
  /// The same seed gives the same answer; not every engine knows it.
  package let seed: Int64?

  package init(
    turns: [ChatTurn], temperature: Double? = nil, topP: Double? = nil, topK: Int? = nil,
    maxTokens: Int? = nil, seed: Int64? = nil
  ) {
    self.turns = turns
    self.temperature = temperature
    self.topP = topP
    self.topK = topK
    self.maxTokens = maxTokens
    self.seed = seed
  }

  /// Throws `invalid_input` unless the turns are what every engine takes: an optional system turn,
  /// then user and assistant by turns, a user's last, none empty.
  package func checkTurns() throws(DomainError) {
    var rest = turns[...]
    if rest.first?.role == .system { rest = rest.dropFirst() }
    guard !rest.isEmpty else {
      throw .invalid("There is no user message.", hint: "Send at least one message with role \"user\".")
    }
    for (position, turn) in rest.enumerated() {
      let expected: ChatTurn.Role = position.isMultiple(of: 2) ? .user : .assistant
      guard turn.role == expected else {
        throw .invalid(
          "Message \(position + 1 + turns.count - rest.count) has role \"\(turn.role.rawValue)\" where \"\(expected.rawValue)\" belongs.",
          hint: "Messages go user, assistant, user …, after an optional system message.")
      }
      guard !turn.content.isEmpty else {
        throw .invalid("A message is empty.", hint: "Leave empty messages out.")
      }
    }
    guard rest.count % 2 == 1 else {
      throw .invalid("The last message is not the user's.", hint: "End with a message of role \"user\".")
    }
  }
}

/// How a generation ended.
package struct GenerationResult: Sendable, Equatable {
  package let content: String
  /// One of `stop`, `length` and what else the engine says.
  package let finishReason: String
  package let promptTokens: Int?
  package let completionTokens: Int?

  package init(content: String, finishReason: String, promptTokens: Int?, completionTokens: Int?) {
    self.content = content
    self.finishReason = finishReason
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
  }
}

/// Where an OpenAI-compatible engine listens.
package struct EngineAddress: Sendable, Equatable {
  /// Without `/v1`.
  package let baseURL: String
  package let key: String?
  /// The name it serves the model under.
  package let model: String
  /// Where chat completions are asked for.
  package let chatURL: String
  /// A user named it: addresses inside of networks may be closed to it.
  package let isForeign: Bool

  package init(baseURL: String, key: String?, model: String) {
    self.baseURL = baseURL
    self.key = key
    self.model = model
    chatURL = baseURL + "/v1/chat/completions"
    isForeign = false
  }

  /// Answers with what it was asked, without a server: for trying things out.
  package static let mock = EngineAddress(baseURL: "mock:", key: nil, model: "mock")

  package var isMock: Bool { baseURL == Self.mock.baseURL }

  /// - Parameter isForeign: a user named it, not the operator.
  package init(url: UpstreamURL, key: String?, model: String, isForeign: Bool) {
    baseURL = url.text
    chatURL = url.chatURL
    self.key = key
    self.model = model
    self.isForeign = isForeign
  }
}
