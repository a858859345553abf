import Concurrency
import Domain
import ProcessRunning

/// A way to a port of a host that forbids forwarding: a listener here, and for each of its connections a session
/// in which the agent's `splice` connects there.
///
/// It outlives the SSH connection: what comes while that is away is closed, as by a service that is not up.
final class SplicedPort: Sendable {
  let localPort: UInt16
  private let listener: LoopbackListener
  private let run: Task<Void, Never>

  /// How long a connection may be silent after the host spoke last.
  ///
  /// A client keeps connections that it may need again, and each holds a session that files could use.
  static let idleLimit = Duration.seconds(60)

  init(to place: RemotePlace, agentHash: String, sessions: HostSessions, spawner: ProcessSpawner)
    throws(ProcessError)
  {
    let listener = try spawner.listen()
    let command = RemoteStart.python(RemoteStart.ownModeProgram, [agentHash, "splice"])
    self.listener = listener
    localPort = listener.port
    // Unstructured: it serves whoever connects, until this way is closed.
    run = Task {
      await withDiscardingTaskGroup { group in
        for await connection in listener.accepted() {
          group.addTask {
            await Self.serve(connection, place, sessions, command)
            connection.close()
          }
        }
        group.cancelAll()
      }
    }
  }

  deinit { close() }

  /// Ends the way and every connection that goes it.
  func close() {
    listener.close()
    run.cancel()
  }

  private static func serve(
    _ connection: LoopbackConnection, _ place: RemotePlace, _ sessions: HostSessions, _ command: String
  ) async {
    guard let session = try? await sessions.open(command) else { return }
    defer { session.close() }
    do throws(ProcessError) {
      try await session.pipes.write(
        Array("{\"address\": \"\(place.address)\", \"port\": \(place.port)}\n".utf8))
    } catch {
      return
    }
    guard let early = await begin(session) else { return }
    let heard = LastHeard()
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await pass(session, early, to: connection, heard) }
      group.addTask {
        while let bytes = await connection.read() {
          heard.client()
          guard (try? await session.pipes.write(bytes)) != nil else { return }
        }
      }
      group.addTask { await heard.waitUntilIdle(for: idleLimit) }
      // Any end is the end: neither an HTTP client nor a server closes one way alone.
      await group.next()
      group.cancelAll()
      connection.close()
      session.close()
    }
  }

  private static func pass(
    _ session: LeasedSession, _ early: [UInt8], to connection: LoopbackConnection, _ heard: LastHeard
  ) async {
    if !early.isEmpty { guard await connection.write(early) else { return } }
    heard.host()
    while let bytes = await session.pipes.read() {
      guard await connection.write(bytes) else { return }
      heard.host()
    }
  }

  /// Reads past what a login shell prints; nil where the host could not connect, else what came already.
  private static func begin(_ session: LeasedSession) async -> [UInt8]? {
    var words = StartWords()
    while let bytes = await session.pipes.read() {
      words.push(bytes)
      if let word = words.next() { return word.present == true ? words.rest : nil }
      if words.isTooMuch { return nil }
    }
    return nil
  }
}
