import Contract
import FoundationEssentials
import HTTPWire

/// Pipelines: steps that run one after the other.
enum PipelineCommands {
  static let group = Command(
    group: "pipeline", "Train, evaluate, merge, serve and more, one after the other",
    notes: "A pipeline is a YAML or JSON file; luthier pipeline schema prints what may stand in it.",
    examples: [
      .init("luthier pipeline plan support.yaml", "What it would do and take, or what is wrong with it."),
      .init("luthier pipeline run support.yaml", "Run it and follow."),
    ], [plan, run, list, show, PipelineWatch.command, cancel, resume, delete, schema])

  static let named = Command.Positional(
    "ID", "Its pipeline_id, the beginning of it, or its name for the newest run")
  private static let file = Command.Positional("FILE", "YAML or JSON; - for standard input")

  static func resolve(_ call: Invocation, _ client: APIClient) async throws -> String {
    let path = APIPath("api", "pipelines", query: [("limit", "1000")])
    let all = try await client.get(path, as: PipelineListReply.self).value.pipelines
    var known: Set<String> = []
    // Newest first: a name means its newest run.
    let things = all.map { run in
      NamedThing(id: run.pipelineID, names: known.insert(run.name).inserted ? [run.name] : [])
    }
    return try NamedThing.resolve(call.arguments.word("ID"), among: things, what: "pipeline")
  }

