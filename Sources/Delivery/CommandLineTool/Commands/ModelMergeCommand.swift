import Contract
import HTTPFetching
import HTTPWire

/// `luthier model merge`: an adapter and its base as one model.
enum ModelMergeCommand {
  static let command = Command(
    "merge", "Merge an adapter into its base; the merged model is one of yours then",
    notes: """
      On the model's host, with llamafactory-cli export. What was merged once is kept by its content: asking again gives the same model. It takes as much room as the base; luthier model delete frees it.
      """,
    options: [
      .value("name", "NAME", "What to call it (the adapter's name with -merged)"),
      .flag("stop", "Stop the merge that is under way; nothing of it stays"),
    ],
    positionals: [.init("NAME", "The adapter's name, as luthier model list shows it")],
    examples: [
      .init("luthier model merge first", "Then: luthier chat --model first-merged"),
      .init("luthier model merge first --stop", "Ctrl-C only stops watching; this stops the merge."),
    ]
  ) { call in
    let client = try call.client()
    if call.arguments.has("stop") {
      let path = APIPath("api", "models", call.arguments.word("NAME"), "merge")
      let answer = try await client.delete(path, as: MessageReply.self)
      return call.answer(answer) { call.printer.line($0.message) }
    }
    var fetch = try client.request(
      .post, APIPath("api", "models", call.arguments.word("NAME"), "merge"),
      body: MergeModelRequest(name: call.arguments.text("name")))
    fetch.fields["Accept"] = "text/event-stream"
    // Loading the weights says nothing but its heartbeat, every 15 seconds.
    fetch.stallTimeout = .seconds(45)
    let live = LiveLine(call.console.output)
    let (end, bytes) = try await client.stream(fetch) { response -> (MergeEvent, [UInt8]) in
      var decoder = ServerSentEventDecoder()
      while let bytes = try await response.body.next() {
        for event in try decoder.feed(bytes) {
          let data = Array(event.data.utf8)
          let told = try client.decode(data, as: MergeEvent.self)
          if event.event == "end" { return (told, data) }
          if !call.printer.isJSON { live.show(words(told)) }
        }
      }
      throw CommandFailure(
        .failed, "The connection ended before the merge did; it goes on.", code: "answer_cut",
        hint: "Ask again: you will get the same model.")
    }
    live.clear()
    guard let model = end.model else {
      throw CommandFailure(
        .failed, end.problem ?? "The merge ended without a model.", code: end.code ?? "host_failed",
        hint: end.hint)
    }
    if call.printer.isJSON {
      call.printer.json(bytes)
    } else {
      let size = model.size.map { ", " + Quantity.size($0) } ?? ""
      call.printer.line("Merged: \(model.name) (\(model.modelID)\(size)).", .good)
    }
    return .done
  }

  private static func words(_ told: MergeEvent) -> String {
    let phase =
      switch told.phase {
      case .hashing: "Reading the files"
      case .waiting: "Waiting for another merge"
      case .writing: "Writing"
      case .merging, nil: "Merging"
      }
    guard let done = told.done, let total = told.total, total > 0 else { return phase }
    return "\(phase): \(Quantity.size(done)) of \(Quantity.size(total))"
  }
}
