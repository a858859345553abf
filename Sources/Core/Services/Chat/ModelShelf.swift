package import Domain
import FoundationEssentials

/// A model as the web chat lists it.
package struct ListedModel: Sendable, Equatable {
  package enum Kind: String, Sendable { case pretrained, sft, rl, external }
  package enum Status: String, Sendable { case unloaded, loading, ready, failed }

  package let name: String
  package let kind: Kind
  /// Bytes; nil for one that others run.
  package let size: Int64?
  package let modifiedAt: Timestamp?
  package let status: Status
  /// Why it could not be loaded.
  package let error: String?
}

/// All that a caller may chat with, and how far it is loaded.
package struct ModelShelf: Sendable {
  private let catalog: ModelCatalog
  private let backends: BackendCatalog
  private let runtime: ModelRuntime
  private let tasks: any TaskStoring
  private let loadsForEachAnswer: Bool

  /// - Parameter loadsForEachAnswer: nothing stays loaded (CHAT_MODE cli and script), so every model is as ready as
  ///   it gets.
  package init(
    catalog: ModelCatalog, backends: BackendCatalog, runtime: ModelRuntime, tasks: any TaskStoring,
    loadsForEachAnswer: Bool = false
  ) {
    self.loadsForEachAnswer = loadsForEachAnswer
    self.catalog = catalog
    self.backends = backends
    self.runtime = runtime
    self.tasks = tasks
  }

  /// The caller's own, newest first, then the shared ones, then the presets that are set up.
  package func list(for caller: ChatCaller) async throws(DomainError) -> [ListedModel] {
    var listed: [ListedModel] = []
    if !caller.isGuest {
      let stages = try await stages(of: caller.userID)
      var names: Set<String> = []
      for record in try await catalog.list(of: caller.userID) {
        // Of two models of one name the newest is meant by it; the others go by their identifiers.
        let name = names.insert(record.name).inserted ? record.name : record.id.rawValue
        let (status, error) = await progress(of: ResolvedModel(record))
        listed.append(
          ListedModel(
            name: name, kind: Self.kind(record.kind, stage: record.taskID.flatMap { stages[$0] }),
            size: record.size, modifiedAt: record.createdAt, status: status, error: error))
      }
    }
    for (name, found, model) in try await catalog.sharedModels() {
      let (status, error) = await progress(of: model)
      listed.append(
        ListedModel(
          name: name, kind: Self.kind(found.kind, stage: nil), size: found.size,
          modifiedAt: found.modifiedAt, status: status, error: error))
    }
    for preset in backends.presets where preset.url != nil {
      listed.append(
        ListedModel(
          name: preset.id, kind: .external, size: nil, modifiedAt: nil, status: .ready, error: nil))
    }
    return listed
  }

  package func status(of name: String, for caller: ChatCaller) async throws(DomainError)
    -> (status: ListedModel.Status, error: String?)
  {
    switch try await backends.backend(named: name, for: caller).target {
    case .model(let model): await progress(of: model)
    case .engine: (.ready, nil)
    }
  }

  /// Unloads a model; true where it was loaded.
  ///
  /// Throws `conflict` for a preset, and for a model that another user has loaded.
  package func unload(_ name: String, for caller: ChatCaller, isAdministrator: Bool)
    async throws(DomainError) -> Bool
  {
    guard case .model(let model) = try await backends.backend(named: name, for: caller).target else {
      throw .conflict("This model is run by others.", hint: "There is nothing to unload.")
    }
    guard let service = await runtime.service(of: model) else { return false }
    guard isAdministrator || service.userID == caller.userID else {
      throw .conflict("Another user has loaded this model.", hint: "It is unloaded when nobody uses it.")
    }
    try await runtime.stop(service.id, for: nil)
    return true
  }

  private func progress(of model: ResolvedModel) async -> (status: ListedModel.Status, error: String?) {
    loadsForEachAnswer ? (.ready, nil) : await runtime.progress(of: model)
  }

  private func stages(of user: UserID) async throws(DomainError) -> [TaskID: String] {
    struct Arguments: Decodable { let stage: String? }
    var stages: [TaskID: String] = [:]
    for task in try await tasks.tasks(owner: user, states: [.completed, .cancelled, .failed], limit: 1000) {
      let arguments = try? JSONDecoder().decode(Arguments.self, from: Data(task.arguments.utf8))
      stages[task.id] = arguments?.stage
    }
    return stages
  }

  private static func kind(_ kind: ModelRecord.Kind, stage: String?) -> ListedModel.Kind {
    switch stage {
    case "pt": .pretrained
    case "rm", "ppo", "dpo", "kto": .rl
    case nil: kind == .base || kind == .full ? .pretrained : .sft
    default: .sft
    }
  }
}
