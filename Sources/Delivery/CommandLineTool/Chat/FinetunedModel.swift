import Contract

/// The backend finetune: a tuned model that is found, loaded with its progress shown, and unloaded at the end where
/// this chat, and no other one, needs it.
struct FinetunedModel: Sendable {
  /// The requirement document's name, where there is such a model.
  static let standardName = "sage_code_expert"

  let partner: ChatPartner
  /// Nil where another program serves it.
  private let share: ModelShare?
  private let client: APIClient
  private let keeps: Bool

  /// Finds the model, sees whether it is served already, and loads it where it is not.
  ///
  /// - Throws: `CommandFailure` with `notFound` for a model that is not there, saying which there are, and with
  ///   `modelNotLoaded` for one that does not start.
  static func ready(_ call: Invocation, _ options: ChatOptions, _ connection: ChatConnection) async throws
    -> FinetunedModel
  {
    let client = connection.client
    let model = try await find(options.finetuneModel, client)
    if let port = options.finetunePort, let partner = await served(model, at: port, call, options) {
      return FinetunedModel(partner: partner, share: nil, client: client, keeps: true)
    }
    let share = ModelShare(model: model.name, server: client.server, call.console.environment)
    let loaded = FinetunedModel(
      partner: ChatPartner(model: model.name), share: share, client: client, keeps: options.keeps)
    do {
      try await loaded.load(call, port: options.finetunePort)
    } catch {
      // A load that was stopped or failed leaves nothing that would go on without anybody.
      await loaded.release()
      throw error
    }
    if options.keeps { connection.hold?.keep() }
    return loaded
  }

  /// Unloads what this chat has loaded, where no other chat uses it and nobody said to keep it.
  func release() async {
    guard let share, share.isLast, share.wasLoadedByChat else { return }
    guard !keeps else { return share.forget() }
    // Unstructured, since the chat's own task may be cancelled already; it is awaited right here.
    await Task { [client, partner] in
      _ = try? await client.post(
        APIPath("api", "models", partner.name, "unload"), [String: String](), as: MessageReply.self)
    }.value
    share.forget()
  }

  private func load(_ call: Invocation, port: Int?) async throws {
    let name = partner.name
    let status = APIPath("api", "models", name, "status")
    var now = try await client.get(status, as: LoadStatusReply.self).value
    guard now.status != .ready else {
      if port != nil { call.printer.note("\(name) is loaded already, and stays where it is.") }
      return
    }
    // Whoever has begun a load that is under way needs it too: it is not this chat's to end.
    if now.status != .loading { share?.noteLoad() }
    let line = LiveLine(call.console.errors)
    defer { line.clear() }
    let path = APIPath("api", "models", name, "load", query: port.map { [("port", "\($0)")] } ?? [])
    now = try await client.post(path, [String: String](), as: LoadStatusReply.self).value
    if let note = ModelCommands.noteOfLastTime(now) { call.printer.note(note) }
    while now.status == .loading {
      line.show("Loading \(name): \(ModelCommands.words(now))")
      try await Task.sleep(for: .milliseconds(250))
      now = try await client.get(status, as: LoadStatusReply.self).value
    }
    line.clear()
    guard now.status == .ready else {
      throw CommandFailure(
        .modelNotLoaded, now.error ?? "The model was unloaded meanwhile.", code: "model_start_failed",
        hint: "See luthier doctor; the model's own log is on its host: luthier service list")
    }
  }

  private static func find(_ name: String?, _ client: APIClient) async throws -> ListedModelReply {
    let all = try await client.get(APIPath("api", "models"), as: ListedModelsReply.self).value.models
    let tuned = all.filter(\.isTuned)
    if let name {
      if let exact = (tuned + all).first(where: { $0.name == name || $0.modelID == name }) { return exact }
      let byCheckpoint = tuned.first { model in
        model.checkpoints?.contains { "\(model.name)/\($0.name)" == name } ?? false
      }
      if let byCheckpoint { return byCheckpoint.named(name) }
    } else if let standard = tuned.first(where: { $0.name == standardName }) {
      return standard
    } else if tuned.count == 1 {
      return tuned[0]
    }
    let names = tuned.prefix(12).map { ShellWord.quoted($0.name) }.joined(separator: ", ")
    let have = tuned.isEmpty ? "You have none yet." : "You have \(names)\(tuned.count > 12 ? " …" : "")."
    guard let name else {
      if tuned.isEmpty { throw missing("There is no tuned model yet.", named: "first") }
      throw UsageError("Which tuned model? \(have)", hint: "Give --finetune-model NAME.")
    }
    throw missing("There is no tuned model \"\(name)\". \(have)", named: name)
  }

  private static func missing(_ message: String, named name: String) -> CommandFailure {
    CommandFailure(
      .notFound, message, code: "model_missing",
      hint:
        "Train it: luthier task submit --name \(ShellWord.quoted(name)) --model BASE --dataset FILE --watch")
  }

  /// The model at a port of this machine, if it is this model that a program of the person's own serves there.
  private static func served(
    _ model: ListedModelReply, at port: Int, _ call: Invocation, _ options: ChatOptions
  ) async -> ChatPartner? {
    let url = "http://127.0.0.1:\(port)/v1"
    // Whoever else has the port: the server refuses to start the model there.
    let names = try? await PartnerSearch(call: call, options: options).servedModels(at: url, key: nil)
    guard let same = names?.first(where: { $0 == model.name || $0 == model.modelID }) else { return nil }
    call.printer.note("\(model.name) is served on port \(port) already.")
    return ChatPartner(model: same, at: url, key: nil)
  }
}

extension ListedModelReply {
  /// Scores answers and writes none.
  var isRewardModel: Bool { stage == "rm" }

  /// Made by training, and there to talk to.
  fileprivate var isTuned: Bool {
    goneAt == nil && !isRewardModel
      && (type == .sft || type == .rl || kind == .adapter || kind == .merged || lineage != nil)
  }

  /// One of its checkpoints.
  fileprivate func named(_ name: String) -> ListedModelReply {
    ListedModelReply(
      name: name, type: type, size: size, modified: modified, status: status, group: group, modelID: nil,
      kind: kind, stage: stage, base: base, host: host, checkpoints: nil, lineage: lineage, goneAt: goneAt,
      mergedFrom: mergedFrom, frees: nil, error: error)
  }
}
