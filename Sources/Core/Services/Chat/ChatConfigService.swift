package import Domain

/// What a user changes of the chat configuration; what is left out stays.
package struct ChatConfigChange: Sendable, Equatable {
  package let modelType: String?
  package let model: String?
  package let maxTokens: Int?
  package let customURL: String?
  package let customModel: String?
  /// Empty: the server needs none any more.
  package let customKey: String?

  package init(
    modelType: String? = nil, model: String? = nil, maxTokens: Int? = nil, customURL: String? = nil,
    customModel: String? = nil, customKey: String? = nil
  ) {
    self.modelType = modelType
    self.model = model
    self.maxTokens = maxTokens
    self.customURL = customURL
    self.customModel = customModel
    self.customKey = customKey
  }
}

/// Whom each user's conversations go to.
package struct ChatConfigService: Sendable {
  private let configs: any ChatConfigStoring
  private let backends: BackendCatalog
  private let clock: WallClock

  package init(configs: any ChatConfigStoring, backends: BackendCatalog, clock: WallClock) {
    self.configs = configs
    self.backends = backends
    self.clock = clock
  }

  package var presets: [ChatPreset] { backends.presets }

  /// The caller's configuration; the standard one where none was stored.
  package func config(for caller: ChatCaller) async throws(DomainError) -> UserChatConfig {
    try await configs.config(of: caller.userID, identifier: caller.identifier)
      ?? UserChatConfig(userID: caller.userID, identifier: caller.identifier, updatedAt: clock.now())
  }

  /// Throws `invalid_input` for a choice that cannot be used; nothing is stored then.
  package func change(_ change: ChatConfigChange, for caller: ChatCaller) async throws(DomainError)
    -> UserChatConfig
  {
    var config = try await config(for: caller)
    if let tokens = change.maxTokens {
      guard (1...32_768).contains(tokens) else { throw .invalid("\"max_tokens\" is from 1 to 32768.") }
      config.maxTokens = tokens
    }
    config.custom = try custom(change, before: config.custom)
    if let model = change.model {
      _ = try await backends.backend(named: model, for: caller)
      config.model = model
    }
    if let type = change.modelType {
      try check(type, of: config)
      config.modelType = type
    }
    config.updatedAt = clock.now()
    try await configs.save(config)
    return config
  }

  private func custom(_ change: ChatConfigChange, before: UserChatConfig.Custom?) throws(DomainError)
    -> UserChatConfig.Custom?
  {
    guard change.customURL != nil || change.customModel != nil || change.customKey != nil else {
      return before
    }
    guard let address = change.customURL ?? before?.url.text else {
      throw .invalid("\"custom_api_url\" is missing.", hint: "Give the server's address too.")
    }
    let url = try UpstreamURL(address)
    guard let model = change.customModel ?? before?.model, (1...255).contains(model.utf8.count),
      AccountRules.isPrintable(model)
    else { throw .invalid("\"custom_model\" has 1 to 255 printable bytes.") }
    // A key is sent to the server it was given for and to no other.
    let key = change.customKey ?? (before?.url == url ? before?.key : nil)
    guard AccountRules.isUpstreamKey(key ?? "") else {
      throw .invalid("\"custom_api_key\" has at most 4096 characters, none of them a space.")
    }
    return .init(url: url, model: model, key: key?.isEmpty == true ? nil : key)
  }

  private func check(_ type: String, of config: UserChatConfig) throws(DomainError) {
    switch type {
    case UserChatConfig.customType:
      guard config.custom != nil else {
        throw .invalid("No server of your own is set.", hint: "Give custom_api_url and custom_model too.")
      }
    case UserChatConfig.modelType:
      guard config.model != nil else {
        throw .invalid("No model of yours is chosen.", hint: "Give its name as \"model\" too.")
      }
    default:
      guard let preset = backends.presets.first(where: { $0.id == type }) else {
        throw .invalid(
          "There is no model type of this name.",
          hint: "One of: \((backends.presets.map(\.id) + ["custom", "model"]).joined(separator: ", ")).")
      }
      // Refused now and not at the first message.
      _ = try backends.backend(of: preset)
    }
  }
}
