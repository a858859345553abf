package import Domain
import Synchronization

/// Answers, whatever it is that answers: behind every door.
package struct ChatService: Sendable {
  package let backends: BackendCatalog
  private let runtime: ModelRuntime
  private let calling: any ModelCalling
  private let scripted: ScriptedChat?
  private let ledger: UsageLedger

  /// - Parameter scripted: answers for models on hosts in place of the runtime (CHAT_MODE cli and script).
  package init(
    backends: BackendCatalog, runtime: ModelRuntime, calling: any ModelCalling, ledger: UsageLedger,
    scripted: ScriptedChat? = nil
  ) {
    self.backends = backends
    self.runtime = runtime
    self.calling = calling
    self.scripted = scripted
    self.ledger = ledger
  }

  /// Whether a backend's answers are made by scripts, and not relayed.
  package func isScripted(_ backend: ChatBackend) -> Bool {
    if case .model = backend.target { scripted != nil } else { false }
  }

  /// Whether an answer of the backend costs nothing but the answer: nothing has to be loaded first.
  package func isLoaded(_ backend: ChatBackend) async -> Bool {
    switch backend.target {
    case .engine: true
    case .model(let model):
      if scripted == nil { await runtime.standing(of: model).status == .ready } else { false }
    }
  }

  /// The whole answer, counted.
  package func complete(
    _ request: GenerationRequest, model: String, baseModel: String?, for caller: GatewayCaller
  ) async throws -> GenerationResult {
    try request.checkTurns()
    let backend = try await backends.backend(
      named: model, baseModel: baseModel, for: ChatCaller(caller.userID))
    return try await counted(request, backend, for: caller, ChatTally()) {
      if case .model(let model) = backend.target, let scripted {
        return try await scripted.answer(request, of: model)
      }
      return try await use(backend, for: caller.userID) { address in
        try await calling.reply(to: request, at: address)
      }
    }
  }

  /// The answer in pieces, as they come, counted.
  ///
  /// What can fail before the first piece does so in `prepare`, while it can still be an ordinary error.
  package func stream(
    _ request: GenerationRequest, model: String, for caller: GatewayCaller,
    receive: @escaping @Sendable (String) async throws -> Void
  ) async throws -> GenerationResult {
    try request.checkTurns()
    let backend = try await backends.backend(named: model, for: ChatCaller(caller.userID))
    return try await stream(request, from: backend, for: caller, receive: receive)
  }

  /// The answer of a known backend in pieces; what `receive` throws ends the generation.
  package func stream(
    _ request: GenerationRequest, from backend: ChatBackend, for caller: GatewayCaller,
    receive: @escaping @Sendable (String) async throws -> Void
  ) async throws -> GenerationResult {
    try request.checkTurns()
    let tally = ChatTally()
    return try await counted(request, backend, for: caller, tally) {
      let receive: @Sendable (String) async throws -> Void = { piece in
        tally.add(piece)
        try await receive(piece)
      }
      if case .model(let model) = backend.target, let scripted {
        return try await scripted.answer(request, of: model, receive: receive)
      }
      return try await use(backend, for: caller.userID) { address in
        try await calling.stream(request, at: address, receive: receive)
      }
    }
  }

  /// Counts what was used, also of an answer that was broken off; one that never began is a failure.
  private func counted(
    _ request: GenerationRequest, _ backend: ChatBackend, for caller: GatewayCaller, _ tally: ChatTally,
    _ body: () async throws -> GenerationResult
  ) async throws -> GenerationResult {
    let prompt = request.turns.reduce(0) { $0 + ContextWindow.tokens(in: $1.content) }
    func count(_ usage: TokenUsage?) {
      ledger.add(usage, userID: caller.userID, keyID: caller.key?.id, model: backend.name)
    }
    do {
      let answer = try await body()
      let isKnown = answer.promptTokens != nil && answer.completionTokens != nil
      count(
        TokenUsage(
          prompt: answer.promptTokens ?? prompt,
          completion: answer.completionTokens ?? ContextWindow.tokens(in: answer.content),
          isEstimate: !isKnown))
      return answer
    } catch {
      if tally.tokens > 0 {
        count(TokenUsage(prompt: prompt, completion: tally.tokens, isEstimate: true))
      } else if !(error is CancellationError) {
        count(nil)
      }
      throw error
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
    try await runtime.prepare(model, for: user)
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

/// Tokens of what came so far.
private final class ChatTally: Sendable {
  private let estimate = Mutex(TokenEstimate())

  func add(_ piece: String) { estimate.withLock { $0.add(piece) } }
  var tokens: Int { estimate.withLock(\.tokens) }
}
