import Contract

/// What a chat was started with: options of the command line, and where one was not given its variable.
struct ChatOptions: Sendable {
  /// Where answers come from; without one, from the server's own list of models.
  enum Backend: String, CaseIterable, Sendable { case mock, openai, compatible, finetune, vllm, ollama }

  var backend: Backend?
  let model: String?
  let finetuneModel: String?
  let finetunePort: Int?
  let baseURL: String?
  let apiKeyFile: String?
  /// As the conversation keeps them.
  let settings: ChatSettingsBody
  let continues: Bool
  let session: String?
  let streams: Bool
  /// A model that the chat loads stays loaded.
  let keeps: Bool
  /// A pipeline that a model drafted runs without anybody being asked.
  let isConfirmed: Bool
  /// Where passages for questions are looked up.
  let index: String?
  /// How many; nil: as many as the server gives by itself.
  let chunks: Int?
  /// Whether to tell what was looked up and why.
  let explains: Bool
  /// The question and its answer become a conversation.
  let saves: Bool

  static let declared: [Command.Option] = [
    .value(
      "backend", "NAME", short: "b", among: Backend.allCases.map(\.rawValue),
      "Who answers: \(Backend.allCases.map(\.rawValue).joined(separator: ", ")) (LUTHIER_BACKEND; else the server's models)"
    ),
    .value(
      "model", "NAME", short: "m", "A model's name, model_id or path (LUTHIER_MODEL; else the only one)"),
    .value(
      "finetune-model", "NAME",
      "The tuned model of the backend finetune (LUTHIER_FINETUNE_MODEL; else \(FinetunedModel.standardName), or the only one)"
    ),
    .value(
      "finetune-port", "PORT",
      "Where on its host it is served, 1024 to 65535; a port that is taken is refused (LUTHIER_FINETUNE_PORT; else the server finds one)"
    ),
    .value("base-url", "URL", "The address of an OpenAI-compatible server (LUTHIER_BASE_URL)"),
    .value("api-key-file", "FILE", "A file with its key (LUTHIER_API_KEY_FILE; openai: else OPENAI_API_KEY)"),
    .value("system", "TEXT", short: "s", "What the model is told before the conversation (LUTHIER_SYSTEM)"),
    .value("temperature", "N", "0 to 2; 0 always gives the likeliest words (LUTHIER_TEMPERATURE)"),
    .value("top-p", "N", "More than 0, at most 1 (LUTHIER_TOP_P)"),
    .value(
      "top-k", "N",
      "1 to 1000; not every server knows it (LUTHIER_TOP_K). With --index: as --top-k-chunks, unless both are given"
    ),
    .value("max-tokens", "N", "The longest answer, 1 to 32768 (LUTHIER_MAX_TOKENS)"),
    .flag("continue", short: "c", "Go on with the conversation that was used last"),
    .value("session", "ID", "Go on with this one: its session_id, the beginning of it, or its title"),
    .value(
      "index", "NAME", short: "i", "Look questions up in an index of yours (LUTHIER_INDEX)"),
    .value("top-k-chunks", "N", "Passages of the index for a question, 1 to 50; 5 without it"),
    .flag("explain", "Tell what was looked up, and why these passages"),
    .flag("no-stream", "Show an answer when it is whole"),
    .flag("no-save", "One answer that is kept nowhere, and no conversation"),
    .flag("keep", "Leave a model loaded that this chat has loaded"),
    .flag("yes", "Run a pipeline that /pipeline has drafted without asking"),
  ]

