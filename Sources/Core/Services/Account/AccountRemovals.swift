package import Domain

/// Removes accounts with all that they hold.
///
/// The account is gone at once for everybody: nobody comes in with it, and its name is free. What it holds goes in this
/// order, and a server that was ended in the midst of it goes on when it is back:
///
/// | what | how |
/// |---|---|
/// | pipelines, waiting and running tasks | are cancelled; the rest waits for their ends, also on a host that is away |
/// | models that are loaded, merges, uploads, replies | are stopped |
/// | conversations, tasks, models, datasets | row by row, by the stores that keep them |
/// | the folder of the account on every host | is noted, and removed when the host can be reached |
/// | keys, presets, votes, settings, use, events, indexes | with the account's own row; passages soon after |
package actor AccountRemovals {
  /// What is stopped before anything is deleted.
  package struct Running: Sendable {
    let supervisor: TaskSupervisor
    let runtime: ModelRuntime
    let merging: ModelMerging
    let archiving: ModelArchiving
    let uploads: ResumableUploads
    let conversations: ConversationService
    let pipelines: PipelineRunner

    package init(
      supervisor: TaskSupervisor, runtime: ModelRuntime, merging: ModelMerging,
      archiving: ModelArchiving, uploads: ResumableUploads,
      conversations: ConversationService, pipelines: PipelineRunner
    ) {
      self.supervisor = supervisor
      self.runtime = runtime
      self.merging = merging
      self.archiving = archiving
      self.uploads = uploads
      self.conversations = conversations
      self.pipelines = pipelines
    }
  }

  /// What is deleted then.
  package struct Stored: Sendable {
    let tasks: any TaskStoring
    let models: any ModelStoring
    let datasets: any DatasetStoring
    let blobs: any BlobStoring

    package init(
      tasks: any TaskStoring, models: any ModelStoring, datasets: any DatasetStoring, blobs: any BlobStoring
    ) {
      self.tasks = tasks
      self.models = models
      self.datasets = datasets
      self.blobs = blobs
    }
  }

  private let store: any AccountRemovalStoring
  private let quotas: UserQuotas
  private let passwords: any PasswordHashing
  private let running: Running
  private let stored: Stored
  private let fleet: any HostFleet
  private let removals: PendingRemovals
  private let clock: WallClock
  private let log: ServerLog
  /// Accounts that somebody is at.
  private var underWay: Set<UserID> = []

  package init(
    store: any AccountRemovalStoring, quotas: UserQuotas, passwords: any PasswordHashing, running: Running,
    stored: Stored, fleet: any HostFleet, removals: PendingRemovals, clock: WallClock, log: ServerLog
  ) {
    self.store = store
    self.quotas = quotas
    self.passwords = passwords
    self.running = running
    self.stored = stored
    self.fleet = fleet
    self.removals = removals
    self.clock = clock
    self.log = log
  }

  /// Removes somebody's account and tells what it held.
  ///
  /// Throws `not_found`, and `conflict` for one's own: that takes the password.
  package func remove(_ id: UserID, by administrator: UserID) async throws(DomainError) -> UserHoldings {
    guard id != administrator else {
      throw .conflict(
        "This is your own account.", hint: "Remove it from your profile, with your password.")
    }
    return try await begin(id, by: administrator)
  }

  /// Removes one's own account and tells what it held.
  ///
  /// Throws `forbidden` for a wrong password, and `conflict` for the last administrator.
  package func removeOwn(_ user: UserAccount, password: String) async throws(DomainError) -> UserHoldings {
    guard try await passwords.verify(password, against: user.passwordHash) else {
      throw DomainError(.forbidden, "The present password is wrong.", hint: "Check it, and try again.")
    }
    return try await begin(user.id, by: user.id)
  }

  private func begin(_ id: UserID, by remover: UserID) async throws(DomainError) -> UserHoldings {
    let holds = try await quotas.standing(of: id).holds
    let account = try await store.begin(id, at: clock.now())
    log.info(
      "account removed",
      [
        "user": id.rawValue, "name": account.username, "by": remover.rawValue,
        "datasets": String(holds.datasets), "models": String(holds.models), "tasks": String(holds.tasks),
        "bytes": String(holds.storageBytes),
      ])
    await carryOut(id)
    return holds
  }

  /// Goes on with what was begun, until it is cancelled.
  package func run() async {
    while !Task.isCancelled {
      for id in (try? await store.begun()) ?? [] { await carryOut(id) }
      do { try await Task.sleep(for: .seconds(5)) } catch { return }
    }
  }

  private func carryOut(_ id: UserID) async {
    guard underWay.insert(id).inserted else { return }
    defer { underWay.remove(id) }
    do throws(DomainError) {
      guard try await stopEverything(of: id), let folders = try await folders(of: id) else { return }
      try await deleteRows(of: id)
      try await store.finish(id, removing: folders)
      log.info("nothing is left of a removed account", ["user": id.rawValue])
      await removals.carryOut()
    } catch {
      log.warning(
        "a removed account could not be cleared yet", ["user": id.rawValue, "error": error.debugDescription])
    }
  }

  /// Whether nothing of the account runs any more.
  private func stopEverything(of id: UserID) async throws(DomainError) -> Bool {
    let unfinished = TaskState.allCases.filter { !$0.isFinal }
    // First: they would begin the next thing.
    let pipelinesEnded = try await running.pipelines.stopAll(of: id)
    for task in try await stored.tasks.tasks(owner: id, states: unfinished, limit: 10_000) {
      // One that ended meanwhile needs no cancelling.
      _ = try? await running.supervisor.request(.cancelRequested, for: task.id)
    }
    await running.merging.stopAll(of: id)
    await running.archiving.stopAll(of: id)
    for service in await running.runtime.list(for: id) {
      _ = try? await running.runtime.stop(service.id, for: id)
    }
    try await running.uploads.discardAll(of: id)
    return try await stored.tasks.tasks(owner: id, states: unfinished, limit: 1).isEmpty && pipelinesEnded
  }

  /// The account's folder on every host; nil while a host that has something of it has not told where its folders are.
  private func folders(of id: UserID) async throws(DomainError) -> [Removal]? {
    let used = Set(try await stored.tasks.tasks(owner: id, states: [], limit: 100_000).map(\.hostID))
      .union(try await stored.models.models(owner: id).map(\.hostID))
    var folders: [Removal] = []
    for host in await fleet.hosts().map(\.description) {
      do throws(DomainError) {
        folders.append(Removal(hostID: host.id, path: "\(try host.userDataFolder())/\(id.rawValue)"))
      } catch {
        if used.contains(host.id) { return nil }
      }
    }
    return folders
  }

  private func deleteRows(of id: UserID) async throws(DomainError) {
    try await running.conversations.deleteAll(of: id)
    for model in try await stored.models.models(owner: id) {
      let event = NewEvent(kind: .modelDeleted, userID: id, subject: model.id.rawValue)
      _ = try await stored.models.delete(model.id, owner: id, event: event)
    }
    // Their archives are noted as to be removed with them.
    await running.archiving.tidy()
    for task in try await stored.tasks.tasks(owner: id, states: [], limit: 100_000) {
      let event = NewEvent(kind: .taskDeleted, userID: id, subject: task.id.rawValue)
      _ = try await stored.tasks.delete(task.id, owner: id, event: event, removing: [])
    }
    for dataset in try await stored.datasets.datasets(owner: id) {
      let event = NewEvent(kind: .datasetDeleted, userID: id, subject: dataset.id.rawValue)
      _ = try await stored.datasets.delete(dataset.id, owner: id, event: event, removing: [])
      try await stored.blobs.remove(BlobKey(userID: id, filename: dataset.filename))
    }
  }
}
