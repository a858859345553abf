import Concurrency
import Domain
import Synchronization

/// An inference engine that answers every model with its last question, turned round.
final class ScriptedEngine: ModelCalling {
  private struct State {
    var isUp = true
    /// Adapters that were given to a base's server.
    var adapters: [String] = []
    var failure: DomainError?
    var requests: [GenerationRequest] = []
    var addresses: [EngineAddress] = []
    var pause: (after: Int, gate: Gate, failure: DomainError?)?
    var closed = 0
  }

  private let state = Mutex(State())

  var requests: [GenerationRequest] { state.withLock { $0.requests } }

  var pause: (after: Int, gate: Gate, failure: DomainError?)? { state.withLock { $0.pause } }

  var adapters: [String] { state.withLock { $0.adapters } }

  func loadAdapter(_ folder: String, named name: String, at address: EngineAddress) async throws(DomainError)
  {
    state.withLock { $0.adapters.append(folder) }
  }

  /// Where each request went.
  var addresses: [EngineAddress] { state.withLock { $0.addresses } }
  /// Streams that ended before their answer did.
  var closed: Int { state.withLock { $0.closed } }

  /// Streams stop after so many pieces until the gate opens, and then go on or fail.
  func pause(after pieces: Int, until gate: Gate, failing failure: DomainError? = nil) {
    state.withLock { $0.pause = (pieces, gate, failure) }
  }

  /// An engine that is not up serves no model: a service that waits for it goes on waiting.
  func setUp(_ value: Bool) { state.withLock { $0.isUp = value } }
  func fail(with error: DomainError?) { state.withLock { $0.failure = error } }

  static func answer(to question: String) -> String { String(question.reversed()) }

  func models(at address: EngineAddress) async throws(DomainError) -> [String] {
    guard state.withLock({ $0.isUp }) else { throw DomainError(.upstreamFailed, "It does not answer.") }
    return [address.model]
  }

  func reply(to request: GenerationRequest, at address: EngineAddress) async throws(DomainError)
    -> GenerationResult
  {
    let failure = state.withLock { state in
      state.requests.append(request)
      state.addresses.append(address)
      return state.failure
    }
    if let failure { throw failure }
    return GenerationResult(
      content: Self.answer(to: request.turns.last?.content ?? ""), finishReason: "stop", promptTokens: 3,
      completionTokens: 4)
  }

  func stream(
    _ request: GenerationRequest, at address: EngineAddress, receive: (String) async throws -> Void
  ) async throws -> GenerationResult {
    let whole = try await reply(to: request, at: address)
    let pause = pause
    do {
      for (index, character) in whole.content.enumerated() {
        if let pause, index == pause.after {
          try await pause.gate.wait()
          if let failure = pause.failure { throw failure }
        }
        try await receive(String(character))
      }
    } catch {
      state.withLock { $0.closed += 1 }
      throw error
    }
    return whole
  }
}
