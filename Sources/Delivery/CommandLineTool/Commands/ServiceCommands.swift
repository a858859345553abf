import Contract

/// Loaded models.
enum ServiceCommands {
  static let group = Command(
    group: "service", "Models that are loaded",
    notes: "A chat loads its model by itself; nothing here is needed for it.",
    examples: [.init("luthier service list", "What takes memory.")], [list, start, stop])

  private static let path = APIPath("api", "services")

  private static let list = Command(
    "list", "List the models loaded or loading",
    examples: [.init("luthier service list", "With their state.")]
  ) { call in
    let answer = try await call.client().get(path, as: ServiceListReply.self)
    return call.answer(answer) { reply in
      var table = Table("SERVICE ID", "STATUS", "MODEL", "BASE MODEL", ">PORT", "LAST USED")
      for service in reply.services {
        table.add(
          Table.Cell(service.serviceID), Table.Cell(service.status.rawValue, tone(service.status)),
          Table.Cell(service.modelPath), Table.Cell(service.baseModelPath ?? "-"),
          Table.Cell("\(service.port)"), Table.Cell(Quantity.localTime(service.lastUsedAt)))
      }
      call.printer.show(table)
      for service in reply.services {
        if let reason = service.reason { call.printer.note("\(service.serviceID): \(reason)") }
      }
    }
  }

  private static let start = Command(
    "start", "Load a model and wait until it answers",
    options: [.value("base-model", "PATH", "For an adapter that is not in your list")],
    positionals: [.init("MODEL", "A model's name, model_id or path")],
    examples: [.init("luthier service start first", "The first answer comes at once then.")]
  ) { call in
    let waiting = LiveLine(call.console.errors)
    let model = call.arguments.word("MODEL")
    waiting.show("Loading \(model) …")
    defer { waiting.clear() }
    let answer = try await call.client().post(
      path, StartServiceRequest(modelPath: model, baseModelPath: call.arguments.text("base-model")),
      patience: nil, as: ServiceReply.self)
    waiting.clear()
    return call.answer(answer) { service in
      call.printer.line("\(service.modelPath): \(service.status.rawValue) (\(service.serviceID))")
    }
  }

  private static let stop = Command(
    "stop", "Unload a model",
    positionals: [.init("ID", "Its service_id, the beginning of it, or the model's name or path")],
    examples: [.init("luthier service stop first", "By the model's name.")]
  ) { call in
    let client = try call.client()
    let all = try await client.get(path, as: ServiceListReply.self).value.services
    let models = try await client.get(ModelCommands.path, as: ModelListReply.self).value.models
    let id = try NamedThing.resolve(
      call.arguments.word("ID"),
      among: all.map { service in
        let names = models.filter { $0.modelPath == service.modelPath }.map(\.name)
        return NamedThing(id: service.serviceID, names: [service.modelPath] + names)
      }, what: "service")
    let answer = try await client.delete(APIPath("api", "services", id), as: MessageReply.self)
    return call.answer(answer) { call.printer.line($0.message) }
  }

  private static func tone(_ status: ServiceStatus) -> Tone {
    switch status {
    case .ready: .good
    case .failed: .bad
    case .starting, .stopping: .busy
    case .stopped: .faint
    }
  }
}
