import Domain
import Fleet
import FoundationEssentials
import Glibc
import ProcessRunning
import Synchronization
import Testing

/// A real sshd of the test's own: its port, keys, files and processes are nobody else's.
final class SSHLab: Sendable {
  let folder: String
  let port: UInt16
  /// The home of the session's user as the session sees it.
  let home: String
  private let server = Mutex<ChildProcess?>(nil)
  private let options: [String]
  private let log = Mutex("")

  /// What the server wrote into its log.
  var said: String { log.withLock { $0 } }

  private init(folder: String, port: UInt16, options: [String]) {
    self.folder = folder
    self.port = port
    home = folder + "/home"
    self.options = options
  }

  static let isHere = access("/usr/sbin/sshd", X_OK) == 0
  static let isRoot = geteuid() == 0

  /// Starts a server in a new folder.
  ///
  /// - Parameter options: lines that win over the usual ones.
  static func start(_ folder: String, options: [String] = []) async throws -> SSHLab {
    // A root sshd refuses to start without it.
    if isRoot { mkdir("/run/sshd", 0o755) }
    chmod(folder, 0o711)
    for name in ["host", "other", "id"] {
      _ = try await output(
        "/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", "\(folder)/\(name)"])
    }
    try FileManager.default.createDirectory(atPath: folder + "/home", withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: folder + "/id.pub", toPath: folder + "/authorized_keys")
    chmod(folder + "/authorized_keys", 0o644)
    try put("", folder + "/ssh_config")
    let lab = SSHLab(folder: folder, port: try await freePort(), options: options)
    try await lab.serve()
    return lab
  }

  /// Listens, also again after `stop`.
  func serve(hostKey: String = "host") async throws {
    let lines =
      options + [
        "Port \(port)", "ListenAddress 127.0.0.1", "HostKey \(folder)/\(hostKey)", "PidFile none",
        "AuthorizedKeysFile \(folder)/authorized_keys", "StrictModes no", "UsePAM no", "PermitRootLogin yes",
        "PasswordAuthentication no", "KbdInteractiveAuthentication no", "UseDNS no", "PrintMotd no",
        "SetEnv HOME=\(home)",
      ]
    try put(lines.joined(separator: "\n") + "\n", folder + "/sshd.conf")
    let process = try TestRooms.spawner().start(
      Command(
        executable: "/usr/sbin/sshd", arguments: ["-D", "-e", "-f", folder + "/sshd.conf"],
        environment: ["PATH": "/usr/bin:/bin"]))
    var said = ""
    while !said.contains("Server listening") {
      let bytes = try #require(try await process.readError(), "sshd ended: \(said)")
      said += String(decoding: bytes, as: UTF8.self)
    }
    // Unstructured: a log nobody reads would stop the server; it ends with it.
    Task {
      while let bytes = try await process.readError() {
        log.withLock { $0 += String(decoding: bytes, as: UTF8.self) }
      }
    }
    server.withLock { $0 = process }
  }

  /// Ends the listener and every connection.
  func stop() async {
    let process = server.withLock { server in
      defer { server = nil }
      return server
    }
    guard let process else { return }
    // Stopped first: whoever were let in between the two would be served on without it.
    kill(process.processID, SIGSTOP)
    cut(of: process.processID)
    await process.end([TeardownStep(.signal(SIGKILL), wait: .seconds(5))])
  }

  /// Ends every connection; the listener goes on.
  func cutConnections() {
    if let id = server.withLock({ $0?.processID }) { cut(of: id) }
  }

  /// Every connection's server side falls silent, as when a cable is pulled.
  func freezeConnections() -> [Int32] {
    guard let id = server.withLock({ $0?.processID }) else { return [] }
    let frozen = descendants(of: id, named: "sshd")
    for process in frozen { kill(process, SIGSTOP) }
    return frozen
  }

  private func cut(of listener: Int32) {
    for child in descendants(of: listener, named: "sshd") { kill(child, SIGKILL) }
  }

  /// The SSH clients that use this lab's sockets.
  var masters: [Int32] { processes(with: folder + "/run/").filter { !commandLine($0).contains("sshd") } }

  /// Processes of the agent's on this lab's host that are in a mode of their own.
  func programs(_ mode: String) -> [Int32] {
    processes(with: " \(mode) ").filter { process in
      commandLine(process).hasSuffix(" \(mode) ")
        && String(decoding: contents("/proc/\(process)/environ") ?? [], as: UTF8.self).contains(
          "HOME=\(home)")
    }
  }

  func fingerprint(_ name: String) async throws -> String {
    let line = try await output("/usr/bin/ssh-keygen", ["-l", "-f", "\(folder)/\(name).pub"])
    return String(try #require(line.split(separator: " ").first { $0.hasPrefix("SHA256:") }))
  }
}

