package import Domain

/// Relays OpenAI's API to backends: finds them, tries one after another, and counts what was used.
///
/// An answer is tried elsewhere only as long as nothing of it has reached the caller.
package final class GatewayService: Sendable {
  /// An answer on its way to the caller.
  package enum Answer: Sendable {
    /// A whole body; JSON.
    case whole([UInt8])
    case stream(RelayedStream)
    /// The backend has no API to relay to: the answer is to be made from `ChatService`.
    case made
  }

  package let limits: RequestLimits
  package let ledger: UsageLedger
  private let backends: BackendCatalog
  private let chat: ChatService
  private let runtime: ModelRuntime
  private let relaying: any RelayCalling
  private let targets: TargetBoard

  package init(
    backends: BackendCatalog, chat: ChatService, runtime: ModelRuntime, relaying: any RelayCalling,
    limits: RequestLimits, ledger: UsageLedger, clock: WallClock
  ) {
    self.backends = backends
    self.chat = chat
    self.runtime = runtime
    self.relaying = relaying
    self.limits = limits
    self.ledger = ledger
    targets = TargetBoard(clock: clock)
  }

  /// Sends a request to the model it names and returns when the answer has begun.
  ///
  /// Throws `UpstreamRefusal` for what a backend refused, `DomainError` for the rest.
  package func open(_ body: RelayBody, for caller: GatewayCaller) async throws -> Answer {
    let user = ChatCaller(caller.userID)
    let own = try await backends.own(body.model, for: user)
    if own == nil, let alias = backends.alias(named: body.model) {
      return try await tryTargets(of: alias, body, for: caller)
    }
    let backend = if let own { own } else { try await backends.backend(named: body.model, for: user) }
    if chat.isScripted(backend) {
      guard body.route == .chat else { throw Self.onlyChat }
      return .made
    }
    do {
      return try await attempt(body, backend, as: backend.name, for: caller)
    } catch  where !(error is CancellationError) {
      count(nil, caller, backend.name)
      throw error
    }
  }

  /// The targets of an alias by turns, until one answers.
  private func tryTargets(of alias: ModelAlias, _ body: RelayBody, for caller: GatewayCaller) async throws
    -> Answer
  {
    var failure: any Error = DomainError(.modelMissing, "No target of this model is set up.")
    for target in await targets.order(alias) {
      do {
        let backend = try backends.backend(ofPreset: target)
        let answer = try await attempt(body, backend, as: alias.id, for: caller)
        await targets.answered(target)
        return answer
      } catch let error where Self.isWorthAnother(error) {
        await targets.failed(target, retryAfter: (error as? UpstreamRefusal)?.retryAfter)
        failure = error
      } catch  where !(error is CancellationError) {
        count(nil, caller, alias.id)
        throw error
      }
    }
    count(nil, caller, alias.id)
    throw failure
  }

  /// What another target may do better: it was away, broken or busy, or is not set up.
  private static func isWorthAnother(_ error: any Error) -> Bool {
    switch error {
    case let error as UpstreamRefusal: error.status >= 500 || error.status == 429
    case let error as DomainError: [.upstreamFailed, .timedOut, .modelMissing].contains(error.code)
    default: false
    }
  }

  private func attempt(
    _ body: RelayBody, _ backend: ChatBackend, as name: String, for caller: GatewayCaller
  ) async throws -> Answer {
    switch backend.target {
    case .engine(let address):
      return try await send(body, to: address, emptied: [], as: name, for: caller, hold: RelayHold())
    case .model(let model):
      let use = try await runtime.acquire(model, for: caller.userID)
      // Released by whoever holds it last, which may be a stream that was never read.
      let hold = RelayHold { [runtime] in await runtime.release(use) }
      // LLaMA-Factory takes it for a repetition penalty, and OpenAI's default of 0 makes it hang.
      return try await send(
        body, to: use.address, emptied: ["presence_penalty"], as: name, for: caller, hold: hold)
    }
  }

  private func send(
    _ body: RelayBody, to address: EngineAddress, emptied: [String], as name: String,
    for caller: GatewayCaller, hold: RelayHold
  ) async throws -> Answer {
    let secrets = [address.key, address.baseURL, address.authority].compactMap(\.self)
    var asks = body.streams
    while true {
      let changes = RelayBody.Changes(model: address.model, asksForUsage: asks, emptied: emptied)
      let answer = try await relaying.open(
        RelayRequest(route: body.route, bytes: body.bytes(with: changes), streams: body.streams), at: address)
      hold.closes(answer)
      guard (200..<300).contains(answer.status) else {
        let said = try? await Self.collect(answer, upTo: 262_144)
        hold.closeAnswer()
        // Not every server knows what was only asked for here.
        if asks, !body.wantsUsage, answer.status == 400 || answer.status == 422,
          let said, said.contains("stream_options") || said.contains("include_usage")
        {
          asks = false
          continue
        }
        throw refusal(answer, said ?? [], body, secrets)
      }
      if body.streams, answer.isEventStream {
        // An engine that fails at once can still be told of as an ordinary error, or replaced.
        guard let first = try await answer.body.next() else { throw RelayedStream.cut }
        return .stream(
          RelayedStream(
            first: first, answer: answer, hold: hold,
            events: RelayEvents(
              name: body.model, hidesUsage: asks && !body.wantsUsage, secrets: secrets),
            promptTokens: body.promptTokens
          ) { [ledger] usage in
            ledger.add(usage, userID: caller.userID, keyID: caller.key?.id, model: name)
          })
      }
      let bytes = try await Self.collect(answer, upTo: 64 << 20)
      guard let reply = RelayReply(bytes, named: body.model) else {
        throw DomainError(
          .upstreamFailed, "The model's server gave an answer that could not be read.", hint: "Try again.",
          origin: .upstream)
      }
      hold.end()
      let estimate = TokenUsage(
        prompt: body.promptTokens, completion: reply.completionTokens, isEstimate: true)
      count(reply.usage ?? estimate, caller, name)
      return .whole(reply.bytes)
    }
  }

  package func count(_ usage: TokenUsage?, _ caller: GatewayCaller, _ model: String) {
    ledger.add(usage, userID: caller.userID, keyID: caller.key?.id, model: model)
  }

  private static func collect(_ answer: RelayAnswer, upTo limit: Int) async throws -> [UInt8] {
    var whole: [UInt8] = []
    while let piece = try await answer.body.next() {
      whole += piece
      guard whole.count <= limit else {
        throw DomainError(
          .upstreamFailed, "The model's server gave an answer that is too large.", origin: .upstream)
      }
    }
    return whole
  }

  /// A backend's refusal as it concerns the caller.
  private func refusal(_ answer: RelayAnswer, _ said: [UInt8], _ body: RelayBody, _ secrets: [String])
    -> any Error
  {
    switch answer.status {
    case 401, 403:
      // The server's own key, which is nothing the caller can mend.
      return DomainError(
        .upstreamFailed, "The model's server refused this server's key.", hint: "Tell the operator.",
        origin: .upstream)
    case 404, 405, 501:
      return UpstreamRefusal(
        status: 404, message: "The model's server does not offer /v1\(body.route.rawValue) for this model.",
        type: "invalid_request_error", code: "not_supported")
    case 300..<400:
      return DomainError(
        .upstreamFailed, "The model's server answered with a redirect, which is not followed.",
        hint: "Tell the operator.", origin: .upstream)
    default:
      return UpstreamRefusal(
        status: answer.status, body: said, retryAfter: answer.retryAfter, hiding: secrets)
    }
  }

  private static let onlyChat = DomainError.invalid(
    "This model answers chats only.", hint: "Use /v1/chat/completions.")
}

extension EngineAddress {
  /// Host and port.
  fileprivate var authority: String? {
    let bytes = baseURL.utf8
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[colon...].starts(with: "://".utf8) else {
      return nil
    }
    return String(bytes[colon...].dropFirst(3).prefix { $0 != UInt8(ascii: "/") })
  }
}

extension [UInt8] {
  fileprivate func contains(_ word: String) -> Bool {
    String(decoding: self, as: UTF8.self).contains(word)
  }
}

/// Which targets of aliases rest; one for all requests.
actor TargetBoard {
  private var rest = TargetRest()
  private let clock: WallClock

  init(clock: WallClock) { self.clock = clock }

  func order(_ alias: ModelAlias) -> [String] {
    rest.order(alias, at: clock.now()) { Int.random(in: $0) }
  }

  func failed(_ target: String, retryAfter: Int?) {
    rest.failed(target, at: clock.now(), retryAfter: retryAfter)
  }

  func answered(_ target: String) { rest.answered(target) }
}
