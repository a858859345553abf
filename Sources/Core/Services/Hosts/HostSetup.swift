package import Domain
import FoundationEssentials

/// Installs the pinned trainer on a host.
///
/// The installation is a job of the host: it goes on without the server and without the network, and everything
/// known about it is read from its folder. So nothing is kept here, and whoever asks later sees the same.
package struct HostSetup: Sendable {
  /// What is sent to the host.
  package struct Bundle: Sendable {
    package let script: [UInt8]
    package let requirements: [UInt8]

    package init(script: [UInt8], requirements: [UInt8]) {
      self.script = script
      self.requirements = requirements
    }
  }

  package struct State: Sendable {
    package enum Stage: Sendable {
      /// There was none.
      case never
      case running, completed, failed, stopped
      /// The host was rebooted, or its process vanished.
      case lost
    }

    package let stage: Stage
    package let progress: Progress?
    package let startedAt: Timestamp?
    package let endedAt: Timestamp?
    package let logSize: Int64
  }

  /// What the script says of itself.
  package struct Progress: Decodable, Sendable {
    package let phase: String
    package let step: Int
    package let steps: Int
    /// Packages, where they are counted.
    package let done: Int?
    package let total: Int?
    package let error: Problem?

    package struct Problem: Decodable, Sendable {
      package let code: String
      package let message: String
      package let hint: String
    }
  }

  private let fleet: any HostFleet
  private let administration: HostAdministration
  private let trainers: KnownTrainers
  private let bundle: Bundle
  private let log: ServerLog
  private let starts = HostSetupStarts()

  package init(
    fleet: any HostFleet, administration: HostAdministration, trainers: KnownTrainers, bundle: Bundle,
    log: ServerLog
  ) {
    self.fleet = fleet
    self.administration = administration
    self.trainers = trainers
    self.bundle = bundle
    self.log = log
  }

  /// Starts the installation, or gives the state of the one that runs.
  ///
  /// Who asks while one is being started is told what comes of that. Throws `conflict` where the host has another trainer than
  /// ours.
  package func start(_ id: HostID) async throws(DomainError) -> State {
    try await starts.start(id) { () async throws(DomainError) in try await begin(id) }
  }

  private func begin(_ id: HostID) async throws(DomainError) -> State {
    let host = try await fleet.host(id)
    let folder = try await folder(on: host)
    let present = try await host.status(of: [folder]).first
    if let present, present.state == .running || present.state == .starting {
      return try await state(id)
    }
    try await refuseOtherTrainer(host)
    do throws(DomainError) {
      try await host.remove(folder)
    } catch  where error.code == .conflict {
      return try await state(id)  // another one was faster
    }
    try await host.write(bundle.script, to: "\(folder)/install_trainer.py")
    try await host.write(bundle.requirements, to: "\(folder)/requirements.txt")
    let work = host.description.workDirectory ?? "~/.luthier"
    _ = try await host.launch(
      JobSpec(
        directory: folder,
        arguments: [
          // The agent may run on a Python that is not on the PATH.
          "/bin/sh", "-c", "p=$(command -v python3) || p=/usr/bin/python3; exec \"$p\" \"$@\"", "setup",
          "\(folder)/install_trainer.py", "--into", "\(work)/.trainer", "--requirements",
          "\(folder)/requirements.txt", "--progress", "\(folder)/\(Self.progressName)",
        ]))
    await trainers.forget(id)
    log.info("trainer is being installed", ["host": id.rawValue])
    return try await state(id)
  }

  package func state(_ id: HostID) async throws(DomainError) -> State {
    let host = try await fleet.host(id)
    let folder = try await folder(on: host)
    guard let status = try await host.status(of: [folder]).first else { throw .notFound("The host") }
    let stage: State.Stage =
      switch status.state {
      case .absent, .prepared: .never
      case .waiting, .starting, .running: .running
      case .lost: .lost
      case .ended: status.exitCode == 0 ? .completed : status.stopped ? .stopped : .failed
      }
    if stage == .completed, await trainers.of(id)?.command == nil { await trainers.forget(id) }
    return State(
      stage: stage, progress: try await progress(host, folder), startedAt: status.startedAt,
      endedAt: status.endedAt, logSize: status.logSize)
  }

  /// Stops a running installation; what was downloaded stays for the next.
  package func stop(_ id: HostID) async throws(DomainError) -> State {
    let host = try await fleet.host(id)
    let folder = try await folder(on: host)
    guard try await host.status(of: [folder]).first?.state == .running else {
      throw .conflict("No installation runs on the host.")
    }
    _ = try await host.stop(folder)
    return try await state(id)
  }

  /// A piece of the log from a byte on; empty where there is none.
  package func log(of id: HostID, from offset: Int64, limit: Int) async throws(DomainError) -> FileSlice {
    let host = try await fleet.host(id)
    do {
      return try await host.read("\(try await folder(on: host))/train.log", from: offset, limit: limit)
    } catch  where error.code == .notFound {
      return FileSlice(offset: max(0, offset), bytes: [], size: 0)
    }
  }

  /// See `JobRunning.watch`: the log and the progress.
  package func changes(of id: HostID) async throws(DomainError) -> AsyncThrowingStream<JobChange, any Error> {
    let host = try await fleet.host(id)
    let folder = try await folder(on: host)
    return try await host.watch(
      folder, files: ["\(folder)/train.log", "\(folder)/\(Self.progressName)"], pace: 0.1)
  }

  private static let progressName = "progress.json"

  /// The job's folder: not a user's, so that no user sees it.
  private func folder(on host: any Host) async throws(DomainError) -> String {
    _ = try await host.facts()  // from then on the folder is known
    return "\(try host.description.userDataFolder())/.luthier/setup"
  }

  private func progress(_ host: any Host, _ folder: String) async throws(DomainError) -> Progress? {
    do {
      let bytes = try await host.read("\(folder)/\(Self.progressName)", from: 0, limit: 65_536).bytes
      return try? JSONDecoder().decode(Progress.self, from: Data(bytes))
    } catch  where error.code == .notFound {
      return nil
    }
  }

  /// What was installed by hand is neither touched nor covered: ours is found behind it.
  private func refuseOtherTrainer(_ host: any Host) async throws(DomainError) {
    let hint =
      "Take llamafactory_path, venv and conda_env away from the host (luthier host edit), then try again."
    let record = try await administration.record(of: host.description.id)
    if record?.trainerCommand != nil || record?.virtualEnvironment != nil || record?.condaEnvironment != nil {
      throw .conflict("The host is told which trainer to use.", hint: hint)
    }
    guard let command = try await host.trainer(thorough: false).command,
      !command.hasSuffix("/.trainer/bin/llamafactory-cli")
    else { return }
    throw .conflict(
      "The host has a trainer that was installed by somebody else: \(command)",
      hint:
        "See whether it works: luthier host doctor. To have another beside it, choose another work folder.")
  }
}
