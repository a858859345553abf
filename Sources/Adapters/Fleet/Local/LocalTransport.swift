import Domain
import ProcessRunning

/// An agent that is a child of the server.
struct LocalTransport: AgentTransport {
  let process: ChildProcess

  func read() async -> [UInt8]? {
    (try? await process.read()) ?? nil
  }

  func write(_ bytes: [UInt8]) async throws(DomainError) {
    do throws(ProcessError) {
      try await process.write(bytes)
    } catch {
      throw AgentError.unreachable(error.debugDescription)
    }
  }

  func errorText() async -> String {
    var text: [UInt8] = []
    while let bytes = (try? await process.readError()) ?? nil {
      text = Array((text + bytes).suffix(4096))
    }
    return String(decoding: text, as: UTF8.self)
  }

  func close() async {
    await process.end()
  }
}
