import Synchronization

/// When the server could last not be reached.
///
/// Who began to wait before that gets the same answer at once: a server that is silent costs each connection its whole
/// patience, and those who wait in line behind would wait many times as long.
package final class Outage: Sendable {
  private let last = Mutex<(at: ContinuousClock.Instant, error: SQLError)?>(nil)

  package init() {}

  package func note(_ error: SQLError) {
    guard error.code == .unreachable else { return }
    last.withLock { $0 = (.now, error) }
  }

  /// Throws where the server was found away after `instant`.
  package func check(since instant: ContinuousClock.Instant) throws(SQLError) {
    if let last = last.withLock({ $0 }), last.at > instant { throw last.error }
  }
}
