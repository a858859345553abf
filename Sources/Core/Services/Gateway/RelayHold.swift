import Domain
import Synchronization

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

  func closeAnswer() { takeAnswer()?.body.close() }

  func end() {
    closeAnswer()
    releaseModel()
  }

  /// The same after the last event, when the engine's connection may be used again.
  func leave() {
    takeAnswer()?.body.leave()
    releaseModel()
  }

  private func takeAnswer() -> RelayAnswer? {
    state.withLock { state in
      defer { state.answer = nil }
      return state.answer
    }
  }

  private func releaseModel() {
    let release = state.withLock { state in
      defer { state.release = nil }
      return state.release
    }
    // A task of its own: this may be a deinit, which cannot wait.
    if let release { Task { await release() } }
  }
}
