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
        let status = await standing(of: ResolvedModel(record)).status
        listed.append(
          ListedModel(
            name: name, kind: Self.kind(record.kind, stage: record.taskID.flatMap { stages[$0] }),
            size: record.size, modifiedAt: record.createdAt, status: status))
      }
    }
    for (name, found, model) in try await catalog.sharedModels() {
      let status = await standing(of: model).status
      listed.append(
        ListedModel(
          name: name, kind: Self.kind(found.kind, stage: nil), size: found.size,
          modifiedAt: found.modifiedAt, status: status))
    }
    for preset in backends.presets where preset.url != nil {
      listed.append(
        ListedModel(
          name: preset.id, kind: .external, size: nil, modifiedAt: nil, status: .ready))
    }
    return listed
  }

  package func status(of name: String, for caller: ChatCaller) async throws(DomainError) -> ModelStanding {
    switch try await backends.backend(named: name, for: caller).target {
    case .model(let model): await standing(of: model)
    case .engine: ModelStanding(status: .ready)
    }
  }

  /// Begins to load a model and does not wait for it; what failed a moment ago is tried again.
  package func load(_ name: String, for caller: ChatCaller) async throws(DomainError) -> ModelStanding {
    guard case .model(let model) = try await backends.backend(named: name, for: caller).target,
      !loadsForEachAnswer
    else { return ModelStanding(status: .ready) }
    await runtime.load(model, for: caller.userID)
    return await runtime.standing(of: model)
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
    guard let owner = await runtime.owner(of: model) else { return false }
    guard isAdministrator || owner == caller.userID else {
      throw .conflict("Another user has loaded this model.", hint: "It is unloaded when nobody uses it.")
    }
    await runtime.unload(model)
    return true
  }

  private func standing(of model: ResolvedModel) async -> ModelStanding {
    loadsForEachAnswer ? ModelStanding(status: .ready) : await runtime.standing(of: model)
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
