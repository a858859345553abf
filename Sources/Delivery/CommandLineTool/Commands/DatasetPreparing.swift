import Contract
import HTTPFetching
import HTTPWire

/// `luthier dataset convert`, `split`, `dedupe`, `filter` and `sample`.
enum DatasetPreparing {
  static let commands = [convert, split, dedupe, filter, sample]

  private static let common: [Command.Option] = [
    .value(
      "as", "NAME", "What the new dataset is called; as the source, whose next version it is, without it"),
    .flag("dry-run", "Only show what would be done"),
  ]

  private static let notes = """
    The dataset itself stays as it is: what comes out is a new one, and under the same name its next version. Ctrl-C ends it, and nothing is kept then.
    """

  private static let convert = Command(
    "convert", "Write a dataset's rows in another format or file",
    notes: """
      What the other format cannot say is told with its rows, and nothing is written; --allow-loss goes on without it. Whether rows are preferences or hold a kto_tag stays as it is.

      \(notes)
      """,
    options: [
      .value(
        "to", "FORMAT", among: PreparedFormat.allCases.map(\.rawValue),
        "alpaca, sharegpt, openai_messages or pretraining"),
      .value(
        "file", "KIND", among: PreparedContainer.allCases.map(\.rawValue), "json_array, jsonl or text"),
      .flag("allow-loss", "Leave out what the other format cannot say"),
    ] + common, positionals: [DatasetCommands.named],
    examples: [
      .init("luthier dataset convert identity.json --to sharegpt --file jsonl", "Makes identity.jsonl.")
    ]
  ) { call in
    let format = try call.arguments.word("to", among: PreparedFormat.self)
    let container = try call.arguments.word("file", among: PreparedContainer.self)
    guard format != nil || container != nil else {
      throw UsageError("Give --to or --file, or both.", hint: "For example: --to sharegpt")
    }
    return try await run(call) { name, dry in
      .init(
        convert: .init(
          format: format, container: container, allowLoss: call.arguments.has("allow-loss") ? true : nil),
        name: name, dryRun: dry)
    }
  }

  private static let split = Command(
    "split", "Part a dataset into one to train on, one to evaluate and one to test with",
    notes: """
      A row goes by what it says: rows that say the same are never in two parts, and a second run makes the same parts.

      \(notes)
      """,
    options: [
      .value("eval", "SHARE", "For evaluation; 0.1 where neither share is given"),
      .value("test", "SHARE", "For a test; none without it"),
      .value("seed", "N", "Another one makes other parts (42)"),
      .value("stratify", "COLUMN", "Spread each value of a column over the parts by the same shares"),
      .value("group", "COLUMN", "Keep rows together that have the same in a column"),
    ] + common, positionals: [DatasetCommands.named],
    examples: [
      .init("luthier dataset split data.jsonl --eval 0.1", "Makes data-train.jsonl and data-eval.jsonl.")
    ]
  ) { call in
    let (eval, test) = (try call.arguments.number("eval"), try call.arguments.number("test"))
    let seed = try call.arguments.integer("seed", in: 0...Int(Int32.max))
    return try await run(call) { name, dry in
      .init(
        split: .init(
          eval: eval, test: test, seed: seed, stratify: call.arguments.text("stratify"),
          group: call.arguments.text("group")), name: name, dryRun: dry)
    }
  }

  private static let dedupe = Command(
    "dedupe", "Leave out rows that were there before",
    notes: """
      The order of columns, white space between them and how a sign is escaped make no difference. The first of several rows stays.

      \(notes)
      """,
    options: [
      .value("by", "COLUMN", repeats: true, "Rows are the same by this column; may be given several times"),
      .value("similar", "SHARE", "Also texts that are alike by this much, 0.5 to 1"),
    ] + common, positionals: [DatasetCommands.named],
    examples: [
      .init("luthier dataset dedupe data.jsonl --dry-run", "How many there are, with examples."),
      .init("luthier dataset dedupe data.jsonl --by instruction", "One answer to each question."),
    ]
  ) { call in
    let by = call.arguments.texts("by")
    let similar = try call.arguments.number("similar")
    return try await run(call) { name, dry in
      .init(dedupe: .init(by: by.isEmpty ? nil : by, similar: similar), name: name, dryRun: dry)
    }
  }

