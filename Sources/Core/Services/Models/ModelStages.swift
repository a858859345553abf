package import Domain
import FoundationEssentials
import Synchronization

/// The stages that models were trained in, in LLaMA-Factory's words: what the task that made a model was asked for,
/// else what a file in its folder says.
package final class ModelStages: Sendable {
  private let tasks: any TaskArgumentReading
  private let discoveries: any DiscoveryStoring
  /// Of tasks that were read: what a task was asked for stays as it is.
  private let known = Mutex<[TaskID: String]>([:])

  package init(tasks: any TaskArgumentReading, discoveries: any DiscoveryStoring) {
    self.tasks = tasks
    self.discoveries = discoveries
  }

  /// The stages of a user's models, as far as they are known.
  ///
  /// - Parameters:
  ///   - own: all of the user's list, since a merged model has its adapter's stage.
  ///   - scans: what is known of the hosts' folders; nil: it is read where it is needed.
  package func stages(
    of own: [ModelRecord], scans: [DiscoveredModel]? = nil
  ) async throws(DomainError) -> [ModelID: String] {
    let made = try await stages(of: Set(own.compactMap(\.taskID)))
    var found: [ModelID: String] = [:]
    for model in own { found[model.id] = model.taskID.flatMap { made[$0] } }
    guard let user = own.first(where: { found[$0.id] == nil })?.userID else { return found }
    var folders: [Folder: String] = [:]
    let scanned = if let scans { scans } else { try await discoveries.models(visibleTo: user) }
    for scan in scanned { folders[Folder(host: scan.hostID, path: scan.scanned.path)] = scan.scanned.stage }
    for model in own where found[model.id] == nil {
      found[model.id] = folders[Folder(host: model.hostID, path: model.path)]
    }
    for model in own where found[model.id] == nil { found[model.id] = model.mergedFrom.flatMap { found[$0] } }
    return found
  }

  /// The stage of one model of the list `own`.
  func stage(of model: ModelRecord, among own: [ModelRecord]) async throws(DomainError) -> String? {
    if let id = model.taskID, let stage = try await stages(of: [id])[id] { return stage }
    if let stage = try await stage(ofFolder: model.path, on: model.hostID, for: model.userID) { return stage }
    guard let parent = own.first(where: { $0.id == model.mergedFrom && $0.mergedFrom == nil }) else {
      return nil
    }
    return try await stage(of: parent, among: own)
  }

  /// The stage of what lies in a folder; a checkpoint has its run's.
  func stage(ofFolder path: String, on host: HostID, for user: UserID) async throws(DomainError) -> String? {
    let isCheckpoint = HostPath.lastComponent(of: path).hasPrefix("checkpoint-")
    for folder in isCheckpoint ? [path, HostPath.parent(of: path)] : [path] {
      let stage = try await discoveries.stage(ofFolder: folder, on: host, visibleTo: user)
      if let stage { return stage }
    }
    return nil
  }

  private func stages(of wanted: Set<TaskID>) async throws(DomainError) -> [TaskID: String] {
    var found = known.withLock { known in
      Dictionary(uniqueKeysWithValues: wanted.compactMap { id in known[id].map { (id, $0) } })
    }
    let read = try await tasks.arguments(of: wanted.filter { found[$0] == nil })
    if read.isEmpty { return found }
    for (id, arguments) in read { found[id] = TrainingStage.written(in: arguments) }
    known.withLock { [found] known in
      if known.count + read.count > 10_000 { known = [:] }
      known.merge(found) { _, new in new }
    }
    return found
  }

  private struct Folder: Hashable {
    let host: HostID
    let path: String
  }
}

extension TrainingStage {
  /// The stage in a task's arguments, the trainer's usual one where they name none.
  static func written(in arguments: String) -> String {
    struct Arguments: Decodable { let stage: String? }
    let decoded = try? JSONDecoder().decode(Arguments.self, from: Data(arguments.utf8))
    return decoded?.stage ?? TrainingStage.sft.rawValue
  }
}
