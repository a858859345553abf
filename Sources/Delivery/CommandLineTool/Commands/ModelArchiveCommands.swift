import Contract
import HTTPFetching
import HTTPWire

/// `luthier model archive` and `luthier model restore`.
enum ModelArchiveCommands {
  static let archive = Command(
    "archive", "Keep a copy of a model's files in the server's store; it outlives the host",
    notes: """
      In the server's folder, or in its object store. It counts as your storage. Where the files are unchanged since the last time nothing is copied; where they changed, the new archive takes the old one's place when it is whole. Downloads come from it when the host is away. luthier model delete takes it away with the model.
      """,
    options: [
      .flag("show", "Only tell what is kept"),
      .flag("remove", "Remove the archive, and stop one that is being made"),
    ],
    positionals: [ModelCommands.named],
    examples: [
      .init("luthier model archive first", "Ctrl-C only stops watching; it goes on."),
      .init("luthier model archive first --show", "How it stands."),
      .init("luthier model archive first --remove", "Its room is free again."),
    ]
  ) { call in
    if call.arguments.has("show"), call.arguments.has("remove") {
      throw UsageError("--show and --remove do not go together.", hint: "Give one of them.")
    }
    let client = try call.client()
    let id = try await ModelCommands.resolve(call.arguments.word("ID"), client)
    let path = APIPath("api", "files", "models", id, "archive")
    if call.arguments.has("show") {
      let answer = try await client.get(path, as: ModelArchiveReply.self)
      return call.answer(answer) { call.printer.line(words($0)) }
    }
    if call.arguments.has("remove") {
      let answer = try await client.delete(path, as: DeletedModelReply.self)
      return call.answer(answer) {
        call.printer.line($0.message + ($0.freed > 0 ? " \(Quantity.size($0.freed)) are free again." : ""))
      }
    }
    let fetch = client.request(.post, path)
    let (end, bytes) = try await follow(fetch, client, call, "Archiving", as: ArchiveEvent.self) {
      ($0.done, $0.total)
    }
    guard let archive = end.archive else {
      throw CommandFailure(
        .failed, end.problem ?? "It ended without an archive.", code: end.code ?? "host_failed",
        hint: end.hint)
    }
    if call.printer.isJSON {
      call.printer.json(bytes)
    } else {
      call.printer.line(words(archive), .good)
    }
    return .done
  }

  static let restore = Command(
    "restore", "Make a model of an archive, on any host",
    notes: """
      Every file is verified by its hash and put in a new folder of yours on the host; nothing there is replaced. The archive stays the old model's, and goes when that is deleted.
      """,
    options: [
      .value("host", "HOST", "Where to, as luthier host list shows it"),
      .value("name", "NEW", "What to call it (as the archived one is called)"),
      .flag("stop", "Stop the restore that is under way; nothing of it stays"),
    ],
    positionals: [ModelCommands.named],
    examples: [
      .init("luthier model restore first --host gpu2", "Then: luthier chat --model first"),
      .init("luthier model restore first --host gpu2 --stop", "Nothing of it stays on the host."),
    ]
  ) { call in
    let client = try call.client()
    let id = try await ModelCommands.resolve(call.arguments.word("ID"), client)
    let path = APIPath("api", "files", "models", id, "restore")
    if call.arguments.has("stop") {
      let answer = try await client.delete(path, as: MessageReply.self)
      return call.answer(answer) { call.printer.line($0.message) }
    }
    guard let host = call.arguments.text("host") else {
      throw UsageError("Where to is missing.", hint: "Give --host HOST; luthier host list shows them.")
    }
    let fetch = try client.request(
      .post, path,
      body: RestoreModelRequest(
        hostID: try await HostCommands.resolve(host, client), name: call.arguments.text("name")))
    let (end, bytes) = try await follow(fetch, client, call, "Restoring", as: RestoreEvent.self) {
      ($0.done, $0.total)
    }
    guard let model = end.model else {
      throw CommandFailure(
        .failed, end.problem ?? "It ended without a model.", code: end.code ?? "host_failed", hint: end.hint)
    }
    if call.printer.isJSON {
      call.printer.json(bytes)
    } else {
      let size = model.size.map { ", " + Quantity.size($0) } ?? ""
      call.printer.line("Restored: \(model.name) (\(model.modelID)\(size)).", .good)
    }
    return .done
  }

  /// Shows how far it is, and gives what its end said.
  private static func follow<Event: Decodable & Sendable>(
    _ fetch: FetchRequest, _ client: APIClient, _ call: Invocation, _ word: String, as type: Event.Type,
    _ progress: @Sendable (Event) -> (done: Int64?, total: Int64?)
  ) async throws -> (Event, [UInt8]) {
    var fetch = fetch
    fetch.fields["Accept"] = "text/event-stream"
    // Sending a large file to an object store says nothing but its heartbeat, every 15 seconds.
    fetch.stallTimeout = .seconds(45)
    let live = LiveLine(call.console.output)
    let end = try await client.stream(fetch) { response -> (Event, [UInt8]) in
      var decoder = ServerSentEventDecoder()
      while let bytes = try await response.body.next() {
        for event in try decoder.feed(bytes) {
          let data = Array(event.data.utf8)
          let told = try client.decode(data, as: type)
          if event.event == "end" { return (told, data) }
          guard !call.printer.isJSON, let done = progress(told).done, let total = progress(told).total
          else { continue }
          live.show("\(word): \(Quantity.size(done)) of \(Quantity.size(total))")
        }
      }
      throw CommandFailure(
        .failed, "The connection ended before it did; it goes on.", code: "answer_cut",
        hint: "Ask again: you will join it.")
    }
    live.clear()
    return end
  }

  private static func words(_ archive: ModelArchiveReply) -> String {
    switch archive.state {
    case .none: return "It has no archive."
    case .failed: return "It could not be archived: " + (archive.problem ?? "")
    case .archiving:
      let (done, total) = (Quantity.size(archive.done ?? 0), Quantity.size(archive.total ?? 0))
      return "It is being archived: \(done) of \(total)."
    case .ready:
      return "Archived: \(Quantity.count(archive.files.count, "file")), \(Quantity.size(archive.size)), "
        + (archive.archivedAt ?? "") + "."
    }
  }
}
