import Contract

/// Documents that answers are looked up in.
enum IndexCommands {
  static let group = Command(
    group: "index", "Documents that answers are looked up in",
    examples: [
      .init("luthier index create docs", "An empty index."),
      .init("luthier index add docs ./handbook", "Every text file of a folder."),
      .init("luthier index search docs \"How is a host added?\"", "The passages that say so."),
    ],
    [
      create, set, IndexReembedding.command, list, show, IndexAdding.add, IndexAdding.refresh,
      IndexFailures.retry, search, remove,
      delete,
    ])

  static let named = Command.Positional("INDEX", "Its name or its index_id")

  private static let create = Command(
    "create", "Make an empty index",
    notes: """
      With --embed-backend and --embed-model passages are found by their meaning too: the model makes a vector of each \
      passage and of each question. While it does not answer, the index is searched by words.

      With --rerank-backend and --rerank-model a model reads the question together with each of the best passages and \
      puts them into their last order. Without an answer of it they stay as they were found.
      """,
    options: embedding + ranking,
    positionals: [.init("NAME", "1 to 64 letters, digits, dots, hyphens and underlines")],
    examples: [
      .init("luthier index create docs", "Then: luthier index add docs FILE …"),
      .init(
        "luthier index create docs --embed-backend ollama --embed-model nomic-embed-text",
        "Found by words and by meaning."),
      .init(
        "luthier index create docs --rerank-backend http://gpu1:8080/v1 --rerank-model bge-reranker-v2-m3",
        "Found by words, and put in order by a model."),
    ]
  ) { call in
    let answer = try await call.client().post(
      APIPath("api", "indexes"),
      CreateIndexRequest(
        name: call.arguments.word("NAME"), embedBackend: call.arguments.text("embed-backend"),
        embedModel: call.arguments.text("embed-model"), embedAPIKey: try key("embed-key-file", call),
        rerankBackend: call.arguments.text("rerank-backend"),
        rerankModel: call.arguments.text("rerank-model"), rerankAPIKey: try key("rerank-key-file", call)),
      as: IndexReply.self)
    return call.answer(answer) { reply in
      call.printer.line("The index \(reply.name) was made.")
      call.printer.hint("Add documents: luthier index add \(reply.name) FILE …")
    }
  }

  static let embedding: [Command.Option] = [
    .value(
      "embed-backend", "NAME",
      "A preset of the server, ollama, local, mock, or the address of an OpenAI-compatible server"),
    .value("embed-model", "NAME", "Its embedding model; for local a model of yours, or a folder of a host"),
    .value("embed-key-file", "FILE", "A file with the key of an address"),
  ]

  private static let ranking: [Command.Option] = [
    .value(
      "rerank-backend", "NAME",
      "A preset of the server, mock, or the address of a server that answers /v1/rerank or /rerank"),
    .value("rerank-model", "NAME", "Its reranking model"),
    .value("rerank-key-file", "FILE", "A file with the key of that address"),
  ]

  static func key(_ option: String, _ call: Invocation) throws -> String? {
    try call.arguments.text(option).map { path in
      guard let bytes = SmallFile.read(path, limit: 8192) else {
        throw CommandFailure(.usage, "\(path) cannot be read: \(systemError()).", code: "usage")
      }
      return String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
    }
  }

