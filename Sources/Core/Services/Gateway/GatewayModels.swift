package import Domain

/// A model as `GET /v1/models` tells of it.
package struct GatewayModel: Sendable, Equatable {
  package let id: String
  package let createdAt: Timestamp?
  package let owner: String
  /// The base model of an adapter.
  package let parent: String?
}

/// What a user may name as a model in the gateway.
package struct GatewayModels: Sendable {
  private let catalog: ModelCatalog
  private let backends: BackendCatalog
  private let discovered: DiscoveredModels

  package init(catalog: ModelCatalog, backends: BackendCatalog, discovered: DiscoveredModels) {
    self.catalog = catalog
    self.discovered = discovered
    self.backends = backends
  }

  /// The user's own, newest first, then aliases, presets that are set up, the shared ones, and those that scans came
  /// upon and that can be loaded.
  ///
  /// Shared models of a host that cannot be asked are left out, and so are reward models, which give no answers.
  package func list(for user: UserID) async throws(DomainError) -> [GatewayModel] {
    var models: [GatewayModel] = []
    var names: Set<String> = []
    var places: Set<String> = []
    let own = try await catalog.list(of: user)
    let scans = try await discovered.list(visibleTo: user)
    let stages = try await catalog.stages?.stages(of: own, scans: scans) ?? [:]
    for record in own {
      places.insert("\(record.hostID.rawValue):\(record.path)")
      // Of two models of one name the newest is meant by it; the others go by their identifiers.
      let name = names.insert(record.name).inserted ? record.name : record.id.rawValue
      // It has its name all the same: whoever says it means this one.
      if TrainingStage.isRewardModel(stages[record.id]) { continue }
      models.append(
        GatewayModel(
          id: name, createdAt: record.createdAt, owner: "luthier",
          parent: record.kind == .adapter ? record.baseModel : nil))
    }
    for alias in backends.aliases where names.insert(alias.id).inserted {
      models.append(GatewayModel(id: alias.id, createdAt: nil, owner: "alias", parent: nil))
    }
    for preset in backends.presets where preset.url != nil && names.insert(preset.id).inserted {
      models.append(GatewayModel(id: preset.id, createdAt: nil, owner: "preset", parent: nil))
    }
    for name in await backends.ollama?.names() ?? [] where names.insert(name).inserted {
      models.append(GatewayModel(id: name, createdAt: nil, owner: "ollama", parent: nil))
    }
    for (name, found, model) in (try? await catalog.sharedModels()) ?? []
    where names.insert(name).inserted {
      let place = "\(model.hostID.rawValue):\(model.path)"
      places.insert(place)
      let scan = scans.first { DiscoveredModels.fullName(of: $0) == place }
      if TrainingStage.isRewardModel(scan?.scanned.stage) { continue }
      models.append(
        GatewayModel(id: name, createdAt: found.modifiedAt, owner: "shared", parent: model.baseModel))
    }
    for model in scans
    where model.goneAt == nil && model.scanned.kind != .file
      && !places.contains(DiscoveredModels.fullName(of: model))
    {
      let isFirst = names.insert(model.scanned.name).inserted
      if TrainingStage.isRewardModel(model.scanned.stage) { continue }
      models.append(
        GatewayModel(
          id: isFirst ? model.scanned.name : DiscoveredModels.fullName(of: model),
          createdAt: model.scanned.modifiedAt, owner: "discovered", parent: model.scanned.baseModel))
    }
    return models
  }

  /// Throws `model_missing` for a name that is not in the list.
  package func model(_ id: String, for user: UserID) async throws(DomainError) -> GatewayModel {
    guard let model = try await list(for: user).first(where: { $0.id == id }) else {
      throw DomainError(
        .modelMissing, "There is no model of this name.", hint: "GET /v1/models lists the names.")
    }
    return model
  }
}
