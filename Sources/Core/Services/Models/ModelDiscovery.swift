package import Domain

/// Looks through the hosts' folders for models: when a host is connected, when a model was made, and when asked.
package actor ModelDiscovery {
  /// What came of looking at one host.
  package struct Outcome: Sendable {
    package let host: HostDescription
    /// False where a bound was met: what was not seen is not taken for gone.
    package let isComplete: Bool
    /// Why it could not be looked at; the last list holds.
    package let problem: DomainError?
  }

  /// A folder to look through.
  package struct Folder: Sendable, Equatable {
    /// The identifier or the name of a host; nil: on each.
    package let host: String?
    /// Absolute, or with `~/`.
    package let path: String

    package init(host: String?, path: String) {
      self.host = host
      self.path = path
    }
  }

  private let store: any DiscoveryStoring
  private let fleet: any HostFleet
  private let tasks: any TaskStoring
  private let datasets: any DatasetStoring
  private let bus: EventBus
  private let clock: WallClock
  private let log: ServerLog
  private let folders: [Folder]
  private var running: [HostID: Task<Outcome, Never>] = [:]
  /// Those that begin when the one under way has ended.
  private var following: [HostID: Task<Outcome, Never>] = [:]

  /// - Parameter folders: none: `saves` and `models` of each host's work folder.
  package init(
    store: any DiscoveryStoring, fleet: any HostFleet, tasks: any TaskStoring,
    datasets: any DatasetStoring, bus: EventBus, clock: WallClock, log: ServerLog, folders: [Folder]
  ) {
    self.store = store
    self.fleet = fleet
    self.tasks = tasks
    self.datasets = datasets
    self.bus = bus
    self.clock = clock
    self.log = log
    self.folders = folders
  }

  /// Works until it is cancelled or the bus is finished; call once.
  package func run() async {
    while !Task.isCancelled {
      let news = bus.committed()
      _ = await scanAll()
      var heard = false
      for await record in news {
        heard = true
        switch record.event.kind {
        case .hostConnected:
          if let id = HostID(checking: record.event.subject), let host = try? await fleet.host(id) {
            _ = await scan(host)
          }
        case .modelAdded: _ = await scanAll()
        case .hostRemoved:
          if let id = HostID(checking: record.event.subject) { try? await store.forget(id) }
        default: break
        }
      }
      // A finished bus gives streams that end at once; one that overflowed had something to say.
      if !heard { return }
    }
  }

  /// Looks at every host, all at once; who asks while one is looked at shares the next look with others.
  package func scanAll() async -> [Outcome] {
    let hosts = await fleet.hosts()
    return await withTaskGroup(of: (Int, Outcome).self) { group in
      for (place, host) in hosts.enumerated() { group.addTask { (place, await self.scan(host)) } }
      var outcomes: [(Int, Outcome)] = []
      for await outcome in group { outcomes.append(outcome) }
      return outcomes.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  /// What a look that begins after this call finds: one under way may have passed by what is asked for.
  private func scan(_ host: any Host) async -> Outcome {
    let id = host.description.id
    if let next = following[id] { return await next.value }
    let present = running[id]
    // Of its own: who asked first may leave while others still wait for it.
    let task = Task {
      _ = await present?.value
      let outcome = await look(at: host)
      running[id] = following.removeValue(forKey: id)
      return outcome
    }
    if present == nil { running[id] = task } else { following[id] = task }
    return await task.value
  }

  private func look(at host: any Host) async -> Outcome {
    do throws(DomainError) {
      _ = try await host.facts()  // from then on its folders are known
      let userData = try host.description.userDataFolder()
      let scan = try await host.discover(in: folders(on: host.description) + [userData], userData: userData)
      var models: [DiscoveredModel] = []
      var paths: Set<String> = []
      for scanned in scan.models where paths.insert(scanned.path).inserted {
        if let model = try await described(scanned, on: host.description.id) { models.append(model) }
      }
      try await store.replace(
        models, of: host.description.id, marksGone: scan.isComplete, at: clock.now())
      return Outcome(host: host.description, isComplete: scan.isComplete, problem: nil)
    } catch {
      log.debug(
        "models could not be looked for",
        ["host": host.description.id.rawValue, "error": error.debugDescription])
      return Outcome(host: host.description, isComplete: false, problem: error)
    }
  }

  private func folders(on host: HostDescription) -> [String] {
    if folders.isEmpty {
      let work = host.workDirectory ?? "~/.luthier"
      return ["\(work)/saves", "\(work)/models"]
    }
    return folders.filter { $0.host == nil || $0.host == host.id.rawValue || $0.host == host.name }.map(
      \.path)
  }

  /// Nil for what lies in the user data folder and is nobody's.
  private func described(_ scanned: ScannedModel, on host: HostID) async throws(DomainError)
    -> DiscoveredModel?
  {
    var scanned = scanned
    var owner: UserID?
    var task: TaskRecord?
    if let path = scanned.privatePath {
      let parts = path.split(separator: "/").map(String.init)
      guard parts.count >= 3, let user = UserID(checking: parts[0]) else { return nil }
      owner = user
      if parts[1] == "models", let id = TaskID(checking: parts[2]) {
        task = try await tasks.task(id, owner: user)
      }
    }
    if let task {
      let stage = TrainingStage.written(in: task.arguments)
      scanned.stage = stage
      scanned.group = .init(stage: stage)
    }
    let template =
      task?.template
      ?? PromptTemplates.template(
        forModelNamed: scanned.baseModel ?? scanned.path, modelType: scanned.modelType,
        hasChatTemplate: scanned.hasChatTemplate
      ).template
    return DiscoveredModel(
      id: .make(), hostID: host, owner: owner, scanned: scanned, template: template,
      lineage: try await lineage(of: task))
  }

  private func lineage(of task: TaskRecord?) async throws(DomainError) -> ModelLineage? {
    guard let task else { return nil }
    var hashes: [String] = []
    for id in task.datasetIDs {
      if let hash = try await datasets.dataset(id, owner: task.userID)?.contentHash { hashes.append(hash) }
    }
    return ModelLineage(taskID: task.id, attempt: task.attempt, datasetHashes: hashes)
  }
}
