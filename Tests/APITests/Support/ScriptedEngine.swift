import Domain
import Synchronization

/// An inference engine that answers every model with its last question, turned round.
final class ScriptedEngine: ModelCalling {
  private struct State {
    var isUp = true
    var failure: DomainError?
    var requests: [GenerationRequest] = []
  }

  private let state = Mutex(State())

  var requests: [GenerationRequest] { state.withLock { $0.requests } }

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
    for character in whole.content { try await receive(String(character)) }
    return whole
  }
}
