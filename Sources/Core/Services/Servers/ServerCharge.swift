import Synchronization

/// Whether this server is in charge, as far as it may act on it: known without asking anybody.
package final class ServerCharge: Sendable {
  private struct State {
    var token: Int64?
    var isOpen = false
    var deadline = ContinuousClock.now
  }

  private let state = Mutex(State())

  package init() {}

  /// What it holds the lease by; nil where it does not, and from the moment on when another server may.
  package var token: Int64? {
    state.withLock { state in ContinuousClock.now < state.deadline ? state.token : nil }
  }

  package var isHeld: Bool { token != nil }

  /// Whether it answers for all servers: it is in charge, and has set right what the one before left.
  package var isAnswering: Bool {
    state.withLock { $0.isOpen && $0.token != nil && ContinuousClock.now < $0.deadline }
  }

  /// What the one before left is set right.
  package func open() { state.withLock { $0.isOpen = true } }

  func hold(_ token: Int64, until deadline: ContinuousClock.Instant) {
    state.withLock { state in
      state.token = token
      state.deadline = deadline
    }
  }

  func drop() { state.withLock { $0.token = nil } }
}
