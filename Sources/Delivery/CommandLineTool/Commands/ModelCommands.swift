import Contract

/// Models.
enum ModelCommands {
  static let group = Command(
    group: "model", "Models: what tasks made, and what was added by hand",
    examples: [.init("luthier model list", "What luthier chat can talk to.")],
    [
      list, scan, ModelVerifyCommand.command, available, shared, add, show, change, ModelMergeCommand.command,
      load, unload,
      ModelDownload.command, ModelArchiveCommands.archive, ModelArchiveCommands.restore, delete,
    ])

  static let path = APIPath("api", "files", "models")

  static let named = Command.Positional(
    "ID", "Its model_id, the beginning of it, its name or its path")

  static func resolve(_ word: String, _ client: APIClient) async throws -> String {
    let all = try await client.get(path, as: ModelListReply.self).value.models
    return try NamedThing.resolve(
      word, among: all.map { NamedThing(id: $0.modelID, names: [$0.name, $0.modelPath]) }, what: "model")
  }

  private static let list = Command(
    "list", "List what you can chat with, by group: pretrained, SFT, RL, external",
    notes: """
      A reward model (its status says so) is listed too, but scores answers and writes none: it cannot be chatted with.
      """,
    examples: [.init("luthier model list", "All of them.")]
  ) { call in
    let answer = try await call.client().get(APIPath("api", "models"), as: ListedModelsReply.self)
    return call.answer(answer) { show($0.models, call.printer) }
  }

  private static let scan = Command(
    "scan", "Look through the hosts' folders for models again",
    notes: """
      The folders are the operator's choice (LUTHIER_SCAN_FOLDERS). What was found is shown by luthier model list.
      """, examples: [.init("luthier model scan", "After a model was copied to a host by hand.")]
  ) { call in
    let answer = try await call.client().post(
      APIPath("api", "models", "scan"), [String: String](), as: ModelScanReply.self)
    return call.answer(answer) { reply in
      var table = Table("HOST", ">MODELS", "NOTE")
      for host in reply.hosts {
        table.add(
          Table.Cell(host.name), Table.Cell("\(host.models)"),
          Table.Cell(host.problem ?? (host.complete ? "" : "not all of it was seen: too much is there")))
      }
      call.printer.show(table)
    }
  }

  private static func show(_ models: [ListedModelReply], _ printer: Printer) {
    var table = Table("GROUP", "NAME", "KIND", ">SIZE", "BASE MODEL", "HOST", "STATUS", "MODIFIED")
    for type in ListedModelType.allCases {
      for model in models where model.type == type {
        table.add(
          Table.Cell(model.group), Table.Cell(model.name), Table.Cell(model.kind?.rawValue ?? "-"),
          Table.Cell(model.size == 0 ? "-" : Quantity.size(model.size)), Table.Cell(model.base ?? "-"),
          Table.Cell(model.host ?? "-"),
          Table.Cell(
            model.goneAt != nil ? "gone" : model.isRewardModel ? "reward model" : model.status.rawValue),
          Table.Cell(Quantity.localTime(model.modified)))
        for checkpoint in model.checkpoints ?? [] {
          table.add(
            Table.Cell(""), Table.Cell("  \(checkpoint.name)"), Table.Cell("checkpoint"),
            Table.Cell(Quantity.size(checkpoint.size)), Table.Cell(""), Table.Cell(""), Table.Cell(""),
            Table.Cell(Quantity.localTime(checkpoint.modified)))
        }
      }
    }
    printer.show(table)
    if models.isEmpty { printer.hint("Train one: luthier task submit --help, or add one: luthier model add") }
  }

  private static let available = Command(
    "available", "List your models whose folder is really there",
    examples: [.init("luthier model available", "Asks the hosts.")]
  ) { call in
    let answer = try await call.client().get(APIPath("api", "models", "available"), as: ModelListReply.self)
    return call.answer(answer) { show($0.models, call.printer) }
  }

