package import Domain
package import ProcessRunning

/// Makes clusters whose login node is this machine.
package struct LoginNode: Sendable {
  private let agent: AgentProgram
  private let blobs: any BlobStoring
  private let spawner: ProcessSpawner
  private let timing: AgentChannel.Timing
  private let log: @Sendable (HostID, DomainError) -> Void

  /// - Parameters: see `LocalHost.init`.
  package init(
    agent: AgentProgram, blobs: any BlobStoring, spawner: ProcessSpawner, timing: AgentChannel.Timing,
    log: @escaping @Sendable (HostID, DomainError) -> Void
  ) {
    self.agent = agent
    self.blobs = blobs
    self.spawner = spawner
    self.timing = timing
    self.log = log
  }

  /// Throws `invalid_input` for what has no meaning without SSH.
  func check(_ record: HostRecord) throws(DomainError) {
    guard record.port == nil, record.user == nil, record.jumpHost == nil, record.authentication == .system
    else {
      throw .invalid(
        "A cluster whose login node is this machine is not logged in to.",
        hint: "Leave out port, user, key and password, or give another name than localhost.")
    }
    _ = try folder(record.userDataDirectory)
  }

  /// - Parameter changed: hears that the connection may be another now.
  func host(_ record: HostRecord, changed: @escaping @Sendable () -> Void = {}) throws(DomainError)
    -> LocalHost
  {
    let work = record.workDirectory ?? SSHHostFactory.usualWork
    return LocalHost(
      description: HostDescription(
        id: record.id, name: record.name, kind: .slurm,
        userDataDirectory: try folder(record.userDataDirectory), slots: record.slots, workDirectory: work,
        cluster: record.cluster),
      agent: agent,
      trainer: TrainerLocation(
        command: record.trainerCommand, virtualEnvironment: record.virtualEnvironment,
        condaEnvironment: record.condaEnvironment, workDirectory: work),
      blobs: blobs, spawner: spawner, timing: timing, log: log, changed: changed)
  }

  private func folder(_ path: String) throws(DomainError) -> String {
    guard path.hasPrefix("~/") else { return path }
    guard let home = agent.environment["HOME"], home.hasPrefix("/") else {
      throw .invalid("The server's user has no home folder.", hint: "Give the user data folder from / on.")
    }
    return home + path.dropFirst()
  }
}
