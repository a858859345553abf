/// Whom a user's conversations go to.
package struct UserChatConfig: Sendable, Equatable {
  /// An OpenAI-compatible server of the user's own.
  package struct Custom: Sendable, Equatable {
    package let url: UpstreamURL
    package let model: String
    /// Sealed before it is stored, and never shown whole.
    package let key: String?

    package init(url: UpstreamURL, model: String, key: String?) {
      self.url = url
      self.model = model
      self.key = key
    }
  }

  package let userID: UserID
  /// The documents' `user_id`: the user's own identifier, or a guest's word for itself.
  package let identifier: String
  /// A preset's identifier, `custom`, or `model`; nil: the first preset that is set up.
  package var modelType: String?
  /// With `model`: one of the user's models.
  package var model: String?
  /// Tokens of one reply at most.
  package var maxTokens: Int
  package var custom: Custom?
  package var updatedAt: Timestamp

  package init(
    userID: UserID, identifier: String, modelType: String? = nil, model: String? = nil,
    maxTokens: Int = Self.standardTokens, custom: Custom? = nil, updatedAt: Timestamp
  ) {
    self.userID = userID
    self.identifier = identifier
    self.modelType = modelType
    self.model = model
    self.maxTokens = maxTokens
    self.custom = custom
    self.updatedAt = updatedAt
  }

  package static let standardTokens = 2000
  package static let customType = "custom"
  package static let modelType = "model"
}

/// A model server that the operator offers to everyone.
package struct ChatPreset: Sendable, Equatable {
  /// What `model_type` names.
  package let id: String
  package let name: String
  /// Nil while the operator has not set it: the preset is shown, and cannot be used.
  package let url: UpstreamURL?
  package let model: String
  package let key: String?
  /// Tokens its window holds, the reply included; nil where the operator did not say.
  package let contextTokens: Int?

  package init(
    id: String, name: String, url: UpstreamURL?, model: String, key: String?, contextTokens: Int? = nil
  ) {
    self.id = id
    self.name = name
    self.url = url
    self.model = model
    self.key = key
    self.contextTokens = contextTokens
  }
}
