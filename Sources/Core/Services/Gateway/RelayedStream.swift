import Domain
import Synchronization

/// An engine's event stream on its way to a caller.
package struct RelayedStream: Sendable {
  let first: [UInt8]
  let answer: RelayAnswer
  let hold: RelayHold
  let events: RelayEvents
  let promptTokens: Int
  /// Takes what was used, nil for a failure; called once.
  let count: @Sendable (TokenUsage?) async -> Void

  init(
    first: [UInt8], answer: RelayAnswer, hold: RelayHold, events: RelayEvents, promptTokens: Int,
    count: @escaping @Sendable (TokenUsage?) async -> Void
  ) {
    self.first = first
    self.answer = answer
    self.hold = hold
    self.events = events
    self.promptTokens = promptTokens
    self.count = count
  }

  static let cut = DomainError(
    .upstreamFailed, "The model's server closed the connection in the middle of its answer.",
    hint: "Try again; the model may have been unloaded.", origin: .upstream)

  /// Passes everything on and returns at the end of the answer; what `write` throws closes the engine's stream.
  ///
  /// Throws `UpstreamRefusal` or `DomainError` where the engine broke off: the caller must be told in the stream.
  package func run(_ write: (_ bytes: [UInt8]) async throws -> Void) async throws {
    var events = events
    defer { hold.end() }
    do {
      var piece: [UInt8]? = first
      while let bytes = piece {
        let ready = try events.feed(bytes)
        if !ready.isEmpty { try await write(ready) }
        if let failure = events.failure { throw failure }
        if events.isDone { break }
        piece = try await answer.next()
      }
      let rest = events.finish()
      if !rest.isEmpty { try await write(rest) }
      if let failure = events.failure { throw failure }
      guard events.isWhole else { throw Self.cut }
      if !events.isDone { try await write(Array("data: [DONE]\n\n".utf8)) }
    } catch {
      // A caller that went away has used what came until then.
      let isFailure = error is DomainError || error is UpstreamRefusal
      await count(isFailure && events.completionTokens == 0 ? nil : used(events))
      throw error
    }
    await count(used(events))
  }

  private func used(_ events: RelayEvents) -> TokenUsage {
    events.usage
      ?? TokenUsage(prompt: promptTokens, completion: events.completionTokens, isEstimate: true)
  }
}

/// What an answer holds on to: the engine's connection and the loaded model.
///
/// Ends by `end`, or with its last reference: an answer whose caller has gone is never read.
final class RelayHold: Sendable {
  private struct State {
    var answer: RelayAnswer?
    var release: (@Sendable () async -> Void)?
  }

  private let state: Mutex<State>

  /// - Parameter release: called once.
  init(release: (@Sendable () async -> Void)? = nil) {
    state = Mutex(State(release: release))
  }

  deinit { end() }

  func closes(_ answer: RelayAnswer) { state.withLock { $0.answer = answer } }

  func closeAnswer() {
    let answer = state.withLock { state in
      defer { state.answer = nil }
      return state.answer
    }
    answer?.close()
  }

  func end() {
    closeAnswer()
    let release = state.withLock { state in
      defer { state.release = nil }
      return state.release
    }
    // A task of its own: this may be a deinit, which cannot wait.
    if let release { Task { await release() } }
  }
}
