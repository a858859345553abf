import Concurrency
package import Domain
import FoundationEssentials

/// Merges adapters into their bases, each once: what was made is kept by its content and used by all who want it.
///
/// A merge goes on when the one who asked has left, and when this server ends: it is a job of the host.
package actor ModelMerging {
  /// How far a merge is; `done` and `total` in bytes, 0 where nothing is known.
  package struct Progress: Decodable, Sendable, Equatable {
    /// `hashing`, `waiting`, `merging` or `writing`.
    package let phase: String
    package let done: Int64
    package let total: Int64
  }

  private struct Key: Hashable {
    let host: HostID
    let user: UserID
    let path: String
    let base: String
    let template: String
    let systemPrompt: String?
  }

  private struct Merge {
    let task: Task<ModelRecord, any Error>
    let news: Broadcast<Progress>
    var last: Progress?
    var toldAt: Timestamp?
  }

  private struct Request: Encodable {
    let command: String
    let path: String
    let base: String
    let template: String
    let system: String?
    let folder: String
  }

  private struct Line: Decodable {
    struct Result: Decodable {
      let path: String
      let size: Int64
    }

    let result: Result
  }

  private let catalog: ModelCatalog
  private let fleet: any HostFleet
  private let events: EventBus
  private let script: [UInt8]
  private let clock: WallClock
  private let log: ServerLog
  private var running: [Key: Merge] = [:]

  package init(
    catalog: ModelCatalog, fleet: any HostFleet, events: EventBus, script: [UInt8], clock: WallClock,
    log: ServerLog
  ) {
    self.catalog = catalog
    self.fleet = fleet
    self.events = events
    self.script = script
    self.clock = clock
    self.log = log
  }

  /// The merged model in the user's list: made now, or the one that there is.
  ///
  /// All who ask for the same at once get the same; `tell` gets what is news.
  ///
  /// - Parameter name: what to call a new one; nil: the adapter's name with `-merged`.
  ///
  /// Throws `conflict` for a whole model, `trainer_missing`, and what the script fails of.
  package func merge(
    _ model: ResolvedModel, name: String?, for user: UserID,
    tell: (Progress) async throws -> Void = { _ in }
  ) async throws -> ModelRecord {
    let base = try Self.check(model, name: name)
    let key = key(of: model, base: base, for: user)
    if running[key] == nil { begin(key, model, name: name) }
    guard let merge = running[key] else {
      throw DomainError.conflict("Try again.", hint: "The merge has ended.")
    }
    // Taken before anything is waited for: nothing is missed.
    let news = merge.news.subscribe()
    if let last = merge.last { try await tell(last) }
    for await progress in news { try await tell(progress) }
    return try await merge.task.value
  }

  /// The base of a model that can be merged; throws as `merge` does.
  @discardableResult
  package static func check(_ model: ResolvedModel, name: String?) throws(DomainError) -> String {
    if let name { try ModelCatalog.check(name: name) }
    guard let base = model.baseModel else {
      throw .conflict("This model is whole already.", hint: "Only an adapter can be merged into its base.")
    }
    return base
  }

  /// Ends a merge of the user's, for all who wait for it; nothing of it stays.
  ///
  /// Throws `conflict` where none is under way.
  package func stop(_ model: ResolvedModel, for user: UserID) throws(DomainError) {
    let base = try Self.check(model, name: nil)
    guard let merge = running[key(of: model, base: base, for: user)] else {
      throw .conflict("This model is not being merged.", hint: "It may have ended: look at your models.")
    }
    merge.task.cancel()
  }

  /// Ends every merge of a user's.
  func stopAll(of user: UserID) {
    for (key, merge) in running where key.user == user { merge.task.cancel() }
  }

  private func key(of model: ResolvedModel, base: String, for user: UserID) -> Key {
    Key(
      host: model.hostID, user: user, path: model.path, base: base, template: model.template,
      systemPrompt: model.systemPrompt)
  }

  private func begin(_ key: Key, _ model: ResolvedModel, name: String?) {
    let news = Broadcast<Progress>()
    // Of its own, so that it outlives the request that began it.
    let task = Task {
      defer {
        running[key] = nil
        news.finish()
      }
      do {
        return try await carry(key, model, name: name)
      } catch  where Task.isCancelled {
        throw DomainError(
          .mergeStopped, "The merge was stopped; nothing of it was kept.",
          hint: "Ask again to merge it from the start.")
      } catch {
        log.warning("a model could not be merged", ["model": key.path, "error": "\(error)"])
        throw error
      }
    }
    running[key] = Merge(task: task, news: news)
  }

  private func carry(_ key: Key, _ model: ResolvedModel, name: String?) async throws -> ModelRecord {
    let host = try await fleet.host(key.host)
    let trainer = try await host.trainer(thorough: false)
    guard let command = trainer.command, let python = trainer.python else {
      throw DomainError(
        .trainerMissing, trainer.problem ?? "The Python of LLaMA-Factory was not found on the host.",
        hint: "See luthier host doctor.", origin: .host)
    }
    let script = HostScript(
      host: host, place: "\(try host.description.userDataFolder())/\(key.user.rawValue)/merges",
      name: "merge_model.py", script: script, python: python, environment: [:])
    let request = Request(
      command: command, path: key.path, base: key.base, template: key.template, system: key.systemPrompt,
      folder: try ModelRecord.mergedFolder(of: key.user, on: host.description))
    let made = try await script.run(request) { line -> Line.Result? in
      if let progress = try? JSONDecoder().decode(Progress.self, from: line) {
        await note(progress, key)
        return nil
      }
      return try? JSONDecoder().decode(Line.self, from: line).result
    }
    return try await catalog.register(
      mergedAt: made.path, size: made.size, of: model, name: name, for: key.user)
  }

  private func note(_ progress: Progress, _ key: Key) async {
    guard var merge = running[key], merge.last != progress else { return }
    let now = clock.now()
    let isNews =
      merge.last?.phase != progress.phase || merge.toldAt.map { now.seconds(since: $0) >= 2 } ?? true
    merge.last = progress
    if isNews { merge.toldAt = now }
    running[key] = merge
    merge.news.send(progress)
    guard isNews else { return }
    await events.record(
      NewEvent(
        kind: .modelMerging, userID: key.user, subject: key.path,
        fields: [
          "model_path": .text(key.path), "phase": .text(progress.phase), "done": .integer(progress.done),
          "total": .integer(progress.total),
        ]), at: now)
  }
}