  private static let filter = Command(
    "filter", "Keep the rows that hold to everything that is asked",
    notes: """
      A pattern is a regular expression: characters, ., [a-z], \\d \\w \\s \\b, ^ and $ for the ends of a text, ( ), |, *, +, ?, {2,5}, \\uXXXX, and (?i) at its beginning for either case. It has no back references and does not look ahead.

      Scripts are latin, han (Chinese), japanese, hangul, cyrillic, greek, arabic, hebrew, devanagari, thai, other and none.

      \(notes)
      """,
    options: [
      .value(
        "field", "COLUMN", "The column that lengths, patterns and scripts are about; all texts without it"),
      .value("min-characters", "N", "At least this long"),
      .value("max-characters", "N", "At most this long"),
      .value("min-tokens", "N", "At least about this many tokens"),
      .value("max-tokens", "N", "At most about this many tokens"),
      .value("matching", "PATTERN", "A pattern that one of the texts has"),
      .value("not-matching", "PATTERN", "A pattern that none of the texts has"),
      .value("script", "SCRIPT", repeats: true, "What most letters are; may be given several times"),
      .flag("no-empty-answers", "Leave out rows with a missing or blank answer"),
      .flag("valid", "Leave out rows that LLaMA-Factory would drop or fail on"),
    ] + common, positionals: [DatasetCommands.named],
    examples: [
      .init("luthier dataset filter data.jsonl --valid --no-empty-answers", "Rows that can be trained on."),
      .init(
        "luthier dataset filter data.jsonl --field output --not-matching '(?i)as an ai' --dry-run",
        "What would go."),
    ]
  ) { call in
    func bound(_ name: String) throws -> Int? { try call.arguments.integer(name, in: 0...Int.max) }
    let scripts = call.arguments.texts("script")
    let filter = PrepareDatasetRequest.Filter(
      field: call.arguments.text("field"), minCharacters: try bound("min-characters"),
      maxCharacters: try bound("max-characters"), minTokens: try bound("min-tokens"),
      maxTokens: try bound("max-tokens"), matching: call.arguments.text("matching"),
      notMatching: call.arguments.text("not-matching"), scripts: scripts.isEmpty ? nil : scripts,
      emptyAnswers: call.arguments.has("no-empty-answers") ? true : nil,
      invalid: call.arguments.has("valid") ? true : nil)
    return try await run(call) { name, dry in .init(filter: filter, name: name, dryRun: dry) }
  }

  private static let sample = Command(
    "sample", "Choose rows by chance",
    notes: """
      The same seed chooses the same rows, in the order of the file.

      \(notes)
      """,
    options: [
      .value("rows", "N", "How many"), .value("share", "SHARE", "Or which part of them: 0.1 is a tenth"),
      .value("seed", "N", "Another one chooses other rows (42)"),
    ] + common, positionals: [DatasetCommands.named],
    examples: [
      .init("luthier dataset sample data.jsonl --rows 100 --as small.jsonl", "Something to try with.")
    ]
  ) { call in
    let sample = PrepareDatasetRequest.Sample(
      rows: try call.arguments.integer("rows", in: 1...Int.max), share: try call.arguments.number("share"),
      seed: try call.arguments.integer("seed", in: 0...Int(Int32.max)))
    guard (sample.rows == nil) != (sample.share == nil) else {
      throw UsageError("Give --rows or --share, one of them.", hint: "For example: --rows 100")
    }
    return try await run(call) { name, dry in .init(sample: sample, name: name, dryRun: dry) }
  }

  private static func run(
    _ call: Invocation, _ request: (_ name: String?, _ dryRun: Bool?) -> PrepareDatasetRequest
  ) async throws -> ExitCode {
    let client = try call.client()
    let isDry = call.arguments.has("dry-run")
    let body = request(call.arguments.text("as"), isDry ? true : nil)
    let id = try await DatasetCommands.resolve(call, client)
    var fetch = try client.request(.post, APIPath("api", "files", "datasets", id, "prepare"), body: body)
    fetch.fields["Accept"] = "text/event-stream"
    fetch.stallTimeout = .seconds(45)
    let meter = TransferMeter(name: call.arguments.word("ID"), line: LiveLine(call.console.errors))
    defer { meter.end() }
    let (end, bytes) = try await client.stream(fetch) { response -> (PrepareEvent, [UInt8]) in
      var decoder = ServerSentEventDecoder()
      while let bytes = try await response.body.next() {
        for event in try decoder.feed(bytes) {
          let data = Array(event.data.utf8)
          let told = try client.decode(data, as: PrepareEvent.self)
          if event.event == "end" { return (told, data) }
          if let done = told.done, let total = told.total {
            meter.begin(total: total)
            meter.update(done)
          }
        }
      }
      throw CommandFailure(
        .failed, "The server ended the preparation without a result.", code: "answer_cut", hint: "Try again.")
    }
    meter.end()
    if let problem = end.problem {
      throw CommandFailure(
        CommandFailure.exitCode(code: end.code), problem, code: end.code ?? "prepare_failed", hint: end.hint)
    }
    if call.printer.isJSON {
      call.printer.json(bytes)
    } else {
      PreparationText.show(end, isDry, call.printer)
    }
    return .done
  }
}

extension Arguments {
  /// One of a few words.
  fileprivate func word<Word: WireEnum>(_ option: String, among type: Word.Type) throws(UsageError) -> Word? {
    guard let text = text(option) else { return nil }
    guard let word = Word(rawValue: text) else {
      throw UsageError(
        "--\(option) is \(Word.allCases.map(\.rawValue).joined(separator: ", ")), not \"\(text)\".")
    }
    return word
  }
}
