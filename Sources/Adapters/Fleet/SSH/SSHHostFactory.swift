package import Domain
package import ProcessRunning

/// Makes hosts over SSH from how they are kept.
package struct SSHHostFactory: Sendable {
  let agent: AgentBundle
  let blobs: any BlobStoring
  let spawner: ProcessSpawner
  let environment: [String: String]
  let folder: @Sendable (HostID) -> SSHFolder
  let notice: @Sendable (HostID, SSHNotice) -> Void
  let log: @Sendable (HostID, DomainError) -> Void
  /// Another ssh configuration than the user's own.
  package var configurationFile: String?
  package var timing = SSHHost.timing
  package var firstHold = Duration.seconds(30)

  /// - Parameters:
  ///   - environment: what `ssh` may inherit: HOME, PATH, SSH_AUTH_SOCK.
  ///   - folder: where what belongs to a host's connection lies on this machine.
  ///   - notice: see `SSHHost.init`, as `log`.
  package init(
    agent: AgentBundle, blobs: any BlobStoring, spawner: ProcessSpawner, environment: [String: String],
    folder: @escaping @Sendable (HostID) -> SSHFolder,
    notice: @escaping @Sendable (HostID, SSHNotice) -> Void,
    log: @escaping @Sendable (HostID, DomainError) -> Void
  ) {
    self.agent = agent
    self.blobs = blobs
    self.spawner = spawner
    self.environment = environment
    self.folder = folder
    self.notice = notice
    self.log = log
  }

  /// Where the trainer of a host is looked for and installed when nothing else is said.
  package static let usualWork = "~/.luthier"

  var keys: HostKeys { HostKeys(spawner: spawner, environment: environment) }

  /// A host that is not connected yet.
  ///
  /// Throws `invalid_input` for an address that `ssh` would take for something else.
  ///
  /// - Parameter changed: see `SSHHost.init`.
  package func make(_ record: HostRecord, changed: @escaping @Sendable () -> Void = {}) throws(DomainError)
    -> SSHHost
  {
    SSHHost(
      try setup(record, in: folder(record.id)), blobs: blobs, spawner: spawner, notice: notice, log: log,
      changed: changed)
  }

  func setup(_ record: HostRecord, in folder: SSHFolder) throws(DomainError) -> SSHHost.Setup {
    let work = record.workDirectory ?? Self.usualWork
    var setup = SSHHost.Setup(
      description: HostDescription(
        id: record.id, name: record.name, kind: record.kind, userDataDirectory: record.userDataDirectory,
        slots: record.slots, workDirectory: work, cluster: record.cluster),
      connection: try connection(of: record), folder: folder, agent: agent)
    setup.environment = environment
    setup.timing = timing
    setup.firstHold = firstHold
    setup.trainer = TrainerLocation(
      command: record.trainerCommand, virtualEnvironment: record.virtualEnvironment,
      condaEnvironment: record.condaEnvironment, workDirectory: work)
    if record.authentication == .lost {
      setup.obstacle = DomainError(
        .hostFailed, "The host's key or password cannot be read any more: SECRET_KEY has changed.",
        hint: "Give it again: luthier host edit HOST", origin: .host)
    }
    return setup
  }

  func connection(of record: HostRecord) throws(DomainError) -> SSHConnectionSettings {
    var (keyPath, key, password): (String?, String?, String?) = (nil, nil, nil)
    switch record.authentication {
    case .system, .lost: break
    case .keyFile(let path, let passphrase): (keyPath, password) = (path, passphrase)
    case .privateKey(let text, let passphrase): (key, password) = (text, passphrase)
    case .password(let text): password = text
    }
    return try SSHConnectionSettings(
      host: record.address, port: record.port, user: record.user, keyPath: keyPath, privateKey: key,
      password: password, jumpHost: record.jumpHost, configurationFile: configurationFile)
  }
}
