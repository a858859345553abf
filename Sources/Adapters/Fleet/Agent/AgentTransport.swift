package import Domain

/// The two byte streams of one agent process, wherever it runs.
package protocol AgentTransport: Sendable {
  /// The next bytes the agent wrote; nil at the end.
  func read() async -> [UInt8]?
  /// Returns when the bytes are on their way; throws when nobody takes them any more.
  func write(_ bytes: [UInt8]) async throws(DomainError)
  /// What the agent wrote to its error output, up to the end of it; the last 4 KiB.
  func errorText() async -> String
  /// Ends the agent; harmless when it has ended.
  func close() async
  /// Whether others need the room that it takes more than one which only helps.
  var isUnwanted: Bool { get }
}

extension AgentTransport {
  package var isUnwanted: Bool { false }
}
