/// OpenSSH's multiplexing protocol, version 4 (PROTOCOL.mux): what a client may say to a master.
enum MuxRequest: Equatable {
  case hello
  case aliveCheck(id: UInt32)
  /// A command without a terminal; three descriptors follow it.
  case newSession(id: UInt32, command: String)
  /// A connection to a port of the host's loopback; two descriptors follow it.
  case connectPort(id: UInt32, RemotePlace)
  case openForward(id: UInt32, MuxForward)
  case closeForward(id: UInt32, MuxForward)
  case terminate(id: UInt32)

  /// The whole packet.
  var bytes: [UInt8] {
    var body = MuxBody()
    switch self {
    case .hello:
      body.append(0x0000_0001)
      body.append(4)
    case .aliveCheck(let id):
      body.append(0x1000_0004)
      body.append(id)
    case .newSession(let id, let command):
      body.append(0x1000_0002)
      body.append(id)
      body.append("")  // reserved
      // No terminal, no X11, no agent forwarding, no subsystem, no escape character.
      for flag: UInt32 in [0, 0, 0, 0, 0xffff_ffff] { body.append(flag) }
      body.append("dumb")
      body.append(command)
    case .connectPort(let id, let place):
      body.append(0x1000_0008)
      body.append(id)
      body.append("")  // reserved
      body.append(place.address)
      body.append(place.port)
    case .openForward(let id, let forward): body.append(0x1000_0006, id, forward)
    case .closeForward(let id, let forward): body.append(0x1000_0007, id, forward)
    case .terminate(let id):
      body.append(0x1000_0005)
      body.append(id)
    }
    var packet = MuxBody()
    packet.append(UInt32(body.bytes.count))
    return packet.bytes + body.bytes
  }
}

/// A port of this machine's loopback that leads to a port of the host's loopback.
struct MuxForward: Hashable {
  let localPort: UInt32
  let remote: RemotePlace
}

/// What a master answers.
package enum MuxReply: Sendable, Equatable {
  case hello(version: UInt32)
  case ok(id: UInt32)
  case alive(id: UInt32, processID: UInt32)
  case sessionOpened(id: UInt32, session: UInt32)
  case exit(session: UInt32, code: UInt32)
  case refused(id: UInt32, reason: String)
  /// Something this client did not ask for.
  case other(type: UInt32)

  /// Nil for a packet that is shorter than its kind.
  package init?(_ packet: [UInt8]) {
    var reader = MuxReader(packet)
    guard let type = reader.number() else { return nil }
    switch type {
    case 0x0000_0001:
      guard let version = reader.number() else { return nil }
      self = .hello(version: version)
    case 0x8000_0001:
      guard let id = reader.number() else { return nil }
      self = .ok(id: id)
    case 0x8000_0002, 0x8000_0003:
      guard let id = reader.number(), let reason = reader.text() else { return nil }
      self = .refused(id: id, reason: reason)
    case 0x8000_0004:
      guard let session = reader.number(), let code = reader.number() else { return nil }
      self = .exit(session: session, code: code)
    case 0x8000_0005:
      guard let id = reader.number(), let processID = reader.number() else { return nil }
      self = .alive(id: id, processID: processID)
    case 0x8000_0006:
      guard let id = reader.number(), let session = reader.number() else { return nil }
      self = .sessionOpened(id: id, session: session)
    default: self = .other(type: type)
    }
  }
}

/// Cuts a master's bytes into packets.
package struct MuxSplitter: Sendable {
  /// The longest packet believed, in bytes.
  package static let limit = 262_144

  private var pending: [UInt8] = []

  package init() {}

  /// Adds bytes as they came.
  package mutating func push(_ bytes: [UInt8]) { pending += bytes }

  /// The next whole packet without its length; nil where more bytes are needed.
  ///
  /// Throws for a length no master sends.
  package mutating func next() throws(MuxProblem) -> [UInt8]? {
    var reader = MuxReader(pending)
    guard let length = reader.number().map(Int.init) else { return nil }
    guard (4...Self.limit).contains(length) else { throw .unreadable }
    guard pending.count >= 4 + length else { return nil }
    defer { pending.removeFirst(4 + length) }
    return Array(pending[4..<4 + length])
  }
}

/// Why a conversation with a master did not go on.
package enum MuxProblem: Error, Equatable {
  /// Nobody listens at the socket, or the connection ended.
  case gone
  case unreadable
  /// The master, or the host behind it, said no.
  case refused(String)
}

private struct MuxBody {
  var bytes: [UInt8] = []

  mutating func append(_ value: UInt32) {
    for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
  }

  mutating func append(_ text: String) {
    append(UInt32(text.utf8.count))
    bytes += text.utf8
  }

  mutating func append(_ type: UInt32, _ id: UInt32, _ forward: MuxForward) {
    append(type)
    append(id)
    append(1)  // local
    append("127.0.0.1")
    append(forward.localPort)
    append(forward.remote.address)
    append(forward.remote.port)
  }
}

private struct MuxReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  mutating func number() -> UInt32? {
    guard rest.count >= 4 else { return nil }
    defer { rest = rest.dropFirst(4) }
    return rest.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
  }

  mutating func text() -> String? {
    guard let count = number().map(Int.init), rest.count >= count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return String(decoding: rest.prefix(count), as: UTF8.self)
  }
}
