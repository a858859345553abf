import Concurrency
package import Domain

/// Copies models from their hosts into the server's store, and puts them from there on a host again.
///
/// Both go on when the one who asked has left, and end with the server: what was under way then has failed, and
/// nothing half of it stays. One of each is at a model at one time; who asks for the same joins it.
package actor ModelArchiving {
  /// How an archive stands.
  package struct Standing: Sendable, Equatable {
    /// The one that is whole.
    package let ready: ArchivedModel?
    /// The one that is being made.
    package let current: ArchivedModel?
    package let progress: TransferProgress?
    /// The last try, where that failed.
    package let failed: ArchivedModel?
  }

  struct Key: Hashable {
    enum Kind: String { case archive, restore }
    let kind: Kind
    let model: ModelID
    let user: UserID
  }

  private struct Errand {
    /// Where to, and under what name; nil of an archive.
    let aim: Aim?
    let task: Task<Outcome, any Error>
    let news: Broadcast<TransferProgress>
    var last: TransferProgress?
    var toldAt: Timestamp?
    var recordedAt: Timestamp?
  }

  private struct Aim: Equatable {
    let host: HostID
    let name: String?
  }

  enum Outcome: Sendable {
    case archived(ArchivedModel)
    case restored(ModelRecord)
  }

  /// Seconds between two tellings to who watches, and between two events.
  private static let (tellingPace, eventPace) = (0.25, 2.0)

  let catalog: ModelCatalog
  let store: any ModelArchiveStoring & ArchiveTidying
  let models: any ModelStoring
  let blobs: any BlobStoring
  let fleet: any HostFleet
  let quotas: UserQuotas
  let removals: PendingRemovals
  let events: EventBus
  let clock: WallClock
  let log: ServerLog
  private var running: [Key: Errand] = [:]

  package init(
    catalog: ModelCatalog, store: any ModelArchiveStoring & ArchiveTidying, models: any ModelStoring,
    blobs: any BlobStoring, fleet: any HostFleet, quotas: UserQuotas, removals: PendingRemovals,
    events: EventBus, clock: WallClock, log: ServerLog
  ) {
    self.catalog = catalog
    self.store = store
    self.models = models
    self.blobs = blobs
    self.fleet = fleet
    self.quotas = quotas
    self.removals = removals
    self.events = events
    self.clock = clock
    self.log = log
  }

  // MARK: Archives

  /// How the model's archive stands.
  package func standing(of model: ModelRecord) async throws(DomainError) -> Standing {
    let all = try await store.archives(of: model.id, owner: model.userID)
    let current = all.first { $0.state == .archiving }
    return Standing(
      ready: all.first { $0.state == .ready }, current: current,
      progress: current == nil ? nil : running[key(.archive, model)]?.last,
      failed: all.first { $0.state == .failed })
  }

  /// Refuses what would fail at once: a model whose files cannot be read, or that there is no room for.
  package func checkArchive(_ model: ModelRecord) async throws(DomainError) {
    let files = try await archivable(model)
    if let ready = try await store.archives(of: model.id, owner: model.userID).first(where: {
      $0.state == .ready
    }), ready.holds(files) {
      return
    }
    guard running[key(.archive, model)] == nil, let room = try await quotas.room(of: model.userID) else {
      return
    }
    let size = files.reduce(0) { $0 + $1.size }
    guard size <= room else { throw UserQuota.archiveExceeds(size, room: room) }
  }

  /// The model's archive: made now, or the one that there is where its files are unchanged.
  ///
  /// `tell` gets how far it is. Throws `quota_exceeded`, `conflict` where a file changes meanwhile, and
  /// `archive_stopped`; one that was there before stays then.
  package func archive(
    _ model: ModelRecord, tell: (TransferProgress) async throws -> Void = { _ in }
  ) async throws -> ArchivedModel {
    let key = key(.archive, model)
    if running[key] == nil { begin(key, nil) { try await .archived($0.carry(archiveOf: model, key)) } }
    guard case .archived(let archive) = try await follow(key, tell) else { throw Self.ended }
    return archive
  }

  /// Stops an archive that is being made, removes the one that there is, and gives the bytes that are free again.
  ///
  /// Throws `not_found` where there is neither.
  package func remove(archiveOf model: ModelRecord) async throws(DomainError) -> Int64 {
    let errand = running[key(.archive, model)]?.task
    errand?.cancel()
    _ = await errand?.result
    let freed = try await store.remove(of: model.id, owner: model.userID)
    guard freed != nil || errand != nil else { throw .notFound("An archive of the model") }
    await tidy()
    return freed ?? 0
  }

  // MARK: Restoring

  /// Refuses what would fail at once.
  package func checkRestore(
    _ model: ModelRecord, to host: HostID, name: String?
  ) async throws(DomainError) {
    if let name { try ModelCatalog.check(name: name) }
    let host = try await fleet.host(host)
    _ = try host.description.userDataFolder()
    let archive = try await whole(model)
    if let room = try await quotas.room(of: model.userID), archive.size > room {
      throw UserQuota.archiveExceeds(archive.size, room: room)
    }
    if let errand = running[key(.restore, model)], errand.aim != Aim(host: host.description.id, name: name) {
      throw .conflict(
        "The model is being restored to another place.", hint: "Wait for its end, or stop it.")
    }
  }

  /// Puts the archived files in a new folder of the user's on the host, and makes a model of the user's of them.
  ///
  /// - Parameter name: what to call it; nil: as the archived one is called.
  ///
  /// Throws `conflict` where the model has no archive, and `archive_stopped`; nothing stays on the host then.
  package func restore(
    _ model: ModelRecord, to host: HostID, name: String?,
    tell: (TransferProgress) async throws -> Void = { _ in }
  ) async throws -> ModelRecord {
    let key = key(.restore, model)
    if running[key] == nil {
      begin(key, Aim(host: host, name: name)) {
        try await .restored($0.carry(restoreOf: model, to: host, name: name, key))
      }
    }
    guard case .restored(let restored) = try await follow(key, tell) else { throw Self.ended }
    return restored
  }

  /// Stops a model that is being restored; throws `conflict` where none is.
  package func stopRestore(_ model: ModelRecord) throws(DomainError) {
    guard let errand = running[key(.restore, model)] else {
      throw .conflict(
        "This model is not being restored.", hint: "It may have ended: look at your models.")
    }
    errand.task.cancel()
  }

  // MARK: Ends

  /// Ends what is under way of a model that was deleted, and removes what was kept of it.
  package func forget(_ model: ModelID) async {
    for (key, errand) in running where key.model == model && key.kind == .archive { errand.task.cancel() }
    await tidy()
  }

  /// Stops everything of a user's.
  func stopAll(of user: UserID) async {
    let tasks = running.filter { $0.key.user == user }.map(\.value.task)
    for task in tasks { task.cancel() }
    for task in tasks { _ = await task.result }
  }

  /// Sets right what an earlier server left.
  package func takeUp() async throws(DomainError) { try await store.takeUp(at: clock.now()) }

  /// Removes, again and again, files that nobody is to have any more, until it is cancelled.
  package func run() async {
    while !Task.isCancelled {
      await tidy()
      do { try await Task.sleep(for: .seconds(60)) } catch { return }
    }
  }

  /// Removes what is left over now.
  package func tidy() async {
    do throws(DomainError) {
      for archive in try await store.leftovers() {
        for index in archive.files.indices { try await blobs.remove(archive.key(of: index)) }
        try await store.cleared(archive.id)
      }
    } catch {
      log.warning("files of an archive could not be removed yet", ["error": error.debugDescription])
    }
  }

  // MARK: What is under way

  private func key(_ kind: Key.Kind, _ model: ModelRecord) -> Key {
    Key(kind: kind, model: model.id, user: model.userID)
  }

  private func begin(
    _ key: Key, _ aim: Aim?, _ body: @escaping @Sendable (ModelArchiving) async throws -> Outcome
  ) {
    let news = Broadcast<TransferProgress>()
    // Of its own, so that it outlives the request that began it.
    let task = Task {
      defer {
        running[key] = nil
        news.finish()
      }
      do {
        return try await body(self)
      } catch  where Task.isCancelled {
        throw DomainError(
          .archiveStopped, "It was stopped; nothing of it was kept.", hint: "Ask again to begin anew.")
      } catch {
        log.warning(
          key.kind == .archive ? "a model could not be archived" : "a model could not be restored",
          ["model": key.model.rawValue, "error": "\(error)"])
        throw error
      }
    }
    running[key] = Errand(aim: aim, task: task, news: news)
  }

  private func follow(
    _ key: Key, _ tell: (TransferProgress) async throws -> Void
  ) async throws -> Outcome {
    guard let errand = running[key] else { throw Self.ended }
    // Taken before anything is waited for: nothing is missed.
    let news = errand.news.subscribe()
    if let last = errand.last { try await tell(last) }
    for await progress in news { try await tell(progress) }
    return try await errand.task.value
  }

  private static let ended = DomainError.conflict("Try again.", hint: "It has ended.")

  /// Tells how far it is, as often as somebody can read.
  func note(_ progress: TransferProgress, _ key: Key) {
    guard var errand = running[key] else { return }
    let now = clock.now()
    func isDue(_ last: Timestamp?, _ pace: Double) -> Bool {
      progress.sent >= progress.total || last.map { now.seconds(since: $0) >= pace } ?? true
    }
    errand.last = progress
    let (isTold, isRecorded) = (
      isDue(errand.toldAt, Self.tellingPace), isDue(errand.recordedAt, Self.eventPace)
    )
    if isTold { errand.toldAt = now }
    if isRecorded { errand.recordedAt = now }
    running[key] = errand
    if isTold { errand.news.send(progress) }
    guard isRecorded else { return }
    let event = NewEvent(
      kind: .modelArchiving, userID: key.user, subject: key.model.rawValue,
      fields: [
        "kind": .text(key.kind.rawValue), "state": .text("running"), "done": .integer(progress.sent),
        "total": .integer(progress.total),
      ])
    Task { await events.record(event, at: now) }
  }
}
