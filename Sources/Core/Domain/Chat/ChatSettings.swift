/// How the replies of a conversation are asked for; nil leaves a part to the configuration and the model.
package struct ChatSettings: Sendable, Equatable {
  /// What the model is told before the conversation.
  package var systemPrompt: String?
  /// 0 to 2.
  package var temperature: Double?
  /// More than 0, at most 1.
  package var topP: Double?
  /// 1 to 1,000; not every engine knows it.
  package var topK: Int?
  /// 1 to 32,768.
  package var maxTokens: Int?
  /// 0 to 4,294,967,295; not every engine knows it.
  package var seed: Int64?

  package init(
    systemPrompt: String? = nil, temperature: Double? = nil, topP: Double? = nil, topK: Int? = nil,
    maxTokens: Int? = nil, seed: Int64? = nil
  ) {
    self.systemPrompt = systemPrompt
    self.temperature = temperature
    self.topP = topP
    self.topK = topK
    self.maxTokens = maxTokens
    self.seed = seed
  }

  package var isEmpty: Bool { self == ChatSettings() }

  /// Characters of a system prompt.
  package static let longestPrompt = 32_768

  /// The settings with an empty prompt left out.
  ///
  /// Throws `invalid_input` for the first part that is out of its bounds.
  package func checked() throws(DomainError) -> ChatSettings {
    if let temperature, !(0...2).contains(temperature) {
      throw .invalid("\"temperature\" is from 0 to 2.", hint: "0 always gives the likeliest words.")
    }
    if let topP, !(topP > 0 && topP <= 1) { throw .invalid("\"top_p\" is more than 0 and at most 1.") }
    if let topK, !(1...1000).contains(topK) { throw .invalid("\"top_k\" is from 1 to 1000.") }
    if let maxTokens, !(1...32_768).contains(maxTokens) {
      throw .invalid("\"max_tokens\" is from 1 to 32768.")
    }
    if let seed, !(0...Int64(UInt32.max)).contains(seed) {
      throw .invalid(
        "\"seed\" is from 0 to \(UInt32.max).", hint: "Leave it out for another answer each time.")
    }
    var settings = self
    if let prompt = systemPrompt {
      guard prompt.unicodeScalars.count <= Self.longestPrompt, !prompt.unicodeScalars.contains("\0") else {
        throw .invalid("\"system_prompt\" has at most \(Self.longestPrompt) characters.")
      }
      if prompt.allSatisfy(\.isWhitespace) { settings.systemPrompt = nil }
    }
    return settings
  }
}

/// A system prompt and parameters under a name, to be chosen for other conversations.
package struct SavedPreset: Sendable, Equatable {
  package let id: PresetID
  package let userID: UserID
  package var name: String
  package var settings: ChatSettings
  /// The model that is chosen with it; nil leaves the choice as it is.
  package var model: String?
  package let createdAt: Timestamp
  package var updatedAt: Timestamp

  package init(
    id: PresetID, userID: UserID, name: String, settings: ChatSettings, model: String? = nil,
    createdAt: Timestamp, updatedAt: Timestamp
  ) {
    self.id = id
    self.userID = userID
    self.name = name
    self.settings = settings
    self.model = model
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// Why a reply did not come, or not whole, as it was told when it happened.
package struct ReplyFailure: Sendable, Equatable {
  package let code: String
  package let message: String
  package let hint: String?

  package init(code: String, message: String, hint: String? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
  }

  package init(_ error: DomainError) {
    self.init(code: error.code.rawValue, message: error.message, hint: error.hint)
  }
}
