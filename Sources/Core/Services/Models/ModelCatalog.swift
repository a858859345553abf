package import Domain

/// What a caller means by a model: where it lies and how it is spoken to.
package struct ResolvedModel: Sendable, Equatable {
  package let hostID: HostID
  /// The folder (or hub name) to load.
  package let path: String
  /// Set for an adapter.
  package let baseModel: String?
  package let template: String
  /// The system message it was trained with; nil for the template's own.
  package let systemPrompt: String?
  package let name: String
  /// What serves it; nil for the server's own choice.
  package let engine: ModelEngine?
  /// What it was trained in, in LLaMA-Factory's word, where that is known.
  package var stage: String?

  init(
    hostID: HostID, path: String, baseModel: String?, template: String, systemPrompt: String? = nil,
    name: String, engine: ModelEngine? = nil, stage: String? = nil
  ) {
    self.stage = stage
    self.hostID = hostID
    self.path = path
    self.baseModel = baseModel
    self.template = template
    self.systemPrompt = systemPrompt
    self.name = name
    self.engine = engine
  }
}

extension ResolvedModel {
  /// A model of a list as it stands there.
  init(_ record: ModelRecord, stage: String? = nil) {
    self.init(
      hostID: record.hostID, path: record.path,
      baseModel: record.kind == .adapter ? record.baseModel : nil, template: record.template,
      systemPrompt: record.systemPrompt, name: record.name, engine: record.engine, stage: stage)
  }

  /// Throws `invalid_input` for a model that gives no answers.
  ///
  /// A reward model has a head that scores texts; what it would say without it is nothing that it was trained for.
  package func checkAnswers() throws(DomainError) {
    if TrainingStage.isRewardModel(stage) { throw .rewardModel }
  }
}

extension TrainingStage {
  static func isRewardModel(_ stage: String?) -> Bool { stage == rewardModel.rawValue }
}

extension DomainError {
  static let rewardModel = DomainError.invalid(
    "This is a reward model: it scores answers and writes none.",
    hint: "Choose another model. A reward model can be trained further, "
      + "or downloaded for a program that ranks answers.")
}