  private static func text(_ call: Invocation) async throws -> String {
    let path = call.arguments.word("FILE")
    if path == "-" { return await call.console.interrupts.leaving { call.console.input.readAll() } }
    // One byte more than is taken, so that a longer file is refused and not cut.
    guard let bytes = SmallFile.read(path, limit: 256 * 1024 + 1) else {
      throw CommandFailure(.failed, "\(path) cannot be read: \(systemError()).", code: "no_such_file")
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static let plan = Command(
    "plan", "Show what a pipeline would do and take, and run nothing",
    notes: "Everything that is wrong with the file is told at once, with its line; it ends with 1 then.",
    positionals: [file],
    examples: [
      .init("luthier pipeline plan support.yaml", "Steps, rows, training steps, memory, what will be made.")
    ]
  ) { call in
    let answer = try await call.client().post(
      APIPath("api", "pipelines", "plan"), PipelineRequest(text: try await text(call)),
      as: PipelinePlanReply.self)
    _ = call.answer(answer) { PipelineText.describe($0, call.printer) }
    return answer.value.valid ? .done : .failed
  }

  private static let run = Command(
    "run", "Run a pipeline and follow it to its end",
    notes: """
      Ctrl-C ends the following, not the pipeline. Ends with 0 when it completed, 9 when it failed, 10 when it was cancelled.
      """,
    options: [
      .value("idempotency-key", "KEY", "Makes a repeat of this run harmless"),
      .flag("no-watch", "Begin it and leave"),
    ],
    positionals: [file],
    examples: [
      .init("luthier pipeline run support.yaml", "Begin it, and follow."),
      .init(
        "luthier pipeline run support.yaml --no-watch", "Begin it; come back with luthier pipeline watch."),
    ]
  ) { call in
    let text = try await text(call)
    let client = try call.client()
    var fields: HTTPFields = [:]
    if let key = call.arguments.text("idempotency-key") { fields["Idempotency-Key"] = key }
    let answer = try await client.post(
      APIPath("api", "pipelines"), PipelineRequest(text: text), fields: fields, as: PipelineReply.self)
    let id = answer.value.pipelineID
    if call.arguments.has("no-watch") {
      _ = call.answer(answer) { call.printer.line("Began \($0.name) (\(id)).") }
      call.printer.hint("Follow it: luthier pipeline watch \(id)")
      return .done
    }
    call.printer.note("\(answer.value.name) is pipeline \(id).")
    return try await PipelineWatch(call: call, client: client, pipelineID: id).run()
  }

  private static let list = Command(
    "list", "List your runs of pipelines, newest first",
    options: [
      .value("status", "STATUS", "Only these, separated by commas: \(statuses)"),
      .value("limit", "N", "At most so many (100)"),
    ],
    examples: [.init("luthier pipeline list --status running", "What is under way.")]
  ) { call in
    var query: [(name: String, value: String)] = []
    if let status = call.arguments.text("status") {
      for word in status.split(separator: ",") where PipelineStatus(rawValue: String(word)) == nil {
        throw UsageError("There is no status \"\(word)\".", hint: "There are \(statuses).")
      }
      query.append(("status", status))
    }
    if let limit = try call.arguments.integer("limit", in: 1...1000) { query.append(("limit", "\(limit)")) }
    let answer = try await call.client().get(
      APIPath("api", "pipelines", query: query), as: PipelineListReply.self)
    return call.answer(answer) { reply in
      var table = Table("PIPELINE ID", "NAME", "STATUS", ">STEPS", "AT", "CREATED")
      for run in reply.pipelines {
        table.add(
          Table.Cell(run.pipelineID), Table.Cell(run.name),
          Table.Cell(run.status.rawValue, PipelineText.tone(run.status)),
          Table.Cell("\(run.steps.count { $0.status == .completed })/\(run.steps.count)"),
          Table.Cell(PipelineText.current(run)?.id ?? "-"), Table.Cell(Quantity.localTime(run.createdAt)))
      }
      call.printer.show(table)
      if reply.pipelines.isEmpty { call.printer.hint("Run one: luthier pipeline run FILE") }
    }
  }

  private static let statuses = PipelineStatus.allCases.map(\.rawValue).joined(separator: ", ")

  private static let show = Command(
    "show", "Show a run: its steps, what they made, and why one failed", positionals: [named],
    examples: [.init("luthier pipeline show support-bot", "The newest run of this name.")]
  ) { call in
    let client = try call.client()
    let id = try await resolve(call, client)
    let answer = try await client.get(APIPath("api", "pipelines", id), as: PipelineReply.self)
    return call.answer(answer) { PipelineText.describe($0, call.printer) }
  }

  private static let cancel = Command(
    "cancel", "End the step under way, and the run with it", positionals: [named],
    examples: [.init("luthier pipeline cancel support-bot", "Then: luthier pipeline resume support-bot")]
  ) { call in
    let client = try call.client()
    let id = try await resolve(call, client)
    let answer = try await client.post(
      APIPath("api", "pipelines", id, "cancel"), [String: String](), as: PipelineReply.self)
    return call.answer(answer) { run in
      call.printer.line(
        run.status == .cancelled ? "\(run.name) was cancelled." : "\(run.name) is being stopped.")
    }
  }

  private static let resume = Command(
    "resume", "Go on at the step that failed or was cancelled, and follow",
    notes: "What was done is not done again; a training goes on from its newest checkpoint.",
    options: [.flag("no-watch", "Begin it and leave")], positionals: [named],
    examples: [.init("luthier pipeline resume support-bot", "Begins at the failed step.")]
  ) { call in
    let client = try call.client()
    let id = try await resolve(call, client)
    let answer = try await client.post(
      APIPath("api", "pipelines", id, "resume"), [String: String](), as: PipelineReply.self)
    if call.arguments.has("no-watch") {
      return call.answer(answer) { call.printer.line("\($0.name) goes on.") }
    }
    return try await PipelineWatch(call: call, client: client, pipelineID: id).run()
  }

  private static let delete = Command(
    "delete", "Delete an ended run; what it made stays", positionals: [named],
    examples: [.init("luthier pipeline delete support-bot", "Its task and its models stay.")]
  ) { call in
    let client = try call.client()
    let id = try await resolve(call, client)
    let answer = try await client.delete(APIPath("api", "pipelines", id), as: MessageReply.self)
    return call.answer(answer) { call.printer.line($0.message) }
  }

  private static let schema = Command(
    "schema", "Print the JSON schema of a pipeline's file, without a server",
    notes: "A server has the same at \(PipelineSchema.path); editors complete by it.",
    examples: [.init("luthier pipeline schema > pipeline.schema.json", "For an editor.")]
  ) { call in
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    call.printer.json(Array(try encoder.encode(PipelineSchema.document)))
    return .done
  }
}
