import Concurrency
package import Domain
package import ProcessRunning
import Synchronization

/// A machine reached over SSH: one connection, one agent session that is always open, and a session for each file
/// on its way.
package final class SSHHost: AgentBackedHost {
  package let channel: AgentChannel
  package let trainerLocation: TrainerLocation
  private let basis: HostDescription
  private let resolvedRoot: Resolved
  private let master: SSHMaster
  private let placement: BlobPlacement
  private let sessions: HostSessions
  private let ports: HostPorts
  private let agentHash: String
  private let width: TransferWidth

  /// How one host is set up.
  package struct Setup: Sendable {
    package let description: HostDescription
    package let connection: SSHConnectionSettings
    package let folder: SSHFolder
    package let agent: AgentBundle
    package var trainer = TrainerLocation()
    /// Why it cannot be connected to, where that is known beforehand.
    package var obstacle: DomainError?
    /// What `ssh` may inherit: HOME, PATH, SSH_AUTH_SOCK.
    package var environment: [String: String] = [:]
    package var timing = SSHHost.timing
    /// How long a refused login is not tried again at first.
    package var firstHold = Duration.seconds(30)
    /// Seconds without a word after which the agent ends itself.
    package var idleLimit = 60
    /// Sessions of one transfer; nil: as many as the distance asks for and the line carries.
    package var transferWidth: Int?

    /// - Parameter description: its `userDataDirectory` may begin with `~`; it is absolute once connected.
    package init(
      description: HostDescription, connection: SSHConnectionSettings, folder: SSHFolder, agent: AgentBundle
    ) {
      self.description = description
      self.connection = connection
      self.folder = folder
      self.agent = agent
    }
  }

  /// Pings often enough for the agent's own watchdog.
  package static var timing: AgentChannel.Timing {
    var timing = AgentChannel.Timing()
    timing.pingInterval = .seconds(10)
    timing.pingLimit = .seconds(15)
    return timing
  }

  /// - Parameters:
  ///   - log: hears why the connection was lost or could not be made.
  ///   - notice: hears of recorded host keys and sent agents.
  ///   - changed: hears that `connection` may be another now.
  package init(
    _ setup: Setup, blobs: any BlobStoring, spawner: ProcessSpawner,
    notice: @escaping @Sendable (HostID, SSHNotice) -> Void = { _, _ in },
    log: @escaping @Sendable (HostID, DomainError) -> Void = { _, _ in },
    changed: @escaping @Sendable () -> Void = {}
  ) {
    let id = setup.description.id
    let root = setup.description.userDataDirectory
    let resolved = Resolved(setup.folder.recordedRoot(of: root))
    let master = SSHMaster(
      settings: setup.connection, folder: setup.folder, spawner: spawner, environment: setup.environment,
      firstHold: setup.firstHold, notice: { notice(id, $0) })
    let sessions = HostSessions(master: master)
    let channel = AgentChannel(timing: setup.timing, report: { log(id, $0) }, changed: changed) {
      () throws(DomainError) in
      if let obstacle = setup.obstacle { throw obstacle }
      let client = try await master.connect()
      sessions.budget.reset()
      let opened = try await SSHTransport.open(
        client, agent: setup.agent, root: root, idleLimit: setup.idleLimit,
        refused: { sessions.budget.agentWasRefused() })
      if opened.root != resolved.value {
        resolved.set(opened.root)
        try setup.folder.record(root: opened.root, of: root)
      }
      if opened.wasDeployed { notice(id, .agentDeployed(sha256: setup.agent.hash)) }
      return opened.transport
    }
    basis = setup.description
    trainerLocation = setup.trainer
    resolvedRoot = resolved
    self.master = master
    self.channel = channel
    self.sessions = sessions
    ports = HostPorts(master: master, sessions: sessions, agentHash: setup.agent.hash, spawner: spawner)
    agentHash = setup.agent.hash
    width = TransferWidth(channel: channel, fixed: setup.transferWidth)
    placement = BlobPlacement(
      sessions: sessions, channel: channel, width: width, agentHash: setup.agent.hash, blobs: blobs)
  }

  /// Its user data folder is as it was set until the first connection of all, absolute from then on.
  package var description: HostDescription {
    HostDescription(
      id: basis.id, name: basis.name, kind: basis.kind,
      userDataDirectory: resolvedRoot.value ?? basis.userDataDirectory, slots: basis.slots,
      workDirectory: basis.workDirectory, cluster: basis.cluster)
  }

  package func connection() async -> HostConnection {
    let (state, problem) = await channel.connection
    let refusal = await master.refusal
    // What answers and does not work (no Python, a full disk) waits for a person like what refuses.
    let isRefused =
      refusal.isStanding || problem.map { $0.code != .hostUnreachable && $0.code != .timedOut } ?? false
    return HostConnection(
      state: state == .unreachable && isRefused ? .refused : state, problem: problem,
      fingerprints: await master.recordedFingerprints(),
      offeredFingerprint: state == .connected ? nil : refusal.offered)
  }

  package func run() async {
    await channel.run()
    await ports.closeAll()
    await master.end()
  }

  package func place(
    _ blob: BlobKey, contentHash: String, at path: String,
    progress: @escaping @Sendable (TransferProgress) -> Void
  ) async throws(DomainError) {
    _ = try await channel.facts()  // from then on the folder is known
    try await placement.place(
      blob, contentHash: contentHash, at: path, root: description.userDataDirectory, progress: progress)
  }

  package func openSender() async throws(DomainError) -> any AgentTransport {
    LeasedTransport(try await sessions.open(try await sender()))
  }

  package func openExtraSender() async -> (any AgentTransport)? {
    guard let command = try? await sender() else { return nil }
    return await sessions.openIfRoom(command, leaving: TransferWidth.spare).map(LeasedTransport.init)
  }

  private func sender() async throws(DomainError) -> String {
    RemoteStart.ownMode("send", agentHash: agentHash, interpreter: try await channel.interpreter())
  }

  package func transferWidth() async throws(DomainError) -> Int { try await width.sessions() }
  package var isTransferPaced: Bool { width.fixed == nil }

  package func closeAddress(ofPort port: Int) async {
    await closeAddress(of: JobEndpoint(address: loopback, port: port))
  }

  package func address(ofPort port: Int) async throws(DomainError) -> String {
    try await address(of: JobEndpoint(address: loopback, port: port))
  }

  package func closeAddress(of endpoint: JobEndpoint) async {
    if let place = RemotePlace(endpoint) { await ports.close(place) }
  }

  package func address(of endpoint: JobEndpoint) async throws(DomainError) -> String {
    _ = try await channel.facts()
    guard let place = RemotePlace(endpoint) else { throw .invalid("A port is a number from 1 to 65535.") }
    return "http://127.0.0.1:\(try await ports.localPort(to: place))"
  }
}

private let loopback = "127.0.0.1"

/// The user data folder as the host says it.
private final class Resolved: Sendable {
  private let state: Mutex<String?>

  init(_ recorded: String?) { state = Mutex(recorded) }

  var value: String? { state.withLock { $0 } }
  func set(_ path: String) { state.withLock { $0 = path } }
}
