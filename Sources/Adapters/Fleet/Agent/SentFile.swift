import Domain
import FoundationEssentials

/// What the agent's sender gives: pieces with their length before them, an empty one at the end.
actor SentFile {
  private static let failed = 0xffff_ffff

  private let transport: any AgentTransport
  private var pending: ArraySlice<UInt8> = []
  /// Bytes of the present piece that are still to come.
  private var left = 0
  private var isOver = false

  private init(_ transport: any AgentTransport) { self.transport = transport }

  /// Asks for something; throws what the sender refuses.
  static func stream(_ request: SendRequest, over transport: any AgentTransport) async throws(DomainError)
    -> AsyncThrowingStream<[UInt8], any Error>
  {
    let file = SentFile(transport)
    do throws(DomainError) {
      guard let line = try? [UInt8](JSONEncoder().encode(request)) else {
        throw AgentError.unreadable("the request cannot be encoded")
      }
      try await transport.write(line + [UInt8(ascii: "\n")])
      try await file.begin()
    } catch {
      await transport.close()
      throw error
    }
    return AsyncThrowingStream { try await file.next() }
  }

  /// Reads up to the sender's own line, past what a login shell may print.
  private func begin() async throws(DomainError) {
    while true {
      let line = try await line()
      guard line.first == UInt8(ascii: "{"),
        let answer = try? JSONDecoder().decode(SendAnswer.self, from: Data(line))
      else { continue }
      if let refusal = answer.error { throw AgentError.refused(refusal) }
      return
    }
  }

  /// The next bytes; nil at the end the sender itself told.
  private func next() async throws(DomainError) -> [UInt8]? {
    if isOver { return nil }
    do throws(DomainError) {
      if left == 0 {
        while pending.count < 4 { try await fill() }
        left = pending.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        pending = pending.dropFirst(4)
        if left == Self.failed { try await begin() }
        if left == 0 {
          isOver = true
          await transport.close()
          return nil
        }
      }
      if pending.isEmpty { try await fill() }
      let piece = Array(pending.prefix(left))
      pending = pending.dropFirst(piece.count)
      left -= piece.count
      return piece
    } catch {
      isOver = true
      await transport.close()
      throw error
    }
  }

  private func line() async throws(DomainError) -> [UInt8] {
    while true {
      if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
        defer { pending = pending[(end + 1)...] }
        return Array(pending[..<end])
      }
      guard pending.count < FrameSplitter.limit else { throw AgentError.unreadable("a line is too long") }
      try await fill()
    }
  }

  private func fill() async throws(DomainError) {
    guard let bytes = await transport.read() else {
      throw AgentError.unreachable("the connection ended while a file was read")
    }
    pending = pending.isEmpty ? bytes[...] : pending + bytes
  }
}

/// What a sender is told.
struct SendRequest: Encodable {
  let folder: String
  var name: String?
  var file: String?
  var offset: Int64?
  var length: Int64?
  var tag: String?
}

private struct SendAnswer: Decodable { let error: FrameHead.Refusal? }
