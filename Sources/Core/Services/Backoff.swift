/// Waits longer after each failure: 0.5 s doubling to 30 s, with jitter so that many do not come back
/// at once.
struct Backoff: Sendable {
  private var seconds = 0.5

  mutating func reset() { seconds = 0.5 }

  /// False when the task was cancelled meanwhile.
  mutating func wait() async -> Bool {
    let now = seconds * Double.random(in: 0.75...1.25)
    seconds = min(30, seconds * 2)
    do {
      try await Task.sleep(for: .milliseconds(Int(now * 1000)))
      return true
    } catch {
      return false
    }
  }
}
