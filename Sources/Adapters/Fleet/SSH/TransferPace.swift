import Concurrency
import Synchronization

/// Lets a transfer have one more session when the line carries more than those it has.
///
/// Each session keeps up to a window, 2 MB, on the way, and whatever else is said on the connection waits behind it:
/// over a line of 1 MB/s seven sessions would silence the agent for 14 s, and it would count as dead. One more is let
/// in when what all of them then keep on the way is gone within a second.
final class TransferPace: Sendable {
  private struct State {
    var bytes = 0
    var began: ContinuousClock.Instant?
    var isOver = false
    var waiting: Gate?
  }

  static let window = 2 << 20

  private let skipped: Int
  private let state = Mutex(State())

  /// - Parameter skipped: bytes at the beginning that only fill what lies before the line.
  init(skipping skipped: Int = 0) { self.skipped = skipped }

  func add(_ bytes: Int, at now: ContinuousClock.Instant = .now) {
    change { state in
      state.bytes += bytes
      if state.began == nil, state.bytes >= skipped { state.began = now }
    }
  }

  /// Waits until the line carries `count` sessions; false where the transfer ends first.
  func admits(_ count: Int) async -> Bool {
    while !Task.isCancelled {
      let gate = state.withLock { state -> Gate? in
        if state.isOver || Self.carries(count, state, skipped, at: .now) { return nil }
        let gate = state.waiting ?? Gate()
        state.waiting = gate
        return gate
      }
      guard let gate else { return !state.withLock(\.isOver) }
      guard (try? await gate.wait()) != nil else { return false }
    }
    return false
  }

  /// Nobody is let in any more.
  func end() {
    change { $0.isOver = true }
  }

  private static func carries(
    _ count: Int, _ state: State, _ skipped: Int, at now: ContinuousClock.Instant
  ) -> Bool {
    guard let began = state.began else { return false }
    let bytes = state.bytes - skipped
    guard bytes >= window else { return false }
    return Double(bytes) >= Double(count * window) * (began.duration(to: now) / .seconds(1))
  }

  private func change(_ body: (inout State) -> Void) {
    let gate = state.withLock { state in
      body(&state)
      defer { state.waiting = nil }
      return state.waiting
    }
    gate?.open()
  }
}