func freePort() async throws -> UInt16 {
  let text = try await output(
    "/usr/bin/python3",
    ["-c", "import socket; s=socket.socket(); s.bind(('127.0.0.1',0)); print(s.getsockname()[1])"])
  return try #require(UInt16(text.split(separator: "\n")[0]))
}

func commandLine(_ process: Int32) -> String {
  String(decoding: (contents("/proc/\(process)/cmdline") ?? []).map { $0 == 0 ? 32 : $0 }, as: UTF8.self)
}

/// Live processes whose command line holds a text.
func processes(with text: String) -> [Int32] {
  ((try? names("/proc")) ?? []).compactMap { Int32($0) }.filter {
    commandLine($0).contains(text) && isAlive(Int($0))
  }
}

private func descendants(of parent: Int32, named name: String) -> [Int32] {
  let all = ((try? names("/proc")) ?? []).compactMap { Int32($0) }
  var parents: [Int32: Int32] = [:]
  for process in all {
    let fields =
      String(decoding: contents("/proc/\(process)/stat") ?? [], as: UTF8.self)
      .split(separator: ")").last?.split(separator: " ") ?? []
    if fields.count > 2 { parents[process] = Int32(fields[1]) }
  }
  return all.filter { process in
    var ancestor = parents[process]
    while let present = ancestor, present != parent, present > 1 { ancestor = parents[present] }
    // By its path as long as it has not named itself after whom it serves.
    let line = commandLine(process)
    return ancestor == parent && (line.hasPrefix(name) || line.hasPrefix("/usr/sbin/" + name))
  }
}

/// What a host said of itself, in order.
final class Notices: Sendable {
  private let state = Mutex<[String]>([])
  private let errors = Mutex<[DomainError]>([])
  var all: [String] { state.withLock { $0 } }
  /// What the log was told of.
  var logged: [DomainError] { errors.withLock { $0 } }

  func add(_ error: DomainError) { errors.withLock { $0.append(error) } }

  func add(_ notice: SSHNotice) {
    let text =
      switch notice {
      case .hostKeyRecorded(let fingerprint): "key \(fingerprint)"
      case .agentDeployed: "agent"
      case .connectionLost(let error): "lost \(error.message)"
      }
    state.withLock { $0.append(text) }
  }
}

/// Lends a running host over the lab's server.
func withSSHHost<Value: Sendable>(
  _ lab: SSHLab, user: String? = nil, key: Bool = true, password: String? = nil,
  root: String = "~/.luthier/users",
  port: UInt16? = nil, host: String = "127.0.0.1", environment: [String: String] = ["PATH": "/usr/bin:/bin"],
  trainer: TrainerLocation = TrainerLocation(), blobs: (any BlobStoring)? = nil, notices: Notices = Notices(),
  name: String = "",
  _ body: @Sendable (SSHHost) async throws -> Value
) async throws -> Value {
  let text = try #require(contents(TestRooms.agentScript))
  let hash = try await sha256(ofFile: TestRooms.agentScript)
  var setup = SSHHost.Setup(
    description: HostDescription(
      id: HostID(rawValue: "gpu"), name: "gpu", kind: .ssh, userDataDirectory: root, slots: 1),
    connection: try SSHConnectionSettings(
      host: host, port: port ?? lab.port, user: user, keyPath: key ? lab.folder + "/id" : nil,
      password: password,
      configurationFile: lab.folder + "/ssh_config"),
    folder: SSHFolder(state: lab.folder + "/state" + name, runtime: lab.folder + "/run" + name),
    agent: AgentBundle(text: text, hash: hash))
  setup.environment = environment
  setup.trainer = trainer
  // Nearby, one session would be enough.
  setup.transferWidth = 7
  setup.timing.firstPause = 0.01
  setup.timing.patience = .seconds(30)
  let sshHost = SSHHost(
    setup, blobs: try blobs ?? makeStore(lab.folder + "/blobs"), spawner: try TestRooms.spawner(),
    notice: { notices.add($1) }, log: { notices.add($1) })
  return try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { await sshHost.run() }
    do {
      let value = try await body(sshHost)
      group.cancelAll()
      return value
    } catch {
      group.cancelAll()
      throw error
    }
  }
}

/// Lends a running lab.
func withLab<Value>(options: [String] = [], _ body: (SSHLab) async throws -> Value) async throws -> Value {
  try await withFolder { folder async throws in
    let lab = try await SSHLab.start(folder, options: options)
    do {
      let value = try await body(lab)
      await lab.stop()
      return value
    } catch {
      await lab.stop()
      throw error
    }
  }
}
