import Domain
import ProcessRunning

/// A program of ours in a session of its own.
struct LeasedTransport: AgentTransport {
  private let session: LeasedSession

  init(_ session: LeasedSession) { self.session = session }

  func read() async -> [UInt8]? { await session.pipes.read() }

  func write(_ bytes: [UInt8]) async throws(DomainError) {
    do throws(ProcessError) {
      try await session.pipes.write(bytes)
    } catch {
      throw AgentError.unreachable(error.debugDescription)
    }
  }

  func errorText() async -> String {
    var text: [UInt8] = []
    while let bytes = await session.pipes.readError() { text = Array((text + bytes).suffix(4096)) }
    return String(decoding: text, as: UTF8.self)
  }

  func close() async { session.close() }

  var isUnwanted: Bool { session.isUnwanted }
}