  private static let set = Command(
    "set", "Give an index another reranker, or none",
    notes: "Passages and vectors stay. Without an option it tells what the index has.",
    options: ranking + [.flag("no-rerank", "Leave passages in the order that they are found in")],
    positionals: [named],
    examples: [
      .init(
        "luthier index set docs --rerank-backend http://gpu1:8080/v1 --rerank-model bge-reranker-v2-m3",
        "From the next question on."),
      .init("luthier index set docs --no-rerank", "As they are found."),
    ]
  ) { call in
    let path = APIPath("api", "indexes", call.arguments.word("INDEX"))
    let (backend, model) = (call.arguments.text("rerank-backend"), call.arguments.text("rerank-model"))
    let key = try key("rerank-key-file", call)
    let isTakenAway = call.arguments.has("no-rerank")
    let isGiven = backend != nil || model != nil || key != nil
    guard !isTakenAway || !isGiven else { throw UsageError("--no-rerank stands alone.") }
    guard !isGiven || backend != nil && model != nil else {
      throw UsageError("--rerank-backend and --rerank-model go together.")
    }
    let client = try call.client()
    let answer =
      if let backend {
        try await client.patch(
          path, ChangeIndexRequest(rerankBackend: backend, rerankModel: model, rerankAPIKey: key),
          as: IndexReply.self)
      } else if isTakenAway {
        try await client.patch(path, ChangeIndexRequest(rerankBackend: ""), as: IndexReply.self)
      } else {
        try await client.get(path, as: IndexReply.self)
      }
    return call.answer(answer) { reply in
      let vectors = reply.vectors.map { "vectors by \($0.model) of \($0.backend)" } ?? "words alone"
      let order = reply.reranker.map { "reranked by \($0.model) of \($0.backend)" } ?? "not reranked"
      call.printer.line("\(reply.name): \(vectors), \(order).")
    }
  }

  private static let list = Command(
    "list", "List your indexes", examples: [.init("luthier index list", "With what is in them.")]
  ) { call in
    let answer = try await call.client().get(APIPath("api", "indexes"), as: IndexListReply.self)
    return call.answer(answer) { reply in
      var table = Table("NAME", ">DOCUMENTS", ">PASSAGES", ">VECTORS", ">SIZE", "CREATED", "INDEX ID")
      for index in reply.indexes {
        table.add(
          Table.Cell(index.name), Table.Cell("\(index.documents)"), Table.Cell("\(index.passages)"),
          Table.Cell(index.vectors.map { "\($0.embedded)" } ?? "-"), Table.Cell(Quantity.size(index.size)),
          Table.Cell(Quantity.localTime(index.createdAt)),
          Table.Cell(index.indexID))
      }
      call.printer.show(table)
      for index in reply.indexes {
        if let next = index.nextVectors {
          call.printer.note("\(index.name): \(IndexReembedding.standing(next, of: index))")
        }
        if let problem = index.vectors?.problem { call.printer.warning("\(index.name): \(problem)") }
        if index.failed > 0 {
          let what = index.failed == 1 ? "One document was" : "\(index.failed) documents were"
          call.printer.warning("\(index.name): \(what) not taken in (luthier index show \(index.name)).")
        }
      }
      if reply.indexes.isEmpty { call.printer.hint("Make one: luthier index create NAME") }
    }
  }

  private static let show = Command(
    "show", "List the documents of an index",
    notes: "What could not be taken in stands behind them, with its reason; nothing of it is found.",
    positionals: [named],
    examples: [.init("luthier index show docs", "With their passages and sizes.")]
  ) { call in
    let answer = try await call.client().get(
      APIPath("api", "indexes", call.arguments.word("INDEX"), "documents"), as: DocumentListReply.self)
    return call.answer(answer) { reply in
      var table = Table("NAME", "KIND", ">PASSAGES", ">SIZE", "ADDED", "DOCUMENT ID")
      for document in reply.documents {
        table.add(
          Table.Cell(document.name), Table.Cell(document.kind.rawValue), Table.Cell("\(document.passages)"),
          Table.Cell(Quantity.size(document.size)), Table.Cell(Quantity.localTime(document.createdAt)),
          Table.Cell(document.documentID))
      }
      if !reply.documents.isEmpty || reply.failed.isEmpty { call.printer.show(table) }
      for document in reply.documents {
        guard let refused = document.refused else { continue }
        let what = refused == 1 ? "one passage has" : "\(refused) passages have"
        call.printer.warning("\(document.name): \(what) no vector. \(document.refusal ?? "")")
      }
      IndexFailures.show(reply, of: call.arguments.word("INDEX"), call.printer)
      if reply.documents.isEmpty, reply.failed.isEmpty {
        call.printer.hint("Add some: luthier index add \(call.arguments.word("INDEX")) FILE …")
      }
    }
  }