  private static func show(_ models: [ModelReply], _ printer: Printer) {
    var table = Table("MODEL ID", "NAME", "KIND", ">SIZE", "BASE MODEL", "CREATED")
    for model in models {
      table.add(
        Table.Cell(model.modelID), Table.Cell(model.name), Table.Cell(model.kind.rawValue),
        Table.Cell(model.size.map { Quantity.size($0) } ?? "-"), Table.Cell(model.baseModelPath ?? "-"),
        Table.Cell(Quantity.localTime(model.createdAt)))
    }
    printer.show(table)
    if models.isEmpty { printer.hint("Train one: luthier task submit --help, or add one: luthier model add") }
  }

  private static let shared = Command(
    "shared", "List the base models on the host that everyone may use",
    examples: [.init("luthier model shared", "What --model of luthier task submit can be.")]
  ) { call in
    let answer = try await call.client().get(
      APIPath("api", "models", "shared"), as: FoundModelListReply.self)
    return call.answer(answer) { reply in
      var table = Table("PATH", "KIND", "TYPE", "TEMPLATE", ">SIZE")
      for model in reply.models {
        table.add(
          Table.Cell(model.path), Table.Cell(model.kind.rawValue), Table.Cell(model.modelType ?? "-"),
          Table.Cell(model.template), Table.Cell(Quantity.size(model.size)))
      }
      call.printer.show(table)
    }
  }

  private static let add = Command(
    "add", "Add a model folder on a host to your list",
    options: [
      .value("name", "NAME", "What to call it (the folder's name)"),
      .value("base-model", "PATH", "For an adapter (read from its adapter_config.json)"),
      .value("template", "NAME", "LLaMA-Factory's template (chosen from the model)"),
      .value("host", "ID", "The host it is on"),
      .value("engine", "NAME", "What serves it: llamafactory or vllm (the server's)"),
    ], positionals: [.init("PATH", "The folder, as the host sees it")],
    examples: [.init("luthier model add /models/Qwen2.5-0.5B-Instruct --name qwen", "Then: luthier chat.")]
  ) { call in
    let arguments = call.arguments
    let answer = try await call.client().post(
      path,
      AddModelRequest(
        name: arguments.text("name"), modelPath: arguments.word("PATH"),
        baseModelPath: arguments.text("base-model"), template: arguments.text("template"),
        hostID: arguments.text("host"), engine: try engine(arguments)), as: ModelReply.self)
    return call.answer(answer) { call.printer.line("Added \($0.name) (\($0.modelID)), \($0.kind.rawValue).") }
  }

  private static let show = Command(
    "show", "Show a model", positionals: [named],
    examples: [.init("luthier model show first", "By its name.")]
  ) { call in
    let client = try call.client()
    let id = try await resolve(call.arguments.word("ID"), client)
    let answer = try await client.get(APIPath("api", "files", "models", id), as: ModelReply.self)
    return call.answer(answer) { model in
      var sheet = Sheet()
      sheet.add("Model", model.name)
      sheet.add("Model ID", model.modelID)
      sheet.add("Kind", model.kind.rawValue)
      sheet.add("Path", model.modelPath)
      sheet.add("Base model", model.baseModelPath)
      sheet.add("Template", model.template)
      sheet.add("Engine", model.engine == .default ? "the server's" : model.engine.rawValue)
      sheet.add("Size", model.size.map { Quantity.size($0) })
      sheet.add("Made by", model.taskID)
      sheet.add("Merged from", model.mergedFrom)
      sheet.add("Deleting frees", model.frees.map { Quantity.size($0) })
      sheet.add("Host", model.hostID)
      sheet.add("Created", Quantity.localTime(model.createdAt))
      call.printer.show(sheet)
    }
  }

