import Contract
import FoundationEssentials
import Glibc

/// `luthier chat`, and `luthier finetune chat NAME`, which is the same with a tuned model.
enum ChatCommand {
  private static let prompt = Command.Positional(
    "PROMPT", "The question; standard input, where it is no terminal, is put below it", .optional)

  static let command = Command(
    "chat", "Talk to a model",
    notes: """
      With a PROMPT, or with text on standard input, the answer goes to standard output and nothing else does. Without, it is a conversation: Ctrl-C stops an answer, Ctrl-D leaves, /help lists the rest. Conversations are kept, and are those that the page shows.

      The server is the one that runs; where none runs on this machine, one is started on the same data folder until the last chat ends. A model is loaded when it is not yet; the first answer waits for it.

      Backends:
        mock          says back what it was told, for trying things out
        openai        OpenAI's API, with the key in OPENAI_API_KEY
        compatible    any server with that API, at --base-url
        vllm, ollama  the same, at their usual addresses on this machine
        finetune      a tuned model: loaded with its progress shown, unloaded at the end
                      where no other chat needs it (--keep leaves it loaded)
      """,
    options: ChatOptions.declared, positionals: [prompt],
    examples: [
      .init("luthier chat --model first", "A conversation."),
      .init("luthier chat --model first \"Who are you?\"", "One answer."),
      .init("luthier chat -m first \"Explain this program.\" < main.py", "A question about a file."),
      .init(
        "luthier chat -m qwen \"/pipeline make a support bot from data.jsonl on top of qwen\"",
        "A drafted pipeline with what it would do; --yes runs it."),
      .init("luthier chat -m first --temperature 0 < question.txt > answer.txt", "In a script."),
      .init("luthier chat --continue \"And shorter?\"", "Go on where you left off, here or on the page."),
      .init(
        "luthier chat --backend finetune --finetune-model first", "Load a tuned model for this chat alone."),
      .init(
        "luthier chat -m first --index docs \"How is a host added?\"",
        "Answered from your documents, and cited."),
      .init("luthier chat --backend ollama --model qwen3:8b", "A model that Ollama serves."),
      .init(
        "luthier chat --base-url http://gpu1:8080/v1 --api-key-file key.txt -m qwen",
        "Another server's model."),
    ]
  ) { try await run($0, isFinetune: false) }

  /// The document's shortcut.
  static let finetuneGroup = Command(
    group: "finetune", "Tuned models: a shortcut to chat with them",
    examples: [
      .init(
        "luthier finetune chat first", "The same as luthier chat --backend finetune --finetune-model first.")
    ],
    [
      Command(
        "chat", "Talk to a tuned model",
        notes: "The same as luthier chat --backend finetune --finetune-model NAME.",
        options: ChatOptions.declared.filter {
          !["backend", "model", "finetune-model", "base-url", "api-key-file"].contains($0.name)
        },
        positionals: [.init("NAME", "The model, as luthier model list has it", .optional), prompt],
        examples: [
          .init("luthier finetune chat first", "A conversation."),
          .init("luthier finetune chat first \"Who are you?\"", "One answer."),
        ]
      ) { try await run($0, isFinetune: true) }
    ])

  private static func run(_ call: Invocation, isFinetune: Bool) async throws -> ExitCode {
    let options = try ChatOptions(call, isFinetune: isFinetune, named: call.arguments.words("NAME").first)
    let prompt = try await prompt(call)
    if prompt == nil, !options.saves {
      throw UsageError(
        "--no-save is for one answer.", hint: "Give the question: luthier chat --no-save \"Who are you?\"")
    }
    let words = ChatWords()
    let session = ChatSession(call, options, words)
    do {
      let code =
        if let prompt {
          try await once(prompt, call, session)
        } else {
          try await ChatLoop(call: call, session: session, words: words).run()
        }
      await session.end()
      return code
    } catch {
      await session.end()
      throw error
    }
  }

  private static func once(_ prompt: String, _ call: Invocation, _ session: ChatSession) async throws
    -> ExitCode
  {
    if let (command, wish) = try? SlashCommand.read(prompt), command.name == "pipeline" {
      return try await drafted(wish, call, session)
    }
    guard session.options.saves else {
      let answer = try await session.askUnsaved(prompt, isShown: !call.printer.isJSON)
      if answer.wasStopped { throw CancellationError() }
      if call.printer.isJSON {
        let reply = UnsavedReply(model: await session.partner?.name, reply: answer.text)
        call.printer.json(Array(try JSONEncoder().encode(reply)))
      }
      return .done
    }
    if call.printer.isJSON { return call.answer(try await session.askForJSON(prompt)) { _ in } }
    if try await session.ask(prompt).wasStopped { throw CancellationError() }
    return .done
  }

  /// A pipeline from a prompt: it runs with --yes alone, since nobody is asked.
  private static func drafted(_ wish: String, _ call: Invocation, _ session: ChatSession) async throws
    -> ExitCode
  {
    let desk = ChatDesk(session: session, call: call, words: ChatWords())
    guard case .offer(let drafted) = try await desk.pipeline(wish) else { return .failed }
    guard session.options.isConfirmed else {
      call.printer.hint(
        "It was not run. Keep it in a file for luthier pipeline run, or ask again with --yes.")
      return .done
    }
    try await PipelineDraft(session: session, call: call).run(drafted.text)
    return .done
  }

  /// `--json` of an answer that is kept nowhere: as of one that is, without its conversation.
  private struct UnsavedReply: Encodable {
    let model: String?
    let reply: String

    private enum CodingKeys: String, CodingKey { case model, reply = "assistant_reply" }
  }

  /// What is asked once; nil for a conversation.
  private static func prompt(_ call: Invocation) async throws -> String? {
    var parts = call.arguments.words("PROMPT").filter { $0 != "-" }
    let asksForInput = parts.isEmpty && !call.arguments.words("PROMPT").isEmpty
    if asksForInput || !call.console.input.isTerminal {
      var text = await call.console.interrupts.leaving { call.console.input.readAll() }
      // The end of the last line is the pipe's, and a model answers differently for it.
      while text.last?.isNewline == true { text.removeLast() }
      if parts.isEmpty || text.contains(where: { !$0.isWhitespace }) { parts.append(text) }
    }
    guard !parts.isEmpty else { return nil }
    let whole = parts.joined(separator: "\n\n")
    guard whole.contains(where: { !$0.isWhitespace }) else {
      throw UsageError(
        "The question is empty.", hint: "For example: luthier chat --model first \"Who are you?\"")
    }
    return whole
  }
}
