import Contract

/// A connection that is made again when the server goes away, and says so once each time.
final class Reconnection {
  private let call: Invocation
  private let note: (String) -> Void
  private var backoff = Backoff()
  private var isAway = false

  /// `note` tells the person.
  init(_ call: Invocation, note: @escaping (String) -> Void) {
    self.call = call
    self.note = note
  }

  /// Runs `attempt` until it returns something; nil means that the connection ended too early.
  func run<Value>(_ attempt: () async throws -> Value?) async throws -> Value {
    while true {
      do {
        if let value = try await attempt() { return value }
      } catch let failure as CommandFailure where failure.isTransient {
        if !isAway { note("\(failure.envelope.error) Trying again until it is back …") }
        isAway = true
      }
      try await call.console.pause(backoff.next())
    }
  }

  /// The attempt that is under way has reached the server.
  func isConnected() {
    if isAway { note("The server is back.") }
    isAway = false
    backoff = Backoff()
  }
}

/// How long to wait before the next attempt: 0.5 s, doubled up to 10 s.
struct Backoff: Sendable {
  private var attempt = 0

  mutating func next() -> Duration {
    defer { attempt += 1 }
    return .milliseconds(min(10_000, 500 << min(attempt, 5)))
  }
}