  private static let change = Command(
    "change", "Rename a model, or choose what serves it",
    notes: """
      vLLM has to be on the model's host (LUTHIER_VLLM_PATH). A model that is loaded is served as before until it is unloaded.
      """,
    options: [
      .value("name", "NAME", "What to call it"),
      .value("engine", "NAME", "llamafactory, vllm, or default: the server's"),
    ], positionals: [named],
    examples: [.init("luthier model change first --engine vllm", "From its next load on.")]
  ) { call in
    let request = ChangeModelRequest(name: call.arguments.text("name"), engine: try engine(call.arguments))
    guard request.name != nil || request.engine != nil else {
      throw UsageError("Nothing is to be changed.", hint: "Give --name or --engine.")
    }
    let client = try call.client()
    let id = try await resolve(call.arguments.word("ID"), client)
    let answer = try await client.patch(APIPath("api", "files", "models", id), request, as: ModelReply.self)
    return call.answer(answer) {
      call.printer.line(
        "\($0.name) is served by \($0.engine == .default ? "the server's engine" : $0.engine.rawValue).")
    }
  }

  private static func engine(_ arguments: Arguments) throws -> ModelEngineChoice? {
    guard let word = arguments.text("engine") else { return nil }
    guard let engine = ModelEngineChoice(rawValue: word) else {
      throw UsageError("--engine is llamafactory, vllm or default, not \"\(word)\".")
    }
    return engine
  }

  private static let serving = Command.Positional("NAME", "A model's name, model_id or path")

  private static let load = Command(
    "load", "Load a model, and show how far it is", positionals: [serving],
    examples: [.init("luthier model load first", "Its first answer comes at once then.")]
  ) { call in
    let client = try call.client()
    let name = call.arguments.word("NAME")
    let line = LiveLine(call.console.errors)
    defer { line.clear() }
    var answer = try await client.post(
      APIPath("api", "models", name, "load"), [String: String](), as: LoadStatusReply.self)
    if let note = noteOfLastTime(answer.value) { call.printer.note(note) }
    while answer.value.status == .loading {
      line.show("Loading \(name): \(words(answer.value))")
      try await Task.sleep(for: .milliseconds(500))
      answer = try await client.get(APIPath("api", "models", name, "status"), as: LoadStatusReply.self)
    }
    line.clear()
    guard answer.value.status == .ready else {
      throw CommandFailure(
        .failed, answer.value.error ?? "The model was unloaded meanwhile.", code: "model_start_failed")
    }
    return call.answer(answer) { _ in call.printer.line("\(name) is ready.") }
  }

  /// What became of the load before the one that is under way.
  static func noteOfLastTime(_ status: LoadStatusReply) -> String? {
    guard status.status == .loading, let error = status.error else { return nil }
    return "The last time: " + error
  }

  /// How far a load is, and about how long it takes.
  static func words(_ status: LoadStatusReply) -> String {
    if let queue = status.queue {
      return queue.message.prefix(1).lowercased() + queue.message.dropFirst().dropLast()
    }
    let phase =
      switch status.phase {
      case .waiting: "waiting for room"
      case .weights: "reading the weights"
      case .preparing: "almost there"
      case .starting, nil: "starting"
      }
    let seconds = "\(Int(status.seconds ?? 0)) s"
    return phase + ", " + seconds + (status.expectedSeconds.map { " of about \(Int($0.rounded(.up)))" } ?? "")
  }

  private static let unload = Command(
    "unload", "Unload a model, or end its load", positionals: [serving],
    examples: [.init("luthier model unload first", "Its memory is free then.")]
  ) { call in
    let answer = try await call.client().post(
      APIPath("api", "models", call.arguments.word("NAME"), "unload"), [String: String](),
      as: MessageReply.self)
    return call.answer(answer) { call.printer.line($0.message) }
  }

  private static let delete = Command(
    "delete",
    "Take a model off your list; its archive goes, its files stay, but for those of a merged or restored one",
    positionals: [named],
    examples: [.init("luthier model delete first", "By its name.")]
  ) { call in
    let client = try call.client()
    let id = try await resolve(call.arguments.word("ID"), client)
    let answer = try await client.delete(APIPath("api", "files", "models", id), as: DeletedModelReply.self)
    return call.answer(answer) {
      call.printer.line($0.message + ($0.freed > 0 ? " \(Quantity.size($0.freed)) are free again." : ""))
    }
  }
}