  /// - Parameters:
  ///   - isFinetune: whether the command itself says that a tuned model is meant.
  ///   - name: the one the command names.
  init(_ call: Invocation, isFinetune: Bool = false, named name: String? = nil) throws {
    let values = ChatValues(call)
    let word = !isFinetune ? values.text("backend", "LUTHIER_BACKEND", "SAGE_DEBUG_BACKEND") : nil
    guard word == nil || Backend(rawValue: word?.value ?? "") != nil else {
      throw UsageError(
        "\(word?.source ?? "") is one of \(Backend.allCases.map(\.rawValue).joined(separator: ", ")), not \"\(word?.value ?? "")\"."
      )
    }
    backend = !isFinetune ? word.flatMap { Backend(rawValue: $0.value) } : .finetune
    model = values.text("model", "LUTHIER_MODEL")?.value
    finetuneModel =
      name ?? values.text("finetune-model", "LUTHIER_FINETUNE_MODEL", "SAGE_DEBUG_FINETUNE_MODEL")?.value
    finetunePort = try values.integer(
      "finetune-port", "LUTHIER_FINETUNE_PORT", "SAGE_DEBUG_FINETUNE_PORT", in: 1024...65_535)
    baseURL = values.text("base-url", "LUTHIER_BASE_URL")?.value
    apiKeyFile = values.text("api-key-file", "LUTHIER_API_KEY_FILE")?.value
    index = values.text("index", "LUTHIER_INDEX")?.value
    // The document has --top-k for passages; beside --top-k-chunks it is the model's.
    let countsChunks =
      call.arguments.has("index") && call.arguments.has("top-k") && !call.arguments.has("top-k-chunks")
    chunks = try call.arguments.integer(countsChunks ? "top-k" : "top-k-chunks", in: 1...50)
    explains = call.arguments.has("explain")
    settings = ChatSettingsBody(
      systemPrompt: values.text("system", "LUTHIER_SYSTEM")?.value,
      temperature: try values.number("temperature", "LUTHIER_TEMPERATURE", "from 0 to 2") {
        (0...2).contains($0)
      },
      topP: try values.number("top-p", "LUTHIER_TOP_P", "more than 0 and at most 1") { $0 > 0 && $0 <= 1 },
      topK: countsChunks ? nil : try values.integer("top-k", "LUTHIER_TOP_K", in: 1...1000),
      maxTokens: try values.integer("max-tokens", "LUTHIER_MAX_TOKENS", in: 1...32_768), seed: nil)
    continues = call.arguments.has("continue")
    session = call.arguments.text("session")
    streams = !call.arguments.has("no-stream")
    keeps = call.arguments.has("keep")
    isConfirmed = call.arguments.has("yes")
    saves = !call.arguments.has("no-save")
    try settle(call.arguments)
  }

  /// Options that do not go together are refused, not ignored; a variable may be of no use.
  private mutating func settle(_ arguments: Arguments) throws(UsageError) {
    if continues, session != nil {
      throw UsageError(
        "--continue and --session are two ways to name one conversation.", hint: "Give one of them.")
    }
    if !saves, continues || session != nil {
      throw UsageError(
        "What is said in a conversation is kept.", hint: "Leave --no-save out, or the conversation.")
    }
    for option in ["finetune-model", "finetune-port"] where arguments.has(option) {
      if backend == nil { backend = .finetune }
      if backend != .finetune { throw UsageError("--\(option) belongs to --backend finetune.") }
    }
    let takesAddress: Set<Backend?> = [.openai, .compatible, .vllm, .ollama]
    for option in ["base-url", "api-key-file"] where arguments.has(option) {
      if backend == nil { backend = .compatible }
      guard takesAddress.contains(backend) else {
        throw UsageError("--\(option) belongs to the backends openai, compatible, vllm and ollama.")
      }
    }
    for option in ["top-k-chunks", "explain"] where arguments.has(option) && index == nil {
      throw UsageError("--\(option) belongs to --index NAME.", hint: "luthier index list shows yours.")
    }
    if backend == .mock, arguments.has("model") {
      throw UsageError("The backend mock has no models.", hint: "Leave --model out.")
    }
    if backend == .finetune, arguments.has("model") {
      throw UsageError(
        "The backend finetune takes --finetune-model.",
        hint: "Or leave --backend out: --model knows tuned models too.")
    }
  }
}

/// The words of a chat's options, with where each came from, for messages.
private struct ChatValues {
  private let call: Invocation

  init(_ call: Invocation) { self.call = call }

  func text(_ option: String, _ variables: String...) -> (value: String, source: String)? {
    find(option, variables)
  }

  func integer(_ option: String, _ variables: String..., in range: ClosedRange<Int>) throws(UsageError)
    -> Int?
  {
    guard let found = find(option, variables) else { return nil }
    guard let value = Int(found.value), range.contains(value) else {
      throw UsageError(
        "\(found.source) is a whole number, \(range.lowerBound) to \(range.upperBound), not \"\(found.value)\"."
      )
    }
    return value
  }

  func number(
    _ option: String, _ variable: String, _ bounds: String, _ isGood: (Double) -> Bool
  ) throws(UsageError) -> Double? {
    guard let found = find(option, [variable]) else { return nil }
    guard let value = Double(found.value), value.isFinite, isGood(value) else {
      throw UsageError("\(found.source) is \(bounds), not \"\(found.value)\".")
    }
    return value
  }

  private func find(_ option: String, _ variables: [String]) -> (value: String, source: String)? {
    if let text = call.arguments.text(option) { return (text, "--" + option) }
    for name in variables { if let text = call.console.variable(name) { return (text, name) } }
    return nil
  }
}
