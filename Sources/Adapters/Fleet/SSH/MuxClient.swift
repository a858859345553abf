import Concurrency
import Glibc
import ProcessRunning

/// Speaks to a running master at its control socket; every request has a connection of its own.
struct MuxClient: Sendable {
  let path: String
  let spawner: ProcessSpawner

  /// The master's process identifier.
  func aliveCheck() async throws(MuxProblem) -> Int32 {
    guard case .alive(_, let processID) = try await ask(.aliveCheck(id: 1)) else { throw .unreadable }
    return Int32(truncatingIfNeeded: processID)
  }

  func openForward(_ forward: MuxForward) async throws(MuxProblem) {
    guard case .ok = try await ask(.openForward(id: 1, forward)) else { throw .unreadable }
  }

  func closeForward(_ forward: MuxForward) async throws(MuxProblem) {
    guard case .ok = try await ask(.closeForward(id: 1, forward)) else { throw .unreadable }
  }

  /// Whether the host connects to the place: unlike `openForward` this waits for its answer.
  func probe(_ place: RemotePlace) async throws(MuxProblem) -> Bool {
    let connection = try await connect()
    defer { connection.close() }
    let spawner = spawner
    do throws(MuxProblem) {
      try await limited { () async throws(MuxProblem) in
        let pipes = try spawner.handPipes(
          { (descriptors) throws(MuxProblem) in
            try connection.send(.connectPort(id: 1, place), descriptors: Array(descriptors.prefix(2)))
          }, refused: { _ in .gone })
        defer { pipes.close() }
        guard case .sessionOpened = try await connection.reply() else { throw .unreadable }
      }
      return true
    } catch {
      if case .refused = error { return false }
      throw error
    }
  }

  /// Ends the master and everything on it; returns when it is gone, so that it removes no later master's socket.
  func terminate() async throws(MuxProblem) {
    let connection = try await connect()
    defer { connection.close() }
    try await limited { () async throws(MuxProblem) in
      // It may answer before it ends, or only end.
      try connection.send(.terminate(id: 1))
      while (try? await connection.reply()) != nil {}
    }
  }

  private func ask(_ request: MuxRequest) async throws(MuxProblem) -> MuxReply {
    let connection = try await connect()
    defer { connection.close() }
    return try await limited { () async throws(MuxProblem) in try await connection.ask(request) }
  }

  /// Runs a command line in the host user's login shell.
  ///
  /// - Parameter isWide: whether much will pass through it.
  func session(_ command: String, isWide: Bool = false) async throws(MuxProblem) -> MuxSession {
    let connection = try await connect()
    do throws(MuxProblem) {
      let spawner = spawner
      return try await limited { () async throws(MuxProblem) in
        let pipes = try spawner.handPipes(
          isWide: isWide,
          { (descriptors) throws(MuxProblem) in
            try connection.send(.newSession(id: 1, command: command), descriptors: descriptors)
          }, refused: { _ in .gone })
        guard case .sessionOpened = try await connection.reply() else { throw .unreadable }
        return MuxSession(connection: connection, pipes: pipes)
      }
    } catch {
      connection.close()
      throw error
    }
  }

  private func connect() async throws(MuxProblem) -> MuxConnection {
    for _ in 0..<50 {
      let socket: LocalSocket
      do throws(ProcessError) {
        socket = try spawner.connect(to: path)
      } catch {
        // More clients at once than the master's backlog holds: it takes them within milliseconds.
        guard error.errno == EAGAIN, (try? await Task.sleep(for: .milliseconds(20))) != nil else {
          throw .gone
        }
        continue
      }
      let connection = MuxConnection(socket)
      let reply = try await limited { () async throws(MuxProblem) in try await connection.ask(.hello) }
      guard case .hello(4) = reply else { throw .unreadable }
      return connection
    }
    throw .gone
  }

  /// A master asks the host before it answers: a host that does not answer is as good as gone.
  private func limited<Value: Sendable>(
    _ body: @escaping @Sendable () async throws(MuxProblem) -> Value
  ) async throws(MuxProblem) -> Value {
    do {
      return try await withTimeout(.seconds(15)) { try await body() }
    } catch {
      throw (error as? MuxProblem) ?? .gone
    }
  }
}

/// One connection to a master's control socket.
actor MuxConnection {
  private nonisolated let socket: LocalSocket
  private var splitter = MuxSplitter()

  init(_ socket: LocalSocket) { self.socket = socket }

  nonisolated func close() { socket.close() }

  nonisolated func send(_ request: MuxRequest, descriptors: [Int32] = []) throws(MuxProblem) {
    do throws(ProcessError) {
      try socket.send(request.bytes, descriptors: descriptors)
    } catch {
      throw .gone
    }
  }

  func ask(_ request: MuxRequest) async throws(MuxProblem) -> MuxReply {
    try send(request)
    return try await reply()
  }

  /// The next answer; one that refuses is thrown.
  func reply() async throws(MuxProblem) -> MuxReply {
    while true {
      if let packet = try splitter.next() {
        guard let reply = MuxReply(packet) else { throw .unreadable }
        if case .refused(_, let reason) = reply { throw .refused(reason) }
        if case .other = reply { continue }
        return reply
      }
      guard let bytes = try? await socket.read() else { throw .gone }
      splitter.push(bytes)
    }
  }
}

/// A command that runs on the host.
final class MuxSession: Sendable {
  private let connection: MuxConnection
  let pipes: HandedPipes

  init(connection: MuxConnection, pipes: HandedPipes) {
    self.connection = connection
    self.pipes = pipes
  }

  deinit { close() }

  /// The command's exit code; nil where a signal ended it or the connection was lost.
  ///
  /// Ask once.
  func exitCode() async -> Int? {
    guard case .exit(_, let code) = try? await connection.reply() else { return nil }
    return Int(code)
  }

  /// Gives the command up: its pipes end, and what ignores that lives on.
  func close() {
    connection.close()
    pipes.close()
  }
}
