import Synchronization

/// Which side of a connection spoke last, and when.
final class LastHeard: Sendable {
  private let state = Mutex<(isHost: Bool, time: SuspendingClock.Instant)>((false, .now))

  func host() { state.withLock { $0 = (true, .now) } }
  func client() { state.withLock { $0 = (false, .now) } }

  /// Returns when the host spoke last and that was `limit` ago; also when the task is cancelled.
  ///
  /// After the client's word it does not count: a model may think for long.
  func waitUntilIdle(for limit: Duration) async {
    while true {
      let present = state.withLock(\.self)
      let end = (present.isHost ? present.time : .now) + limit
      guard (try? await Task.sleep(until: end, clock: .suspending)) != nil else { return }
      let later = state.withLock(\.self)
      if later.isHost, later.time + limit <= .now { return }
    }
  }
}
