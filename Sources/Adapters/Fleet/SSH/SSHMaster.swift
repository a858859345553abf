import Concurrency
package import Domain
import FoundationEssentials
import Glibc
import ProcessRunning

/// The one SSH connection to a host: a supervised `ssh -M` whose control socket is spoken to natively.
///
/// | state | `connect` |
/// |---|---|
/// | no process | clears what a crash left, starts one, waits for its login |
/// | running and answering | gives its client |
/// | running, not answering | ends it, then as for no process |
/// | refused lately (login, host key) | throws the same refusal without asking the host again, see `Hold` |
actor SSHMaster {
  private let settings: SSHConnectionSettings
  private let folder: SSHFolder
  private let spawner: ProcessSpawner
  private let environment: [String: String]
  private let notice: @Sendable (SSHNotice) -> Void
  private var process: ChildProcess?
  private var errorReader: Task<String, Never>?
  private var words = SSHWords()
  private var forwards: [RemotePlace: MuxForward] = [:]
  private var hold: Hold
  private var recorded: [String]?
  /// Whether the last login was refused, and the host key that was shown where it was refused for that.
  private(set) var refusal: (isStanding: Bool, offered: String?) = (false, nil)

  /// - Parameters:
  ///   - environment: what `ssh` inherits; it needs HOME and PATH, and SSH_AUTH_SOCK for an agent.
  ///   - firstHold: how long a refused login is not tried again; it doubles up to ten minutes.
  init(
    settings: SSHConnectionSettings, folder: SSHFolder, spawner: ProcessSpawner,
    environment: [String: String],
    firstHold: Duration, notice: @escaping @Sendable (SSHNotice) -> Void
  ) {
    self.settings = settings
    self.folder = folder
    self.spawner = spawner
    self.environment = environment
    self.notice = notice
    hold = Hold(first: firstHold)
  }

  private nonisolated var client: MuxClient { MuxClient(path: folder.socket, spawner: spawner) }

  /// A client of a connection that answers.
  func connect() async throws(DomainError) -> MuxClient {
    if let process {
      if (try? await client.aliveCheck()) == process.processID { return client }
      let words = errorReader
      await end()
      if let text = await words?.value { notice(.connectionLost(SSHFailure.error(from: redacted(text)))) }
    }
    if let refusal = hold.present { throw refusal }
    try folder.prepare()
    try await clearStaleSocket()
    try await start()
    hold.clear()
    refusal = (false, nil)
    for forward in forwards.values {
      // A port that somebody else took meanwhile is given up: the next question for it picks another.
      if (try? await client.openForward(forward)) == nil {
        forwards[forward.remote] = nil
      } else if (try? await isForbidden(forward.remote)) == true {
        try? await client.closeForward(forward)
        forwards[forward.remote] = nil
      }
    }
    return client
  }

  /// A client of the present connection, without starting one.
  func present() throws(DomainError) -> MuxClient {
    guard process != nil else { throw hold.present ?? AgentError.unreachable("no connection") }
    return client
  }

  /// Ends the connection.
  func end() async {
    guard let process else { return }
    self.process = nil
    await process.end([TeardownStep(.signal(SIGTERM), wait: .seconds(2))])
    errorReader = nil
    unlink(folder.socket)
  }

  // MARK: Ports

  /// The port on this machine's loopback that leads to the place; nil where the host forbids forwarding.
  func localPort(to place: RemotePlace) async throws(DomainError) -> UInt32? {
    let client = try present()
    if let forward = forwards[place] { return forward.localPort }
    var problem = MuxProblem.gone
    do throws(MuxProblem) {
      // The master takes any forward; only a connection shows what the host says to it.
      if try await isForbidden(place) { return nil }
    } catch {
      throw AgentError.unreachable("the connection's control socket: \(error)")
    }
    for _ in 0..<5 {
      guard let local = freeLoopbackPort() else { break }
      let forward = MuxForward(localPort: local, remote: place)
      do throws(MuxProblem) {
        try await client.openForward(forward)
        // Another question for the same port may have been faster.
        if let first = forwards[place] {
          try? await client.closeForward(forward)
          return first.localPort
        }
        forwards[place] = forward
        return local
      } catch {
        problem = error
        if error == .gone { break }
      }
    }
    throw DomainError(
      .hostUnreachable, "The port of the host could not be reached through SSH.",
      hint: "Check AllowTcpForwarding in the host's sshd_config.", origin: .host,
      detail: "\(place.address):\(place.port): \(problem)")
  }

  /// Whether the host allows no forwarding to the port; a port where nothing listens is not forbidden.
  private func isForbidden(_ place: RemotePlace) async throws(MuxProblem) -> Bool {
    let words = words
    let before = words.refusedChannels
    if try await client.probe(place) { return false }
    // The master says why before it answers, but on another way.
    for _ in 0..<100 where words.refusedChannels == before {
      guard (try? await Task.sleep(for: .milliseconds(10))) != nil else { break }
    }
    return words.isForbidden
  }

  /// Takes the way to a port of the host down.
  func closePort(to place: RemotePlace) async {
    guard let forward = forwards.removeValue(forKey: place), process != nil else { return }
    try? await client.closeForward(forward)
  }

  // MARK: Starting

  /// Removes a socket nobody listens at, and ends a master that a killed server left: it is no child of ours.
  private func clearStaleSocket() async throws(DomainError) {
    guard access(folder.socket, F_OK) == 0 else { return }
    try? await client.terminate()
    unlink(folder.socket)
  }

  private func start() async throws(DomainError) {
    guard let program = HostKeys.program("ssh", environment) else { throw SSHFailure.missingClient }
    if let password = settings.password {
      try folder.write(Self.askpassText, to: folder.askpass, mode: 0o700)
      try folder.write(password + "\n", to: folder.secret, mode: 0o600)
    }
    if let key = settings.privateKey {
      // ssh wants Unix line ends, and one at the end.
      let text = key.split(whereSeparator: \.isNewline).joined(separator: "\n") + "\n"
      try folder.write(text, to: folder.identity, mode: 0o600)
    }
    defer {
      unlink(folder.secret)
      unlink(folder.identity)
    }
    let process: ChildProcess
    do throws(ProcessError) {
      process = try spawner.start(
        Command(
          executable: program,
          arguments: settings.masterArguments(
            socket: folder.socket, knownHosts: folder.knownHosts, identity: folder.identity),
          environment: childEnvironment, workingDirectory: "/"))
    } catch {
      throw SSHFailure.missingClient
    }
    process.closeInput()
    // Unstructured: the text is collected for as long as the process lives, and asked for at its end.
    let words = SSHWords()
    let errors = Task { await words.collect(from: process) }
    let isReady: Bool
    do {
      isReady = try await withTimeout(.seconds(45)) { try await Self.waitUntilReady(process) }
    } catch {
      await process.end([TeardownStep(.signal(SIGTERM), wait: .seconds(1))])
      unlink(folder.socket)
      throw error is TimeoutError ? SSHFailure.tooSlow : AgentError.cancelled
    }
    guard isReady else {
      await process.end([TeardownStep(.signal(SIGTERM), wait: .seconds(2))])
      unlink(folder.socket)
      throw await reading(redacted(await errors.value))
    }
    self.process = process
    errorReader = errors
    self.words = words
    await reportNewKey()
  }

  /// Whether the login succeeded; false when `ssh` ended instead.
  private static func waitUntilReady(_ process: ChildProcess) async throws -> Bool {
    var text = ""
    while let bytes = (try? await process.read()) ?? nil {
      text = String((text + String(decoding: bytes, as: UTF8.self)).suffix(4_096))
      if text.contains(SSHConnectionSettings.readyWord) { return true }
    }
    try Task.checkCancellation()
    return false
  }

  private func reading(_ text: String) async -> DomainError {
    var recorded: String?
    if let line = SSHFailure.offendingLine(in: text) {
      let known = await fingerprints()
      if known.indices.contains(line - 1) { recorded = known[line - 1] }
    }
    let usesPassword = settings.password != nil && settings.keyFile(folder.identity) == nil
    var failure = SSHFailure.error(from: text, recorded: recorded, usesPassword: usesPassword)
    if SSHFailure.isRefusedKey(text), !usesPassword, let found = await certificates.problem() {
      failure = SSHFailure.error(for: found, detail: text)
    }
    refusal = (
      SSHFailure.isRefusal(text), SSHFailure.isChangedKey(text) ? SSHFailure.fingerprint(in: text) : nil
    )
    if SSHFailure.isRefusal(text) { hold.begin(failure) }
    return failure
  }

  private var certificates: SSHCertificates {
    SSHCertificates(settings: settings, spawner: spawner, environment: childEnvironment)
  }

  /// The words of `ssh` without where keys and our own files lie: they go into logs and answers.
  private nonisolated func redacted(_ text: String) -> String {
    var text = settings.keyPath.map { text.replacing($0, with: "SSH_KEY_PATH") } ?? text
    for path in [folder.identity, folder.state, folder.runtime] { text = text.replacing(path, with: "…") }
    return text
  }

  private var childEnvironment: [String: String] {
    var child = HostKeys.inherited(environment)
    if settings.password != nil {
      child["SSH_ASKPASS"] = folder.askpass
      child["SSH_ASKPASS_REQUIRE"] = "force"
      child["DISPLAY"] = "luthier:0"  // before OpenSSH 8.4 nothing is asked without one
      child["LUTHIER_ASKPASS_FILE"] = folder.secret
    }
    return child
  }

  /// Answers a password's or a passphrase's prompt and nothing else: ssh closes every descriptor above 2 before it
  /// asks, so the secret comes by a file.
  private static let askpassText = """
    #!/bin/sh
    # The ssh to a jump host asks here as well, and the password is not for that host.
    case "$(tr '\\0' ' ' < "/proc/$PPID/cmdline")" in *" -W "*) exit 1 ;; esac
    case "$1" in
      *"'s password: "|*"Password: "|*"password: "|"Enter passphrase for "*) exec cat -- "$LUTHIER_ASKPASS_FILE" ;;
      *) exit 1 ;;
    esac

    """

  // MARK: Host keys

  /// The fingerprints of the recorded keys, as they were at the last login.
  func recordedFingerprints() async -> [String] {
    if let recorded { return recorded }
    return await fingerprints()
  }

  /// The fingerprints of the recorded keys, in the file's order.
  private func fingerprints() async -> [String] {
    let found = await HostKeys(spawner: spawner, environment: environment).fingerprints(in: folder.knownHosts)
    recorded = found
    return found
  }

  /// Tells of a key that was recorded at this login: the first, for this host.
  private func reportNewKey() async {
    let marker = folder.state + "/reported_hosts"
    let known = await fingerprints()
    let reported = (try? String(contentsOf: URL(filePath: marker), encoding: .utf8)) ?? ""
    for fingerprint in known where !reported.contains(fingerprint) { notice(.hostKeyRecorded(fingerprint)) }
    try? folder.write(known.joined(separator: "\n") + "\n", to: marker, mode: 0o600)
  }
}

