import Contract
import Glibc

/// A conversation with a person.
struct ChatLoop {
  let call: Invocation
  let session: ChatSession
  let words: ChatWords

  private var console: Console { call.console }
  private var printer: Printer { call.printer }

  func run() async throws -> ExitCode {
    // A terminal that is closed is an end like any other: what was loaded is unloaded.
    signal(SIGHUP, SIG_IGN)
    printer.note("Luthier. /help lists the commands, Ctrl-D leaves.")
    await session.open()
    // A Ctrl-C that comes when nothing is left to stop does nothing. The handler below this one is that of the whole
    // command: all that is asked for later would be cancelled before it began.
    return try await console.interrupts.handled(by: {}) { try await talk() }
  }

  private func talk() async throws -> ExitCode {
    let lines = QuestionLines(call, words)
    var code = ExitCode.done
    while let text = await lines.next() {
      do {
        guard try await answered(text, lines) else { break }
      } catch is CancellationError {
        printer.note("(stopped)")
      } catch let error as UsageError {
        printer.failure(CommandFailure(.usage, error.message, code: "usage", hint: error.hint))
      } catch let failure as CommandFailure {
        printer.failure(failure)
        // Without a server and somebody to talk to there is nothing to go on with.
        if await session.partner == nil {
          code = failure.exitCode
          break
        }
      }
    }
    return code
  }

  /// False for the command that leaves.
  private func answered(_ text: String, _ lines: QuestionLines) async throws -> Bool {
    let (session, call, words) = (session, call, words)
    var next = SlashCommand.Next.ask(text, edits: nil)
    if let (command, rest) = try SlashCommand.read(text) {
      next = try await console.interrupts.cancelling {
        try await command.action(ChatDesk(session: session, call: call, words: words), rest)
      }
    }
    let asked = next
    let answer: ChatAnswer?
    switch asked {
    case .wait: return true
    case .leave: return false
    case .offer(let drafted):
      try await offer(drafted, lines)
      return true
    default:
      answer = try await console.interrupts.cancelling {
        switch asked {
        case .ask(let text, let edits): try await ask(text, edits)
        case .retry: try await session.retry()
        case .compare(let name): try await session.compare(with: name)
        case .wait, .leave, .offer: nil
        }
      }
    }
    if answer?.wasStopped == true { printer.note("(stopped)") }
    return true
  }

  /// Runs a drafted pipeline where --yes was given, or the person says yes.
  private func offer(_ drafted: PipelineDraft.Drafted, _ lines: QuestionLines) async throws {
    if !session.options.isConfirmed {
      guard console.input.isTerminal, let word = await lines.word("Run it? [y/N] "),
        ["y", "yes"].contains(word.lowercased())
      else { return printer.note("It was not run.") }
    }
    let draft = PipelineDraft(session: session, call: call)
    try await console.interrupts.cancelling { try await draft.run(drafted.text) }
  }

  private func ask(_ text: String, _ edits: String?) async throws -> ChatAnswer {
    guard printer.isJSON, edits == nil else { return try await session.ask(text, edits: edits) }
    let answer = try await session.askForJSON(text)
    printer.json(answer.bytes)
    return ChatAnswer(text: answer.value.assistantReply)
  }
}

/// What a person asks, one text after the other.
struct QuestionLines {
  private let console: Console
  private let printer: Printer
  private let editor: (any LineEditing)?
  private let history: ChatHistory
  private let prompts: (first: String, next: String)

  private static let quotes = "\"\"\""

  init(_ call: Invocation, _ words: ChatWords) {
    console = call.console
    printer = call.printer
    editor = console.input.isTerminal ? console.lineEditor?({ words.completions($0) }) : nil
    history = ChatHistory(console.environment)
    // Colours of an edited line's prompt stand between marks: they take no room.
    let isPainted = editor != nil && printer.isPaintedOnErrors
    prompts = isPainted ? ("\u{1}\u{1B}[1;32m\u{1}>>> \u{1}\u{1B}[0m\u{1}", "... ") : (">>> ", "... ")
    if let editor { for text in history.load() { editor.remember(text) } }
  }

  /// The next text that is not empty; nil at the end.
  func next() async -> String? {
    while true {
      guard let text = await read(prompts.first) else { return nil }
      let whole = text.hasPrefix(Self.quotes) ? await several(text) : Self.trimmed(text)
      guard !whole.isEmpty else { continue }
      if let editor {
        editor.remember(whole)
        history.add(whole)
      }
      return whole
    }
  }

  /// A word that is asked for, which is not kept; nil at the end.
  func word(_ prompt: String) async -> String? { await read(prompt).map(Self.trimmed) }

  private func read(_ prompt: String) async -> String? {
    guard let editor else {
      let (errors, printer) = (console.errors, printer)
      return await console.interrupts.handled {
        printer.note(lines: ["", "(Ctrl-D or /bye leaves)"])
        errors.write(prompt)
      } _: {
        console.errors.write(prompt)
        let line = console.input.readLine()
        if line == nil { console.errors.write("\n") }
        return line
      }
    }
    while true {
      switch editor.read(prompt: prompt) {
      case .text(let text): return text
      case .interrupted: printer.note(lines: ["", "(Ctrl-D or /bye leaves)"])
      case .end:
        console.errors.write("\n")
        return nil
      }
    }
  }

  private func several(_ first: String) async -> String {
    var text = String(first.dropFirst(3))
    while !text.hasSuffix(Self.quotes) {
      guard let line = await read(prompts.next) else { return text }
      text += "\n" + line
    }
    return String(text.dropLast(3))
  }

  private static func trimmed(_ line: String) -> String {
    let start = line.drop(while: \.isWhitespace)
    return String(start.reversed().drop(while: \.isWhitespace).reversed())
  }
}
