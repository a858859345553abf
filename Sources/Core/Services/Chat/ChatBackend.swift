package import Domain

/// Where a chat request goes.
package struct ChatBackend: Sendable, Equatable {
  package enum Target: Sendable, Equatable {
    /// A model that is loaded on a host when it is needed.
    case model(ResolvedModel)
    /// A server that others run.
    case engine(EngineAddress)
  }

  package let target: Target
  /// As the user's list calls it.
  package let name: String
  /// Tokens of the window, the reply included.
  package let contextTokens: Int

  /// Whether no model answers.
  var isMock: Bool { if case .engine(let address) = target { address.isMock } else { false } }
}

/// Finds where a request goes: by a name, or by a user's configuration.
package struct BackendCatalog: Sendable {
  package let presets: [ChatPreset]
  package let aliases: [ModelAlias]
  private let catalog: ModelCatalog
  /// Nil: none are looked for.
  private let discovered: DiscoveredModels?
  /// Nil: there is no such server.
  package let ollama: OllamaModels?
  private let contextTokens: Int

  /// - Parameter contextTokens: the window where nothing else is known.
  package init(
    catalog: ModelCatalog, presets: [ChatPreset], aliases: [ModelAlias] = [],
    discovered: DiscoveredModels? = nil, ollama: OllamaModels? = nil, contextTokens: Int
  ) {
    self.ollama = ollama
    self.catalog = catalog
    self.discovered = discovered
    self.presets = presets
    self.aliases = aliases
    self.contextTokens = contextTokens
  }

  /// The model a caller names: one of its own, a shared one, a preset, or a folder on a host.
  ///
  /// A guest has the shared ones and the presets only. Throws `model_missing`, and `invalid_input` for one that gives
  /// no answers.
  package func backend(named name: String, baseModel: String? = nil, for caller: ChatCaller)
    async throws(DomainError) -> ChatBackend
  {
    let backend = try await whatever(named: name, baseModel: baseModel, for: caller)
    if case .model(let model) = backend.target { try model.checkAnswers() }
    return backend
  }

  /// The same, also where it gives no answers.
  package func whatever(named name: String, baseModel: String? = nil, for caller: ChatCaller)
    async throws(DomainError) -> ChatBackend
  {
    if !caller.isGuest, let own = try await catalog.own(name, baseModel: baseModel, for: caller.userID) {
      return backend(of: own)
    }
    if let preset = presets.first(where: { $0.id == name || $0.name == name }) {
      return try backend(of: preset)
    }
    // Outside of the gateway, which tries one after another, an alias means its first target.
    if let target = alias(named: name)?.targets.first {
      return try backend(ofPreset: target.preset)
    }
    if let address = ollama?.address(named: name) {
      return ChatBackend(target: .engine(address), name: name, contextTokens: contextTokens)
    }
    if let shared = try await catalog.sharedModel(named: name, for: caller.userID) {
      return backend(of: shared)
    }
    if let found = try await discovered?.model(named: name, for: caller.userID, isGuest: caller.isGuest) {
      return backend(of: found)
    }
    guard !caller.isGuest else {
      throw DomainError(
        .modelMissing, "There is no model of this name.", hint: "GET /api/models lists them.")
    }
    return backend(of: try await catalog.resolve(name, baseModel: baseModel, for: caller.userID))
  }

  /// Whom a configuration names; without a choice, the first preset that is set up.
  package func backend(of config: UserChatConfig, for caller: ChatCaller) async throws(DomainError)
    -> ChatBackend
  {
    switch config.modelType {
    case UserChatConfig.customType:
      guard let custom = config.custom else { throw Self.nothingChosen }
      let address = EngineAddress(url: custom.url, key: custom.key, model: custom.model, isForeign: true)
      return ChatBackend(target: .engine(address), name: custom.model, contextTokens: contextTokens)
    case UserChatConfig.modelType:
      guard let model = config.model else { throw Self.nothingChosen }
      return try await backend(named: model, for: caller)
    case let id?:
      guard let preset = presets.first(where: { $0.id == id }) else { throw Self.nothingChosen }
      return try backend(of: preset)
    case nil:
      guard let preset = presets.first(where: { $0.url != nil }) else { throw Self.nothingChosen }
      return try backend(of: preset)
    }
  }

  /// A server that the caller named.
  package func backend(at engine: EngineAddress) -> ChatBackend {
    ChatBackend(target: .engine(engine), name: engine.model, contextTokens: contextTokens)
  }

  package func backend(of preset: ChatPreset) throws(DomainError) -> ChatBackend {
    guard let url = preset.url else {
      throw DomainError(
        .modelMissing, "The preset \(preset.name) is not set up on this server.",
        hint: "Choose another model; the operator sets presets up in the server's environment.")
    }
    let address = EngineAddress(url: url, key: preset.key, model: preset.model, isForeign: false)
    return ChatBackend(
      target: .engine(address), name: preset.name, contextTokens: preset.contextTokens ?? contextTokens)
  }

  /// The alias of a name, unless a preset is called the same.
  package func alias(named name: String) -> ModelAlias? {
    guard !presets.contains(where: { $0.id == name || $0.name == name }) else { return nil }
    return aliases.first { $0.id == name || $0.name == name }
  }

  package func backend(ofPreset id: String) throws(DomainError) -> ChatBackend {
    guard let preset = presets.first(where: { $0.id == id }) else {
      throw DomainError(.modelMissing, "There is no preset of this name.")
    }
    return try backend(of: preset)
  }

  /// The caller's own model of a name; it hides presets and aliases of the same name.
  ///
  /// Throws `invalid_input` for one that gives no answers.
  package func own(_ name: String, for caller: ChatCaller) async throws(DomainError) -> ChatBackend? {
    guard !caller.isGuest, let own = try await catalog.own(name, baseModel: nil, for: caller.userID)
    else { return nil }
    try own.checkAnswers()
    return backend(of: own)
  }

  package func backend(of model: ResolvedModel) -> ChatBackend {
    ChatBackend(target: .model(model), name: model.name, contextTokens: contextTokens)
  }

  private static let nothingChosen = DomainError(
    .modelMissing, "No model is chosen for this conversation.",
    hint: "Name one as \"model\", or choose one with POST /api/config.")
}
