import Contract

/// `luthier chat`.
enum ChatCommand {
  static let command = Command(
    "chat", "Talk to a model",
    notes: """
      With a PROMPT, or with text on standard input, the answer goes to standard output and nothing else does. Without, it is a conversation: Ctrl-C stops an answer, Ctrl-D leaves, /help lists the rest.

      The model is loaded when it is not yet; the first answer waits for it.
      """,
    options: [
      .value(
        "model", "NAME", short: "m",
        "A model's name, model_id or path (else LUTHIER_MODEL, else the only one)"),
      .value("system", "TEXT", "What the model is told before the conversation"),
      .value("temperature", "N", "0 to 2; 0 always gives the likeliest words (0.7)"),
      .value("max-tokens", "N", "The longest answer, 1 to 32768"),
      .flag("no-stream", "Show the answer when it is whole"),
    ], positionals: [.init("PROMPT", "The question; - reads it from standard input", .optional)],
    examples: [
      .init("luthier chat --model first", "A conversation."),
      .init("luthier chat --model first \"Who are you?\"", "One answer."),
      .init("luthier chat -m first --temperature 0 < question.txt > answer.txt", "In a script."),
    ]
  ) { call in
    let temperature = try call.arguments.number("temperature")
    if let temperature, !(0...2).contains(temperature) {
      throw UsageError("--temperature is from 0 to 2, not \(temperature).")
    }
    let maxTokens = try call.arguments.integer("max-tokens", in: 1...32_768)
    let prompt = try await prompt(call)
    let client = try call.client()
    let chat = Chat(
      call: call, client: client, model: try await model(call, client), system: call.arguments.text("system"),
      temperature: temperature, maxTokens: maxTokens)
    if let prompt { return try await chat.once(prompt) }
    return await ChatLoop(chat: chat).run()
  }

  /// What is asked once; nil for a conversation.
  private static func prompt(_ call: Invocation) async throws -> String? {
    var text = call.arguments.words("PROMPT").first
    if text == "-" || (text == nil && !call.console.input.isTerminal) {
      text = await call.console.interrupts.leaving { call.console.input.readAll() }
      // The end of the last line is the pipe's, and a model answers differently for it.
      while text?.last?.isNewline == true { text?.removeLast() }
    }
    if let text, !text.contains(where: { !$0.isWhitespace }) {
      throw UsageError(
        "The question is empty.", hint: "For example: luthier chat --model first \"Who are you?\"")
    }
    return text
  }

  private static func model(_ call: Invocation, _ client: APIClient) async throws -> String {
    if let name = call.arguments.text("model") ?? call.console.variable("LUTHIER_MODEL") { return name }
    let all = try await client.get(ModelCommands.path, as: ModelListReply.self).value.models
    if all.count == 1 { return all[0].name }
    if all.isEmpty {
      throw CommandFailure(
        .notFound, "You have no model yet.", code: "not_found",
        hint: "Train one: luthier task submit --help, or add one: luthier model add PATH")
    }
    let names = all.prefix(8).map { ShellWord.quoted($0.name) }.joined(separator: ", ")
    throw UsageError(
      "Which model? You have \(names)\(all.count > 8 ? " …" : "").", hint: "Give --model NAME.")
  }
}

/// What stays the same from answer to answer.
struct Chat: Sendable {
  let call: Invocation
  let client: APIClient
  let model: String
  let system: String?
  let temperature: Double?
  let maxTokens: Int?

  /// One question, one answer.
  func once(_ prompt: String) async throws -> ExitCode {
    let messages = [ChatMessage(role: .user, content: prompt)]
    if call.printer.isJSON {
      return call.answer(try await client.complete(request(messages, stream: false))) { _ in }
    }
    if try await answer(messages).wasStopped { throw CancellationError() }
    return .done
  }

  /// Asks, and shows the answer as it comes.
  func answer(_ messages: [ChatMessage]) async throws -> ChatAnswer {
    let waiting = LiveLine(call.console.errors)
    waiting.show("Waiting for \(model) …")
    defer { waiting.clear() }
    let answer = try await asked(messages) { piece in
      waiting.clear()
      call.printer.raw(piece)
    }
    waiting.clear()
    if answer.text.last?.isNewline != true { call.printer.raw("\n") }
    if answer.finishReason == "length" {
      call.printer.hint("The answer was cut at its longest; --max-tokens makes it longer.")
    }
    return answer
  }

  private func asked(
    _ messages: [ChatMessage], _ onPiece: @Sendable (String) -> Void
  ) async throws -> ChatAnswer {
    guard call.arguments.has("no-stream") else {
      return try await client.streamChat(request(messages, stream: true), onPiece)
    }
    let reply = try await client.complete(request(messages, stream: false)).value
    let text = reply.choices.first?.message?.content ?? ""
    onPiece(text)
    return ChatAnswer(text: text, finishReason: reply.choices.first?.finishReason)
  }

  private func request(_ messages: [ChatMessage], stream: Bool) -> OpenAIChatRequest {
    let before = system.map { [ChatMessage(role: .system, content: $0)] } ?? []
    return OpenAIChatRequest(
      model: model, messages: before + messages, stream: stream, temperature: temperature,
      maxTokens: maxTokens)
  }
}