/// What an operator should know of a host over SSH.
package enum SSHNotice: Sendable {
  /// The host was seen for the first time; its key's fingerprint, to be compared with the host's own.
  case hostKeyRecorded(String)
  case agentDeployed(sha256: String)
  /// Why a connection that was up has ended.
  case connectionLost(DomainError)
}

/// A refusal that is not asked for again for a while.
private struct Hold {
  private let first: Duration
  private var pause: Duration
  private var refusal: (error: DomainError, until: ContinuousClock.Instant)?

  init(first: Duration) {
    self.first = first
    pause = first
  }

  var present: DomainError? { refusal.flatMap { $0.until > .now ? $0.error : nil } }

  mutating func begin(_ error: DomainError) {
    refusal = (error, .now + pause)
    pause = min(pause * 2, .seconds(600))
  }

  mutating func clear() {
    refusal = nil
    pause = first
  }
}

/// A port that nothing on this machine's loopback uses now.
private func freeLoopbackPort() -> UInt32? {
  let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
  guard probe >= 0 else { return nil }
  defer { close(probe) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  return withUnsafeMutablePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain -> UInt32? in
      guard bind(probe, plain, length) == 0, getsockname(probe, plain, &length) == 0 else { return nil }
      return 0
    }
  }.map { _ in UInt32(UInt16(bigEndian: address.sin_port)) }
}
