import Contract
import Synchronization

/// The answers to "how does the server do?", which anyone may ask, and as often as they like.
///
/// A good answer stands for a second: the database is asked once, and the answer put into words once, for everyone who
/// asks meanwhile. That the server is not well is never taken for granted.
final class HealthReplies: Sendable {
  private struct Standing {
    let since: ContinuousClock.Instant
    let bytes: [UInt8]
  }

  private static let standing = Duration.seconds(1)

  private let ask: @Sendable () async -> ServerHealth
  private let version: String
  private let good = Mutex<Standing?>(nil)

  init(version: String, ask: @escaping @Sendable () async -> ServerHealth) {
    self.version = version
    self.ask = ask
  }

  /// The good answer that stands; nil where the database has to be asked.
  func standing() -> [UInt8]? {
    guard let good = good.withLock({ $0 }), good.since.duration(to: .now) < Self.standing else { return nil }
    return good.bytes
  }

  /// Asks; true where all is well.
  func renewed() async throws -> (isWell: Bool, bytes: [UInt8]) {
    // From before the question: an answer that came late is not good for longer.
    let since = ContinuousClock.now
    let health = await ask()
    let isWell = health.databaseProblem == nil
    let bytes = try JSONBytes.encode(
      HealthReply(
        status: isWell ? "ok" : "degraded", version: version, uptimeSeconds: health.uptimeSeconds,
        database: health.databaseProblem ?? "ok"))
    good.withLock { $0 = isWell ? Standing(since: since, bytes: bytes) : nil }
    return (isWell, bytes)
  }
}
