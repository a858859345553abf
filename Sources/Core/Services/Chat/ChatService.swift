package import Domain

/// Answers, whatever it is that answers: behind every door.
package struct ChatService: Sendable {
  package let backends: BackendCatalog
  private let runtime: ModelRuntime
  private let calling: any ModelCalling
  private let scripted: ScriptedChat?

  /// - Parameter scripted: answers for models on hosts in place of the runtime (CHAT_MODE cli and script).
  package init(
    backends: BackendCatalog, runtime: ModelRuntime, calling: any ModelCalling, scripted: ScriptedChat? = nil
  ) {
    self.backends = backends
    self.runtime = runtime
    self.calling = calling
    self.scripted = scripted
  }

  /// Whether a backend's answers are made by scripts, and not relayed.
  package func isScripted(_ backend: ChatBackend) -> Bool {
    if case .model = backend.target { scripted != nil } else { false }
  }

  /// The whole answer.
  package func complete(
    _ request: GenerationRequest, model: String, baseModel: String?, for user: UserID
  ) async throws -> GenerationResult {
    try request.checkTurns()
    let backend = try await backends.backend(named: model, baseModel: baseModel, for: ChatCaller(user))
    if case .model(let model) = backend.target, let scripted {
      return try await scripted.answer(request, of: model)
    }
    return try await use(backend, for: user) { address in
      try await calling.reply(to: request, at: address)
    }
  }

  /// The answer in pieces, as they come.
  ///
  /// What can fail before the first piece does so in `prepare`, while it can still be an ordinary error.
  package func stream(
    _ request: GenerationRequest, model: String, for user: UserID,
    receive: @escaping @Sendable (String) async throws -> Void
  ) async throws -> GenerationResult {
    try request.checkTurns()
    let backend = try await backends.backend(named: model, for: ChatCaller(user))
    return try await stream(request, from: backend, for: user, receive: receive)
  }

  /// The answer of a known backend in pieces; what `receive` throws ends the generation.
  package func stream(
    _ request: GenerationRequest, from backend: ChatBackend, for user: UserID,
    receive: @escaping @Sendable (String) async throws -> Void
  ) async throws -> GenerationResult {
    try request.checkTurns()
    if case .model(let model) = backend.target, let scripted {
      return try await scripted.answer(request, of: model, receive: receive)
    }
    return try await use(backend, for: user) { address in
      try await calling.stream(request, at: address, receive: receive)
    }
  }

  /// Checks the request and loads the model, so that what can fail does so before an answer begins.
  package func prepare(_ request: GenerationRequest, model: String, for user: UserID) async throws {
    try request.checkTurns()
    try await prepare(try await backends.backend(named: model, for: ChatCaller(user)), for: user)
  }

  package func prepare(_ backend: ChatBackend, for user: UserID) async throws(DomainError) {
    guard case .model(let model) = backend.target else { return }
    if let scripted { return try await scripted.prepare(model) }
    _ = try await runtime.start(model, for: user)
  }

  private func use<Result: Sendable>(
    _ backend: ChatBackend, for user: UserID, _ body: @Sendable (EngineAddress) async throws -> Result
  ) async throws -> Result {
    switch backend.target {
    case .model(let model): try await runtime.use(model, for: user, body)
    case .engine(let address): try await body(address)
    }
  }
}