  private static let search = Command(
    "search", "Show what an index has of a question",
    options: [
      .value("top-k", "N", short: "k", "Passages, 1 to 50; 5 without it"),
      .flag("explain", "Tell what was looked up, and why these passages"),
    ],
    positionals: [named, .init("QUESTION", "In words as one would ask", .many)],
    examples: [
      .init("luthier index search docs How is a host added?", "The best passages, and where they stand.")
    ]
  ) { call in
    let answer = try await call.client().post(
      APIPath("api", "indexes", call.arguments.word("INDEX"), "search"),
      SearchIndexRequest(
        query: call.arguments.words("QUESTION").joined(separator: " "),
        topK: try call.arguments.integer("top-k", in: 1...50),
        explain: call.arguments.has("explain") ? true : nil), as: SearchIndexReply.self)
    return call.answer(answer) { reply in
      for source in reply.results {
        call.printer.line(source.line, .heading)
        if reply.explanation != nil { call.printer.line("    (\(source.why))", .faint) }
        for line in source.passage.text.split(whereSeparator: \.isNewline) {
          call.printer.line("    \(line)")
        }
        call.printer.line("")
      }
      if reply.results.isEmpty { call.printer.hint("The index has none of these words.") }
      if let explanation = reply.explanation { explain(explanation, call.printer) }
    }
  }

  private static func explain(_ explanation: SearchExplanationReply, _ printer: Printer) {
    printer.line("Looked up: " + explanation.words.joined(separator: ", "))
    let vectors = explanation.byVector.map { ", by vectors \($0)" } ?? ""
    printer.line("Found by words \(explanation.byText)\(vectors); left out \(explanation.leftOut.count):")
    for left in explanation.leftOut {
      let rule = left.because == .ofItsDocument ? "its document has enough" : "others were better"
      printer.line(
        "  \(left.title)  (\(SourceReply.why(left.textRank, left.vectorRank, left.score, left.rerankScore)); \(rule))"
      )
    }
    if let problem = explanation.rerankProblem {
      printer.warning("They were not reranked: \(problem)")
    } else if let reranked = explanation.reranked {
      printer.line("Put in order by the reranker: \(reranked).")
    }
    if let problem = explanation.vectorProblem { printer.warning("Vectors were not asked: \(problem)") }
  }

  private static let remove = Command(
    "rm", "Take documents out of an index",
    positionals: [named, .init("DOCUMENT", "Its name or its document_id", .many)],
    examples: [.init("luthier index rm docs old.md", "Its passages are found no more.")]
  ) { call in
    let client = try call.client()
    let all = try await client.get(
      APIPath("api", "indexes", call.arguments.word("INDEX"), "documents"), as: DocumentListReply.self
    ).value
    // What is there goes before what failed under the same name.
    let there = Set(all.documents.map(\.name))
    let things =
      all.documents.map { NamedThing(id: $0.documentID, names: [$0.name]) }
      + all.failed.map { NamedThing(id: $0.documentID, names: there.contains($0.name) ? [] : [$0.name]) }
    for word in call.arguments.words("DOCUMENT") {
      let id = try NamedThing.resolve(
        word, among: things, what: "document", list: "luthier index show \(call.arguments.word("INDEX"))")
      let answer = try await client.delete(APIPath("api", "documents", id), as: MessageReply.self)
      _ = call.answer(answer) { _ in call.printer.line("\(word) was taken out.") }
    }
    return .done
  }

  private static let delete = Command(
    "delete", "Delete an index with its documents", positionals: [named],
    examples: [.init("luthier index delete docs", "The files they were made of stay where they are.")]
  ) { call in
    let answer = try await call.client().delete(
      APIPath("api", "indexes", call.arguments.word("INDEX")), as: MessageReply.self)
    return call.answer(answer) { call.printer.line($0.message) }
  }
}
