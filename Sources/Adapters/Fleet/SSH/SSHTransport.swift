import Domain
import ProcessRunning
import Synchronization

/// An agent at the other end of an SSH session.
final class SSHTransport: AgentTransport {
  private let session: MuxSession
  private let early: Mutex<[UInt8]>

  init(session: MuxSession, early: [UInt8]) {
    self.session = session
    self.early = Mutex(early)
  }

  /// What `open` found out beside the agent.
  struct Opened {
    let transport: SSHTransport
    /// The user data folder, as an absolute path without links.
    let root: String
    /// Whether the agent had to be sent.
    let wasDeployed: Bool
  }

  /// Starts the agent, after sending it where the host has another one or none.
  ///
  /// - Parameters:
  ///   - root: the user data folder; `~` is the host user's home.
  ///   - idleLimit: seconds without a word from us after which the agent ends itself.
  ///   - refused: called each time the host refuses the session.
  static func open(
    _ client: MuxClient, agent: AgentBundle, root: String, idleLimit: Int, refused: @Sendable () -> Void
  ) async throws(DomainError) -> Opened {
    let command = RemoteStart.python(
      RemoteStart.agentProgram, [agent.hash, String(agent.text.count), root, String(idleLimit)])
    let session = try await start(client, command, refused: refused)
    var words = StartWords()
    let first = try await word(of: session, &words)
    var wasDeployed = false
    if first.present != true {
      do throws(ProcessError) {
        try await session.pipes.write(agent.text)
      } catch {
        throw AgentError.unreachable("the agent could not be sent")
      }
      wasDeployed = try await word(of: session, &words).placed == true
    }
    guard let root = first.root else { throw AgentError.unreadable("no root") }
    return Opened(
      transport: SSHTransport(session: session, early: words.rest), root: root, wasDeployed: wasDeployed)
  }

  /// Opens a session; a host that allows no more just now is asked again for a moment.
  private static func start(_ client: MuxClient, _ command: String, refused: @Sendable () -> Void)
    async throws(DomainError) -> MuxSession
  {
    var pause = Backoff(first: 0.05, limit: 1)
    for attempt in 1...8 {
      do throws(MuxProblem) {
        return try await client.session(command)
      } catch .refused(let reason) {
        // A session counts on the host until it has been cleared away there; helpers make room.
        refused()
        if attempt < 8, (try? await Task.sleep(for: pause.next())) != nil { continue }
        throw DomainError(
          .hostUnreachable, "The host allows no further session on its connection.",
          hint: "Raise MaxSessions in the host's sshd_config to 10.", origin: .host, detail: reason)
      } catch {
        throw AgentError.unreachable("the connection's control socket: \(error)")
      }
    }
    throw AgentError.unreachable("no session")
  }

  /// The next word of our program; throws what it says is wrong.
  private static func word(of session: MuxSession, _ words: inout StartWords) async throws(DomainError)
    -> StartWord
  {
    while true {
      if let word = words.next() {
        if let problem = word.problem { throw problem }
        return word
      }
      guard !words.isTooMuch else { throw AgentError.unreadable("the login shell prints too much") }
      guard let bytes = await session.pipes.read() else {
        let said = String(decoding: (await session.pipes.readError() ?? []).suffix(500), as: UTF8.self)
        throw DomainError(
          .hostUnreachable, "The host ended the session before the agent started.",
          hint: "Check that its user may run commands: ssh HOST true", origin: .host, detail: said)
      }
      words.push(bytes)
    }
  }

  func read() async -> [UInt8]? {
    let first = early.withLock { early in
      defer { early = [] }
      return early
    }
    return first.isEmpty ? await session.pipes.read() : first
  }

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

  /// The agent ends at the end of its input.
  func close() async { session.close() }
}
