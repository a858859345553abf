/// How replies are asked for; what is left out is the configuration's and the model's own.
package struct ChatSettingsBody: Codable, Sendable {
  /// What the model is told before the conversation, at most 32,768 characters.
  package let systemPrompt: String?
  /// 0 to 2.
  package let temperature: Double?
  /// More than 0, at most 1.
  package let topP: Double?
  /// 1 to 1,000; not every server knows it.
  package let topK: Int?
  /// 1 to 32,768.
  package let maxTokens: Int?
  /// 0 to 4,294,967,295; not every server knows it.
  package let seed: Int64?

  package init(
    systemPrompt: String?, temperature: Double?, topP: Double?, topK: Int?, maxTokens: Int?, seed: Int64?
  ) {
    self.systemPrompt = systemPrompt
    self.temperature = temperature
    self.topP = topP
    self.topK = topK
    self.maxTokens = maxTokens
    self.seed = seed
  }

  private enum CodingKeys: String, CodingKey {
    case systemPrompt = "system_prompt", temperature, topP = "top_p", topK = "top_k"
    case maxTokens = "max_tokens", seed
  }
}

/// `POST /api/chat/presets`.
package struct CreatePresetRequest: Codable, Sendable {
  /// 1 to 80 printable characters, one preset of each name.
  package let name: String
  package let settings: ChatSettingsBody?
  /// Chosen with it; left out where it leaves the choice as it is.
  package let model: String?
}

/// `PATCH /api/chat/presets/{preset_id}`; what is left out stays as it is.
package struct ChangePresetRequest: Codable, Sendable {
  package let name: String?
  /// All of them at once: a part that is left out in it is taken away.
  package let settings: ChatSettingsBody?
  /// Empty: it chooses no model any more.
  package let model: String?
}

/// A system prompt and parameters that are kept under a name.
package struct SavedPresetReply: Codable, Sendable {
  package let presetID: String
  package let name: String
  package let settings: ChatSettingsBody
  package let model: String?
  package let createdAt: String
  package let updatedAt: String

  package init(
    presetID: String, name: String, settings: ChatSettingsBody, model: String?, createdAt: String,
    updatedAt: String
  ) {
    self.presetID = presetID
    self.name = name
    self.settings = settings
    self.model = model
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }

  private enum CodingKeys: String, CodingKey {
    case presetID = "preset_id", name, settings, model, createdAt = "created_at", updatedAt = "updated_at"
  }
}

/// `GET /api/chat/presets`: by name.
package struct SavedPresetListReply: Codable, Sendable {
  package let presets: [SavedPresetReply]
  package init(presets: [SavedPresetReply]) { self.presets = presets }
}
