import Contract
import HTTPFetching
import HTTPWire

/// `luthier index reembed`: another embedding model for an index.
enum IndexReembedding {
  static let command = Command(
    "reembed", "Change the embedding model of an index",
    notes: """
      The model makes a vector of every passage, in the background; until all are there the index is searched by those \
      it has (by words alone where it has none), and then by the new ones, from one question to the next. A model that \
      fails half way changes nothing: it is tried again each minute. The same model again makes all vectors anew.

      Without an option it shows how far the vectors are, and follows them on a terminal; Ctrl-C leaves, they go on.
      """,
    options: IndexCommands.embedding + [
      .flag("words-only", "Have the index searched by words alone, without a model"),
      .flag("pause", "Rest until --resume"),
      .flag("resume", "Go on where it rested"),
      .flag("stop", "Give up: the index keeps the vectors that it has"),
    ],
    positionals: [IndexCommands.named],
    examples: [
      .init(
        "luthier index reembed docs --embed-backend ollama --embed-model bge-m3",
        "Another model, for all passages."),
      .init("luthier index reembed docs", "How far it is."),
      .init("luthier index reembed docs --stop", "Back to the vectors of before."),
    ]
  ) { call in
    let path = APIPath("api", "indexes", call.arguments.word("INDEX"))
    let change = try change(call)
    let client = try call.client()
    let answer =
      if let change { try await client.patch(path, change, as: IndexReply.self) } else {
        try await client.get(path, as: IndexReply.self)
      }
    guard !call.printer.isJSON else { return call.answer(answer) { _ in } }
    let line = LiveLine(call.console.errors)
    var index = answer.value
    while line.isSeen, let next = index.nextVectors, next.state == .making, next.problem == nil {
      line.show(standing(next, of: index) + " (Ctrl-C leaves; they go on)")
      try await Task.sleep(for: .milliseconds(300))
      index = try await client.get(path, as: IndexReply.self).value
    }
    line.clear()
    call.printer.line(told(index))
    if let next = index.nextVectors { call.printer.line(standing(next, of: index)) }
    if let problem = index.nextVectors?.problem { call.printer.warning(problem) }
    return .done
  }

  /// Nil where nothing is to be changed.
  private static func change(_ call: Invocation) throws -> ChangeIndexRequest? {
    let (backend, model) = (call.arguments.text("embed-backend"), call.arguments.text("embed-model"))
    let key = try IndexCommands.key("embed-key-file", call)
    let steps = (["pause", "resume", "stop"]).filter { call.arguments.has($0) }
    let isWords = call.arguments.has("words-only")
    let isModel = backend != nil || model != nil || key != nil
    guard steps.count + (isWords ? 1 : 0) + (isModel ? 1 : 0) <= 1 else {
      throw UsageError("Of a model, --words-only, --pause, --resume and --stop only one goes at a time.")
    }
    if let step = steps.first { return ChangeIndexRequest(nextVectors: NextVectorsChange(rawValue: step)) }
    if isWords { return ChangeIndexRequest(embedBackend: "") }
    guard isModel else { return nil }
    guard let backend, let model else { throw UsageError("--embed-backend and --embed-model go together.") }
    return ChangeIndexRequest(embedBackend: backend, embedModel: model, embedAPIKey: key)
  }

  /// What an index is searched by now.
  private static func told(_ index: IndexReply) -> String {
    guard let vectors = index.vectors else { return "\(index.name) is searched by words alone." }
    return "\(index.name) is searched by words and by \(vectors.model) of \(vectors.backend)"
      + " (\(vectors.embedded) of \(Quantity.count(index.passages, "passage")))."
  }

  /// How far the vectors of the model are that it is to have.
  static func standing(_ next: NextVectorsReply, of index: IndexReply) -> String {
    let rests = next.state == .paused ? ", paused" : ""
    let all = Quantity.count(index.passages, "passage")
    return "\(next.model) of \(next.backend): \(next.embedded) of \(all)\(rests)"
  }
}
