/// A model server that the operator offers.
package struct PresetReply: Codable, Sendable {
  /// What `model_type` takes.
  package let id: String
  package let name: String
  package let url: String?
  package let model: String
  /// False while the operator has not set its address.
  package let available: Bool

  package init(id: String, name: String, url: String?, model: String, available: Bool) {
    self.id = id
    self.name = name
    self.url = url
    self.model = model
    self.available = available
  }
}

/// `GET` and `POST /api/config`.
package struct ChatConfigReply: Codable, Sendable {
  /// Of what is chosen; empty while nothing is, and for a model of one's own.
  package let llmAPIURL: String
  package let llmModel: String
  /// Masked; empty where there is none.
  package let llmAPIKey: String
  package let presetModels: [PresetReply]
  /// A preset's `id`, `custom`, `model`, or empty.
  package let currentModelType: String
  package let maxTokens: Int
  package let customAPIURL: String?
  package let customModel: String?
  /// Masked.
  package let customAPIKey: String?

  package init(
    llmAPIURL: String, llmModel: String, llmAPIKey: String, presetModels: [PresetReply],
    currentModelType: String, maxTokens: Int, customAPIURL: String?, customModel: String?,
    customAPIKey: String?
  ) {
    self.llmAPIURL = llmAPIURL
    self.llmModel = llmModel
    self.llmAPIKey = llmAPIKey
    self.presetModels = presetModels
    self.currentModelType = currentModelType
    self.maxTokens = maxTokens
    self.customAPIURL = customAPIURL
    self.customModel = customModel
    self.customAPIKey = customAPIKey
  }

  private enum CodingKeys: String, CodingKey {
    case llmAPIURL = "llm_api_url", llmModel = "llm_model", llmAPIKey = "llm_api_key"
    case presetModels = "preset_models", currentModelType = "current_model_type", maxTokens = "max_tokens"
    case customAPIURL = "custom_api_url", customModel = "custom_model", customAPIKey = "custom_api_key"
  }
}

/// `POST /api/config`: what is left out stays.
package struct ChatConfigRequest: Codable, Sendable {
  package let userID: String?
  /// A preset's `id`, `custom`, or `model`.
  package let modelType: String?
  /// With `model`: one of your models.
  package let model: String?
  package let maxTokens: Int?
  package let customAPIURL: String?
  package let customModel: String?
  /// Stored sealed; an empty one takes it away.
  package let customAPIKey: String?

  private enum CodingKeys: String, CodingKey {
    case userID = "user_id", modelType = "model_type", model, maxTokens = "max_tokens"
    case customAPIURL = "custom_api_url", customModel = "custom_model", customAPIKey = "custom_api_key"
  }
}
