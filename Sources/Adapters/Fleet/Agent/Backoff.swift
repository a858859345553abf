/// How long to wait before the next attempt: doubled each time up to a limit, jittered so that many hosts that
/// fell together do not come back together.
struct Backoff {
  private let first: Double
  private let limit: Double
  private var current: Double

  /// Seconds.
  init(first: Double = 0.2, limit: Double = 30) {
    self.first = first
    self.limit = limit
    current = first
  }

  /// Half to all of the present step, which then doubles.
  mutating func next() -> Duration {
    defer { current = min(limit, current * 2) }
    return .seconds(current * Double.random(in: 0.5...1))
  }

  mutating func reset() { current = first }
}
