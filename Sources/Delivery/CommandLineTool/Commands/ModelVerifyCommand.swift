import Contract
import HTTPFetching
import HTTPWire

/// `luthier model verify`: whether a model is served as it was trained.
enum ModelVerifyCommand {
  static let command = Command(
    "verify", "Compare how a model is spoken to and answers, between trainer and server",
    notes: """
      On the model's host, with the trainer's Python: the tokens that LLaMA-Factory makes of a question, those of the folder's own chat template and of the server; the first answer of an adapter on its base, merged, and served, each without chance. It loads the model once more, on the processor.

      Ends with 0 where nothing is different, with 1 where something is.
      """,
    options: [
      .value("question", "TEXT", "What to ask, instead of three questions of its own"),
      .value("tokens", "N", "Tokens of each answer (32)"),
    ], positionals: [.init("NAME", "Its name, as luthier model list shows it")],
    examples: [.init("luthier model verify first", "Before it is given to others.")]
  ) { call in
    let client = try call.client()
    let body = VerifyModelRequest(
      questions: call.arguments.text("question").map { [$0] },
      tokens: try call.arguments.integer("tokens", in: 1...256))
    var fetch = try client.request(
      .post, APIPath("api", "models", call.arguments.word("NAME"), "verify"), body: body)
    fetch.fields["Accept"] = "text/event-stream"
    // Loading says nothing but its heartbeat, every 15 seconds.
    fetch.stallTimeout = .seconds(45)
    let live = LiveLine(call.console.output)
    let (end, bytes) = try await client.stream(fetch) { response -> (VerifyEvent, [UInt8]) in
      var decoder = ServerSentEventDecoder()
      while let bytes = try await response.body.next() {
        for event in try decoder.feed(bytes) {
          let data = Array(event.data.utf8)
          let told = try client.decode(data, as: VerifyEvent.self)
          if event.event == "end" { return (told, data) }
          if !call.printer.isJSON, let phase = told.phase, let step = told.step, let steps = told.steps {
            live.show("\(step)/\(steps) \(words[phase] ?? phase)")
          }
        }
      }
      throw CommandFailure(
        .failed, "The server ended the comparison without a result.", code: "answer_cut", hint: "Try again.")
    }
    live.clear()
    if let problem = end.problem {
      throw CommandFailure(.failed, problem, code: end.code ?? "host_failed", hint: end.hint)
    }
    if call.printer.isJSON {
      call.printer.json(bytes)
    } else {
      show(end, call.printer)
    }
    return end.same == true ? .done : .failed
  }

  private static let words = [
    "loading": "the model's server", "template": "the template", "model": "the model, loaded here",
    "merged": "the merged model", "server": "the server's answers",
  ]
  private static let titles = [
    "chat_template": "Chat template", "merged_answer": "Answer of adapter and merged model",
    "server_prompt": "Prompt of the server", "server_answer": "Answer of the server", "server": "Server",
  ]

  private static func show(_ result: VerifyEvent, _ printer: Printer) {
    for check in result.checks ?? [] {
      let title = titles[check.name] ?? check.name
      let about = title + (check.question.map { ", \"\($0)\"" } ?? "")
      switch check.state {
      case .same:
        printer.line("same       \(about): \(Quantity.count(check.leftTokens ?? 0, "token"))", .good)
      case .skipped: printer.line("skipped    \(about): \(check.note ?? "")")
      case .different:
        printer.line("DIFFERENT  \(about)", .bad)
        if let position = check.position {
          printer.line("           from token \(position) on")
          printer.line("           \(check.left ?? ""): \(text(check.leftShown))")
          printer.line("           \(check.right ?? ""): \(text(check.rightShown))")
        } else {
          printer.line(
            "           \(check.left ?? ""): \(Quantity.count(check.leftTokens ?? 0, "token")), "
              + "\(check.right ?? ""): \(check.rightTokens ?? 0)")
        }
      }
    }
    printer.line(
      result.same == true
        ? "The model is served as it was trained (template \(result.template ?? "-"))."
        : "Something is different: this model may answer worse than it was trained to.",
      result.same == true ? .good : .bad)
  }

  private static func text(_ tokens: [VerifyToken]?) -> String {
    guard let tokens, !tokens.isEmpty else { return "(nothing more)" }
    return tokens.map { "\($0.id) \($0.text.debugDescription)" }.joined(separator: ", ")
  }
}
