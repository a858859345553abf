import Concurrency
import Domain
import Synchronization

/// How many sessions may be open on a host's connection beside the agent's.
///
/// | the far side | the limit |
/// |---|---|
/// | has not refused yet | 9: sshd's usual `MaxSessions` of 10, less the agent's |
/// | refused one while n others were open | n, until the next connection |
/// | refused the agent's own | one less than are open: who can spare one gives it back |
///
/// A session is one of these from before it is opened until it is closed.
final class SessionBudget: Sendable {
  private struct State {
    var limit = SessionBudget.usual
    var open = 0
    var changed = Gate()
  }

  static let usual = 9

  private let state = Mutex(State())

  /// Waits for room.
  ///
  /// Throws where the host allows no session beside the agent's, and when the task is cancelled.
  func acquire() async throws(DomainError) {
    while true {
      let changed = state.withLock { state -> Gate? in
        guard state.limit > 0, state.open >= state.limit else { return nil }
        return state.changed
      }
      if let changed {
        guard (try? await changed.wait()) != nil else { throw AgentError.cancelled }
        continue
      }
      if limit == 0 { throw SSHFailure.noSecondSession }
      if acquire(leaving: 0) { return }
    }
  }

  /// Takes room only where `rest` sessions more could still be opened.
  func acquire(leaving rest: Int) -> Bool {
    state.withLock { state in
      guard state.open + rest < state.limit else { return false }
      state.open += 1
      return true
    }
  }

  func release() {
    change { $0.open -= 1 }
  }

  /// The far side refused a session for which room had been taken.
  func wasRefused() {
    change { $0.limit = min($0.limit, $0.open - 1) }
  }

  /// The far side refused the agent's own session.
  func agentWasRefused() {
    change { if $0.open > 0 { $0.limit = max(1, $0.open - 1) } }
  }

  /// A new connection: what the last one allowed may be another's settings.
  func reset() {
    change { $0.limit = Self.usual }
  }

  /// Whether more are open than should be: who can spare one closes it.
  var isExceeded: Bool { state.withLock { $0.open > $0.limit } }

  var limit: Int { state.withLock(\.limit) }

  private func change(_ body: (inout State) -> Void) {
    let changed = state.withLock { state in
      body(&state)
      defer { state.changed = Gate() }
      return state.changed
    }
    changed.open()
  }
}
