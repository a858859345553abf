import Domain

/// How many sessions of a connection one transfer should use.
///
/// A session carries no more than its window, 2 MB with OpenSSH, in a round trip, so over a distance several carry
/// more. Nearby one carries what the machines can encrypt, and more would only cost processor time.
struct TransferWidth: Sendable {
  /// Sessions left to others: a download, a program that is asked something.
  static let spare = 2
  /// All that are usually allowed, less those.
  static let most = SessionBudget.usual - spare
  /// The round trip in which one session's window is some 350 MB a second.
  private static let near = Duration.milliseconds(6)

  let channel: AgentChannel
  let fixed: Int?

  /// Waits for the connection.
  func sessions() async throws(DomainError) -> Int {
    let time = try await channel.roundTrip()
    return fixed ?? Self.sessions(roundTrip: time)
  }

  static func sessions(roundTrip: Duration) -> Int { min(most, 1 + Int(max(.zero, roundTrip) / near)) }
}
