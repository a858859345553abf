package import Domain

extension ModelCatalog {
  /// What a change of a model sets; nil leaves it as it is.
  package struct Change: Sendable {
    package let name: String?
    /// The engine, or nil in it for the server's own choice.
    package let engine: ModelEngine??

    package init(name: String?, engine: ModelEngine??) {
      self.name = name
      self.engine = engine
    }
  }

  /// Renames a model of the user's list, or has it served by another engine.
  ///
  /// One that is loaded stays so until it is unloaded. Throws `engine_missing` where the model's host does not have
  /// the engine.
  package func change(_ id: ModelID, _ change: Change, of user: UserID) async throws(DomainError)
    -> ModelRecord
  {
    var model = try await model(id, of: user)
    if let name = change.name {
      try Self.check(name: name)
      model.name = name
    }
    if let engine = change.engine {
      if let engine { try await check(engine, on: try await fleet.host(model.hostID)) }
      model.engine = engine
    }
    let event = NewEvent(
      kind: .modelChanged, userID: user, subject: id.rawValue, fields: ["name": .text(model.name)])
    guard let record = try await models.update(model, event: event) else { throw .notFound("The model") }
    events.publish([record])
    return model
  }

  /// Takes a model off the user's list and gives the bytes that were freed on its host.
  ///
  /// The folder of a merged or a restored model goes with its last record, every other one stays. Its archive goes too.
  ///
  /// `unload` is called before a folder is removed. Throws `host_unreachable` where it cannot be, and then nothing
  /// has changed.
  package func delete(_ id: ModelID, of user: UserID, unload: (ResolvedModel) async -> Void)
    async throws(DomainError) -> Int64
  {
    let model = try await model(id, of: user)
    let others = try await list(of: user).contains {
      $0.id != id && $0.hostID == model.hostID && $0.path == model.path
    }
    var freed: Int64 = 0
    if model.ownsFolder, !others {
      let host = try await fleet.host(model.hostID)
      let folders = [
        try ModelRecord.mergedFolder(of: user, on: host.description),
        try ModelRecord.restoredFolder(of: user, on: host.description),
      ]
      if folders.contains(HostPath.parent(of: model.path)) {
        await unload(ResolvedModel(model))
        try await host.remove(model.path)
        freed = model.size ?? 0
      }
    }
    let event = NewEvent(kind: .modelDeleted, userID: user, subject: id.rawValue)
    guard let record = try await models.delete(id, owner: user, event: event) else {
      throw .notFound("The model")
    }
    events.publish([record])
    return freed
  }

  /// The record of a merged folder: the one there is, or a new one.
  func register(
    mergedAt path: String, size: Int64, of model: ResolvedModel, name: String?, for user: UserID
  ) async throws(DomainError) -> ModelRecord {
    let own = try await list(of: user)
    if let known = own.first(where: { $0.hostID == model.hostID && $0.path == path }) { return known }
    let parent = own.first {
      $0.hostID == model.hostID && $0.path == model.path && $0.kind == .adapter
        && $0.template == model.template && $0.systemPrompt == model.systemPrompt
    }
    let record = ModelRecord(
      id: .make(), userID: user, name: name ?? String(model.name.prefix(93)) + "-merged", kind: .merged,
      hostID: model.hostID, path: path, baseModel: nil, template: model.template,
      systemPrompt: model.systemPrompt, taskID: parent?.taskID, size: size, engine: model.engine,
      mergedFrom: parent?.id, createdAt: clock.now())
    let event = NewEvent(
      kind: .modelAdded, userID: user, subject: record.id.rawValue,
      fields: ["name": .text(record.name), "kind": .text(record.kind.rawValue)])
    events.publish([try await models.insert(record, event: event)])
    return record
  }

  static func check(name: String) throws(DomainError) {
    guard (1...100).contains(name.count), AccountRules.isPrintable(name) else {
      throw .invalid("A model's name has 1 to 100 printable characters.")
    }
  }

  /// Looks whether the host has the engine's program; LLaMA-Factory is what it trains with, and told of by itself.
  func check(_ engine: ModelEngine, on host: any Host) async throws(DomainError) {
    guard engine == .vllm else { return }
    // `command -v` finds what a launch would find; the path is the shell's argument, and no part of its words.
    let look = try await host.run(["/bin/sh", "-c", "command -v -- \"$1\"", "sh", vllmCommand], limit: 15)
    guard look.exitCode == 0 else { throw .noVLLM(command: vllmCommand, on: host.description.name) }
  }
}

extension DomainError {
  static func noVLLM(command: String, on host: String) -> DomainError {
    DomainError(
      .engineMissing, "vLLM is not on the host \(host): there is no command \(command).",
      hint: "Install it there in an environment of its own, and name its command in LUTHIER_VLLM_PATH; "
        + "or have the model served by llamafactory.", origin: .host)
  }
}
