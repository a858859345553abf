import Contract

/// A conversation, line by line.
struct ChatLoop {
  let chat: Chat

  private var console: Console { chat.call.console }
  private var printer: Printer { chat.call.printer }

  private static let mark = ">>> "

  func run() async -> ExitCode {
    printer.note("Talking to \(chat.model). /help lists the commands, Ctrl-D leaves.")
    var messages: [ChatMessage] = []
    while let text = await question() {
      switch text {
      case "": continue
      case "/bye", "/exit", "/quit": return .done
      case "/clear":
        messages = []
        printer.note("The conversation begins anew.")
      case "/help", "/?": printer.note(lines: Self.help)
      case _ where text.hasPrefix("/") && !text.contains(" "):
        printer.note("There is no command \(text). /help lists them.")
      default: await ask(text, &messages)
      }
    }
    console.errors.write("\n")
    return .done
  }

  private func ask(_ text: String, _ messages: inout [ChatMessage]) async {
    let asked = messages + [ChatMessage(role: .user, content: text)]
    do {
      let answer = try await console.interrupts.cancelling { try await chat.answer(asked) }
      if answer.wasStopped { printer.note("(stopped)") }
      // What was said until the stop belongs to the conversation; a question without an answer does not.
      if !answer.text.isEmpty { messages = asked + [ChatMessage(role: .assistant, content: answer.text)] }
    } catch is CancellationError {
      printer.note("(stopped)")
    } catch let failure as CommandFailure {
      printer.failure(failure)
    } catch {
      printer.failure(CommandFailure(.failed, "\(error)"))
    }
  }

  /// The next line, or several between `"""`; nil at the end.
  private func question() async -> String? {
    let (errors, printer) = (console.errors, printer)
    return await console.interrupts.handled {
      printer.note(lines: ["", "(Ctrl-D or /bye leaves)"])
      errors.write(Self.mark)
    } _: {
      console.errors.write(Self.mark)
      guard let line = console.input.readLine() else { return nil }
      return line.hasPrefix(Self.quotes) ? several(line) : trimmed(line)
    }
  }

  private func several(_ first: String) -> String {
    var lines = [String(first.dropFirst(3))]
    while !lines[lines.count - 1].hasSuffix(Self.quotes) {
      console.errors.write("... ")
      guard let line = console.input.readLine() else { return lines.joined(separator: "\n") }
      lines.append(line)
    }
    lines[lines.count - 1].removeLast(3)
    return lines.joined(separator: "\n")
  }

  private func trimmed(_ line: String) -> String {
    let start = line.drop(while: \.isWhitespace)
    return String(start.reversed().drop(while: \.isWhitespace).reversed())
  }

  private static let quotes = "\"\"\""

  private static let help = [
    "/clear   begin anew",
    "/bye     leave (also Ctrl-D)",
    "Ctrl-C   stop the answer",
    "\(quotes)      begin and end a text of several lines",
  ]
}
