package import Domain

/// A model as the web chat lists it.
package struct ListedModel: Sendable, Equatable {
  package enum Kind: String, Sendable { case pretrained, sft, rl, external }
  package enum Status: String, Sendable { case unloaded, loading, ready, failed }

  package let name: String
  package let kind: Kind
  /// Bytes; 0 where nobody tells.
  package let size: Int64
  /// For one that others run and tell no time of: when this server started.
  package let modifiedAt: Timestamp
  package let status: Status
  /// Why it could not be loaded.
  package let error: String?
  /// What it was trained in, in LLaMA-Factory's word, where a task or a file says it.
  package var stage: String?
  /// Where it is and where it came from; nil for one that others run.
  package var origin: Origin?

  package struct Origin: Sendable, Equatable {
    package let id: ModelID?
    package let kind: ScannedModel.Kind
    package let host: HostID
    package let base: String?
    package let checkpoints: [ScannedModel.Checkpoint]
    package let lineage: ModelLineage?
    package let goneAt: Timestamp?
    /// The adapter that it was merged from.
    package var mergedFrom: ModelID?
    /// Bytes that go with it when it is deleted; nil where its files stay.
    package var frees: Int64?
  }
}

/// All that a caller may chat with, and how far it is loaded.
package struct ModelShelf: Sendable {
  private let catalog: ModelCatalog
  private let backends: BackendCatalog
  private let runtime: ModelRuntime
  private let stages: ModelStages
  private let discovered: DiscoveredModels
  private let started: Timestamp
  private let loadsForEachAnswer: Bool

  /// - Parameters:
  ///   - started: since when the presets are what they are.
  ///   - loadsForEachAnswer: nothing stays loaded (CHAT_MODE cli and script), so every model is as ready as it gets.
  package init(
    catalog: ModelCatalog, backends: BackendCatalog, runtime: ModelRuntime, stages: ModelStages,
    discovered: DiscoveredModels, started: Timestamp, loadsForEachAnswer: Bool = false
  ) {
    self.started = started
    self.loadsForEachAnswer = loadsForEachAnswer
    self.catalog = catalog
    self.backends = backends
    self.runtime = runtime
    self.stages = stages
    self.discovered = discovered
  }

  /// The caller's own, newest first, then the shared ones, those that scans came upon, the presets that are set
  /// up, and what Ollama has.
  ///
  /// Shared models of a host that cannot be asked are left out; what scans came upon is listed as it was last seen.
  package func list(for caller: ChatCaller) async throws(DomainError) -> [ListedModel] {
    var listed: [ListedModel] = []
    var names: Set<String> = []
    var places: Set<String> = []
    let found = try await discovered.list(visibleTo: caller.isGuest ? nil : caller.userID)
    let scans = Dictionary(found.map { (Self.place($0.hostID, $0.scanned.path), $0) }) { first, _ in first }
    if !caller.isGuest {
      let own = try await catalog.list(of: caller.userID)
      let stages = try await stages.stages(of: own, scans: found)
      for record in own {
        // Of two models of one name the newest is meant by it; the others go by their identifiers.
        let name = names.insert(record.name).inserted ? record.name : record.id.rawValue
        let place = Self.place(record.hostID, record.path)
        places.insert(place)
        let stage = stages[record.id]
        let standing = await standing(of: ResolvedModel(record, stage: stage))
        let scan = scans[place]
        // A merged one comes from where its adapter came from.
        let parent = own.first { $0.id == record.mergedFrom }
        let lineage = scan?.lineage ?? parent.flatMap { scans[Self.place($0.hostID, $0.path)]?.lineage }
        listed.append(
          ListedModel(
            name: name, kind: Self.kind(record.kind, stage: stage),
            size: record.size ?? scan?.scanned.size ?? 0, modifiedAt: record.createdAt,
            status: standing.status, error: standing.error, stage: stage,
            origin: .init(
              id: record.id, kind: .init(record.kind), host: record.hostID, base: record.baseModel,
              checkpoints: scan?.scanned.checkpoints ?? [], lineage: lineage, goneAt: scan?.goneAt,
              mergedFrom: record.mergedFrom, frees: record.ownsFolder ? record.size : nil)))
      }
    }
    for (name, found, model) in try await reachableSharedModels() {
      names.insert(name)
      places.insert(Self.place(model.hostID, found.path))
      var model = model
      model.stage = scans[Self.place(model.hostID, found.path)]?.scanned.stage
      let standing = await standing(of: model)
      listed.append(
        ListedModel(
          name: name, kind: Self.kind(found.kind, stage: model.stage), size: found.size,
          modifiedAt: found.modifiedAt, status: standing.status, error: standing.error, stage: model.stage,
          origin: .init(
            id: nil, kind: .init(found.kind), host: model.hostID, base: found.baseModel, checkpoints: [],
            lineage: nil, goneAt: nil)))
    }
    let presets = backends.presets.filter { $0.url != nil }
    for preset in presets { names.insert(preset.id) }
    for model in found where places.insert(Self.place(model.hostID, model.scanned.path)).inserted {
      let isFirst = names.insert(model.scanned.name).inserted
      listed.append(
        await listing(model, as: isFirst ? model.scanned.name : DiscoveredModels.fullName(of: model)))
    }
    let others = presets.map { ServedModel(name: $0.id) } + (await backends.ollama?.list() ?? [])
    return listed
      + others.map {
        ListedModel(
          name: $0.name, kind: .external, size: $0.size ?? 0, modifiedAt: $0.modifiedAt ?? started,
          status: .ready, error: nil)
      }
  }

  private func listing(_ model: DiscoveredModel, as name: String) async -> ListedModel {
    let standing =
      if model.goneAt != nil {
        ModelStanding(status: .failed, error: "The folder of this model is gone from its host.")
      } else if model.scanned.kind == .file {
        ModelStanding(status: .failed, error: "A single file of weights cannot be loaded by itself.")
      } else {
        await standing(of: discovered.resolved(model))
      }
    return ListedModel(
      name: name, kind: .init(model.scanned.group), size: model.scanned.size,
      modifiedAt: model.scanned.modifiedAt, status: standing.status, error: standing.error,
      stage: model.scanned.stage,
      origin: .init(
        id: model.id, kind: model.scanned.kind, host: model.hostID, base: model.scanned.baseModel,
        checkpoints: model.scanned.checkpoints, lineage: model.lineage, goneAt: model.goneAt))
  }

  private func reachableSharedModels() async throws(DomainError) -> [(String, FoundModel, ResolvedModel)] {
    do { return try await catalog.sharedModels() } catch  where error.code == .hostUnreachable { return [] }
  }

  private static func place(_ host: HostID, _ path: String) -> String { "\(host.rawValue):\(path)" }

  package func status(of name: String, for caller: ChatCaller) async throws(DomainError) -> ModelStanding {
    do throws(DomainError) {
      switch try await backends.backend(named: name, for: caller).target {
      case .model(let model): return await standing(of: model)
      case .engine: return ModelStanding(status: .ready)
      }
    } catch  where error.code == .invalidInput {
      // Listed, and not to be loaded.
      return ModelStanding(status: .failed, error: error.message)
    }
  }

  /// Begins to load a model and does not wait for it; what failed a moment ago is tried again.
  ///
  /// Throws `conflict` where it is to be served on a port that another program has.
  package func load(_ name: String, for caller: ChatCaller, port: Int? = nil) async throws(DomainError)
    -> ModelStanding
  {
    guard case .model(let model) = try await backends.backend(named: name, for: caller).target,
      !loadsForEachAnswer
    else { return ModelStanding(status: .ready) }
    try await runtime.load(model, for: caller.userID, port: port)
    return await runtime.standing(of: model)
  }

  /// Unloads a model.
  ///
  /// Throws `conflict` for a preset, and for a model that another user has loaded.
  package func unload(_ name: String, for caller: ChatCaller, isAdministrator: Bool)
    async throws(DomainError) -> UnloadOutcome
  {
    guard case .model(let model) = try await backends.whatever(named: name, for: caller).target else {
      throw .conflict("This model is run by others.", hint: "There is nothing to unload.")
    }
    guard let owner = await runtime.owner(of: model) else { return .notLoaded }
    guard isAdministrator || owner == caller.userID else {
      throw .conflict("Another user has loaded this model.", hint: "It is unloaded when nobody uses it.")
    }
    return await runtime.unload(model)
  }

  private func standing(of model: ResolvedModel) async -> ModelStanding {
    do throws(DomainError) {
      try model.checkAnswers()
    } catch {
      return ModelStanding(status: .failed, error: error.message)
    }
    return loadsForEachAnswer ? ModelStanding(status: .ready) : await runtime.standing(of: model)
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

extension ScannedModel.Kind {
  init(_ kind: ModelRecord.Kind) {
    switch kind {
    case .base: self = .base
    case .adapter: self = .adapter
    case .merged: self = .merged
    case .full: self = .full
    }
  }
}

extension ListedModel.Kind {
  init(_ group: ScannedModel.Group) {
    switch group {
    case .pretrained: self = .pretrained
    case .sft: self = .sft
    case .rl: self = .rl
    }
  }
}
