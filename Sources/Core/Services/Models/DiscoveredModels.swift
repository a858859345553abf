package import Domain

/// The models that scans came upon, under the names that callers know them by.
package struct DiscoveredModels: Sendable {
  private let store: any DiscoveryStoring
  private let fleet: any HostFleet
  private let guestsSeeAny: Bool

  /// - Parameter guestsSeeAny: the operator has named the folders that are looked through, and so shares what lies in
  ///   them; where nobody has, a guest sees nothing of them.
  package init(store: any DiscoveryStoring, fleet: any HostFleet, guestsSeeAny: Bool) {
    self.store = store
    self.fleet = fleet
    self.guestsSeeAny = guestsSeeAny
  }

  /// Those of everyone and the user's own, also the gone ones; those of a host that was taken away are not among them.
  ///
  /// - Parameter user: nil for a guest.
  package func list(visibleTo user: UserID?) async throws(DomainError) -> [DiscoveredModel] {
    guard user != nil || guestsSeeAny else { return [] }
    let hosts = Set(await fleet.hosts().map(\.description.id))
    return try await store.models(visibleTo: user).filter { hosts.contains($0.hostID) }
  }

  /// The name that is never another's: the host and the path.
  package static func fullName(of model: DiscoveredModel) -> String {
    "\(model.hostID.rawValue):\(model.scanned.path)"
  }

  /// The model of a name, a full name or an identifier, or a checkpoint of one (`NAME/checkpoint-N`).
  ///
  /// Nil where there is none. Throws `model_missing` for one that is gone, `invalid_input` for a single file.
  package func model(named name: String, for user: UserID, isGuest: Bool) async throws(DomainError)
    -> ResolvedModel?
  {
    let visible = try await list(visibleTo: isGuest ? nil : user)
    func named(_ name: String) -> DiscoveredModel? {
      // One that is there goes before one that was.
      let found = visible.filter {
        $0.scanned.name == name || Self.fullName(of: $0) == name || $0.id.rawValue == name
      }
      return found.first { $0.goneAt == nil } ?? found.first
    }
    if let model = named(name) { return try await resolved(model, checkpoint: nil, as: name, for: user) }
    guard let slash = name.lastIndex(of: "/"), let run = named(String(name[..<slash])),
      let checkpoint = run.scanned.checkpoints.first(where: { $0.name == name[name.index(after: slash)...] })
    else { return nil }
    return try await resolved(run, checkpoint: checkpoint.name, as: name, for: user)
  }

  package func resolved(_ model: DiscoveredModel) -> ResolvedModel {
    ResolvedModel(
      hostID: model.hostID, path: model.scanned.path,
      baseModel: model.scanned.kind == .adapter ? model.scanned.baseModel : nil, template: model.template,
      name: model.scanned.name, stage: model.scanned.stage)
  }

  private func resolved(
    _ model: DiscoveredModel, checkpoint: String?, as name: String, for user: UserID
  ) async throws(DomainError) -> ResolvedModel {
    guard model.goneAt == nil else {
      throw DomainError(
        .modelMissing, "The folder of this model is gone from its host.",
        hint: "If it is back, look again: luthier model scan", origin: .host)
    }
    guard model.scanned.kind != .file else {
      throw .invalid(
        "This is a single file of weights, which says nothing of how to load it.",
        hint: "Put it into a folder with the config.json and the tokenizer of its model.")
    }
    let host = try await fleet.host(model.hostID)
    let base = model.scanned.kind == .adapter ? model.scanned.baseModel : nil
    if model.scanned.kind == .adapter, base == nil {
      throw .invalid(
        "The folder holds an adapter, and its base model is not known.",
        hint: "Add it by hand: luthier model add PATH --base-model PATH")
    }
    // What a folder says of its base is anybody's word.
    if let base { _ = try HostPath.check(model: base, on: host.description, for: user) }
    let path = checkpoint.map { Self.path(of: $0, in: model.scanned.path) } ?? model.scanned.path
    return ResolvedModel(
      hostID: model.hostID, path: try HostPath.check(model: path, on: host.description, for: user),
      baseModel: base, template: model.template, name: name, stage: model.scanned.stage)
  }

  /// Where no model was left, a run is known by the folder of its newest checkpoint.
  private static func path(of checkpoint: String, in folder: String) -> String {
    let last = HostPath.lastComponent(of: folder)
    guard last.hasPrefix("checkpoint-") else { return "\(folder)/\(checkpoint)" }
    return folder.dropLast(last.count) + checkpoint
  }
}
