import Domain
import FoundationEssentials

/// One sender of the agent's: it is asked for parts of one thing, and gives them in the order they were asked for.
///
/// Each part comes as pieces with their length before them; an empty one says that it was whole.
final class SenderLane {
  private static let failed = 0xffff_ffff

  let transport: any AgentTransport
  /// Parts that were asked for and have not been read to their end.
  var outstanding = 0
  /// When it was last asked; the smaller, the longer ago.
  var lastAsked = 0
  private var pending: ArraySlice<UInt8> = []
  /// Bytes of the present piece that are still to come.
  private var left = 0
  private var isGreeted = false

  /// Says what parts will be asked of.
  init(_ transport: any AgentTransport, _ request: SendRequest) async throws(DomainError) {
    self.transport = transport
    try await write(request)
  }

  /// Asks for a part; does not wait for it.
  func ask(_ part: Range<Int64>) async throws(DomainError) {
    outstanding += 1
    try await write(SendPart(offset: part.lowerBound, length: Int64(part.count)))
  }

  /// Waits until the sender has said that it has what was asked for; throws what it refuses.
  ///
  /// A reader need not call it: it happens before the first bytes.
  func greet() async throws(DomainError) {
    if isGreeted { return }
    // Reads up to the sender's own line, past what a login shell may print.
    while true {
      let line = try await line()
      guard line.first == UInt8(ascii: "{"),
        let answer = try? JSONDecoder().decode(SendAnswer.self, from: Data(line))
      else { continue }
      if let refusal = answer.error { throw AgentError.refused(refusal) }
      isGreeted = true
      return
    }
  }

  /// The next bytes of the present part: at least one.
  func read() async throws(DomainError) -> [UInt8] {
    try await greet()
    if left == 0 { left = try await head() }
    if left == 0 { throw AgentError.unreadable("a part is shorter than it was asked for") }
    if pending.isEmpty { try await fill() }
    let piece = Array(pending.prefix(left))
    pending = pending.dropFirst(piece.count)
    left -= piece.count
    return piece
  }

  /// Waits until the sender has said that the present part, of which all has been read, was whole.
  func confirm() async throws(DomainError) {
    guard left == 0, try await head() == 0 else { throw AgentError.unreadable("a part is too long") }
    outstanding -= 1
  }

  private func head() async throws(DomainError) -> Int {
    while pending.count < 4 { try await fill() }
    let length = pending.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    pending = pending.dropFirst(4)
    if length == Self.failed {
      isGreeted = false
      try await greet()
      throw AgentError.unreadable("a failure without its reason")
    }
    return length
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

  private func write(_ value: some Encodable) async throws(DomainError) {
    guard let line = try? [UInt8](JSONEncoder().encode(value)) else {
      throw AgentError.unreadable("the request cannot be encoded")
    }
    try await transport.write(line + [UInt8(ascii: "\n")])
  }
}

/// What a sender is told first: an archive's name, or a file's.
struct SendRequest: Encodable {
  let folder: String
  var name: String?
  var file: String?
  var tag: String?
}

private struct SendPart: Encodable {
  let offset: Int64
  let length: Int64
}

private struct SendAnswer: Decodable { let error: FrameHead.Refusal? }