/// The users' lists of models, and what lies on the hosts.
package struct ModelCatalog: Sendable {
  let models: any ModelStoring
  let fleet: any HostFleet
  let events: EventBus
  let clock: WallClock
  /// Folders of base models that every user may load, on each host.
  let sharedFolders: [String]
  /// vLLM's command on the hosts.
  let vllmCommand: String
  /// What is kept of models in the server's store.
  let archives: ModelArchives?
  /// Nil: nobody tells them.
  let stages: ModelStages?

  package init(
    models: any ModelStoring, fleet: any HostFleet, events: EventBus, clock: WallClock,
    sharedFolders: [String], vllmCommand: String = EngineChoice().command,
    archives: (any ModelArchiveStoring)? = nil, blobs: (any BlobStoring)? = nil, stages: ModelStages? = nil
  ) {
    self.stages = stages
    self.models = models
    self.fleet = fleet
    self.events = events
    self.clock = clock
    self.sharedFolders = sharedFolders
    self.vllmCommand = vllmCommand
    if let archives, let blobs {
      self.archives = ModelArchives(store: archives, blobs: blobs)
    } else {
      self.archives = nil
    }
  }

  package func list(of user: UserID) async throws(DomainError) -> [ModelRecord] {
    try await models.models(owner: user)
  }

  package func model(_ id: ModelID, of user: UserID) async throws(DomainError) -> ModelRecord {
    guard let model = try await models.model(id, owner: user) else { throw .notFound("The model") }
    return model
  }

  /// The user's models whose folder is really there now.
  ///
  /// A host that cannot be asked hides its own.
  package func available(to user: UserID) async throws(DomainError) -> [ModelRecord] {
    var present: [ModelRecord] = []
    for (hostID, group) in Dictionary(grouping: try await list(of: user), by: \.hostID) {
      guard let host = try? await fleet.host(hostID),
        let facts = try? await host.facts(of: group.map(\.path))
      else { continue }
      present += zip(group, facts).filter { $0.1?.isDirectory == true }.map(\.0)
    }
    return present.sorted { $0.createdAt > $1.createdAt }
  }

  /// Adds a folder on a host to the user's list, after looking at what it is.
  package func add(
    path: String, name: String?, baseModel: String?, template: String?, engine: ModelEngine? = nil,
    hostID: HostID?, for user: UserID
  ) async throws(DomainError) -> ModelRecord {
    let host = try await host(hostID)
    let found = try await look(at: path, on: host, for: user)
    let base = baseModel ?? found.baseModel
    if found.kind == .adapter, base == nil {
      throw .invalid(
        "The folder holds an adapter, and its base model is not known.", hint: "Give base_model_path.")
    }
    if let base { _ = try HostPath.check(model: base, on: host.description, for: user) }
    if let template, !PromptTemplates.exists(template) {
      throw .invalid("There is no template of this name.", hint: "Leave it out to have it chosen.")
    }
    if let name { try Self.check(name: name) }
    if let engine { try await check(engine, on: host) }
    let record = ModelRecord(
      id: .make(), userID: user, name: name ?? HostPath.lastComponent(of: path), kind: found.kind,
      hostID: host.description.id, path: found.path, baseModel: found.kind == .adapter ? base : nil,
      template: template ?? Self.template(of: found, base: base), taskID: nil, size: found.size,
      engine: engine, createdAt: clock.now())
    let event = NewEvent(
      kind: .modelAdded, userID: user, subject: record.id.rawValue, fields: ["name": .text(record.name)])
    events.publish([try await models.insert(record, event: event)])
    return record
  }

  /// Model folders on a host that everyone may use.
  package func shared(on hostID: HostID?) async throws(DomainError) -> [FoundModel] {
    guard !sharedFolders.isEmpty else { return [] }
    return try await host(hostID).models(in: sharedFolders)
  }

  /// The shared models under the names callers know them by: their path within the shared folder.
  package func sharedModels() async throws(DomainError) -> [(String, FoundModel, ResolvedModel)] {
    guard !sharedFolders.isEmpty else { return [] }
    let host = try await host(nil)
    return try await host.models(in: sharedFolders).map { found in
      let name = sharedName(of: found.path)
      return (
        name, found,
        ResolvedModel(
          hostID: host.description.id, path: found.path, baseModel: found.baseModel,
          template: template(of: found), name: name)
      )
    }
  }

  /// The shared model of a name or path, looked at alone: a scan of every shared folder would take long.
  package func sharedModel(named name: String, for user: UserID) async throws(DomainError)
    -> ResolvedModel?
  {
    for folder in sharedFolders {
      let isInside = name.hasPrefix(folder + "/")
      let isFolder = name == folder || name == HostPath.lastComponent(of: folder)
      let path = isInside ? name : isFolder ? folder : "\(folder)/\(name)"
      let host = try await host(nil)
      do throws(DomainError) {
        let found = try await look(at: path, on: host, for: user)
        return ResolvedModel(
          hostID: host.description.id, path: found.path, baseModel: found.baseModel,
          template: template(of: found), name: sharedName(of: found.path),
          stage: try await stages?.stage(ofFolder: found.path, on: host.description.id, for: user))
      } catch  where error.code == .modelMissing || error.code == .invalidInput {
        continue
      }
    }
    return nil
  }

  private func sharedName(of path: String) -> String {
    for folder in sharedFolders where path.hasPrefix(folder + "/") {
      return String(path.dropFirst(folder.utf8.count + 1))
    }
    return HostPath.lastComponent(of: path)
  }

  /// The model of a user's list by identifier, path or name; nil where the list has none.
  package func own(_ text: String, baseModel: String?, for user: UserID) async throws(DomainError)
    -> ResolvedModel?
  {
    if let baseModel {
      // Looked at where it is not used too: what is wrong is never taken in silence.
      _ = try HostPath.check(model: baseModel, on: try await host(nil).description, for: user)
    }
    let own = try await list(of: user)
    guard
      let record = own.first(where: { $0.id.rawValue == text }) ?? own.first(where: { $0.path == text })
        ?? own.first(where: { $0.name == text })
    else { return nil }
    let base = record.kind == .adapter ? baseModel ?? record.baseModel : nil
    let host = try await fleet.host(record.hostID)
    if let base { _ = try HostPath.check(model: base, on: host.description, for: user) }
    return ResolvedModel(
      hostID: record.hostID, path: record.path, baseModel: base, template: record.template,
      systemPrompt: record.systemPrompt, name: record.name, engine: record.engine,
      stage: try await stages?.stage(of: record, among: own))
  }

  /// The model a caller names by identifier, name or path.
  package func resolve(_ text: String, baseModel: String?, for user: UserID) async throws(DomainError)
    -> ResolvedModel
  {
    if let own = try await own(text, baseModel: baseModel, for: user) { return own }
    guard text.hasPrefix("/") else {
      throw DomainError(
        .modelMissing, "You have no model of this name.",
        hint: "List your models, train one with a task, or give a folder on the host.")
    }
    let host = try await host(nil)
    let found = try await look(at: text, on: host, for: user)
    let base = found.kind == .adapter ? baseModel ?? found.baseModel : nil
    if let base { _ = try HostPath.check(model: base, on: host.description, for: user) }
    return ResolvedModel(
      hostID: host.description.id, path: found.path, baseModel: base,
      template: Self.template(of: found, base: base), name: HostPath.lastComponent(of: text),
      stage: try await stages?.stage(ofFolder: found.path, on: host.description.id, for: user))
  }

  private func look(at path: String, on host: any Host, for user: UserID) async throws(DomainError)
    -> FoundModel
  {
    let path = try HostPath.check(model: path, on: host.description, for: user)
    let missing = DomainError(
      .modelMissing, "There is no model in this folder on the host.",
      hint: "Give a folder that holds config.json or adapter_config.json.", origin: .host)
    // Asked first, since a scan of some other large folder would take long.
    let marks = try await host.facts(of: ["\(path)/config.json", "\(path)/adapter_config.json"])
    guard marks.contains(where: { $0 != nil }),
      let found = try await host.models(in: [path]).first(where: { $0.path == path })
    else { throw missing }
    return found
  }

  private func host(_ id: HostID?) async throws(DomainError) -> any Host {
    if let id { return try await fleet.host(id) }
    guard let first = await fleet.hosts().first else { throw .notFound("A host") }
    return first
  }

  /// The template a found folder would be spoken to with.
  package func template(of found: FoundModel) -> String { Self.template(of: found, base: found.baseModel) }

  static func template(of found: FoundModel, base: String?) -> String {
    PromptTemplates.template(
      forModelNamed: base ?? found.path, modelType: found.modelType, hasChatTemplate: found.hasChatTemplate
    ).template
  }
}
