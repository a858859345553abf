/// The help of a command, made from its declaration.
struct HelpText {
  let path: [Command]
  let width: Int

  init(_ path: [Command], width: Int) {
    self.path = path
    self.width = min(max(width, 60), 100)
  }

  private var command: Command { path[path.count - 1] }
  private var line: String { path.map(\.name).joined(separator: " ") }

  var text: String {
    var parts = [command.summary + "."]
    parts.append("Usage: " + usage)
    if !command.notes.isEmpty { parts.append(paragraphs(command.notes)) }
    if !command.subcommands.isEmpty {
      parts.append("Commands:\n" + rows(command.subcommands.map { ($0.name, $0.summary) }))
    }
    if !command.positionals.isEmpty {
      parts.append("Arguments:\n" + rows(command.positionals.map { ($0.name, $0.summary) }))
    }
    if path.count > 1, !command.options.isEmpty {
      parts.append("Options:\n" + rows(command.options.map(row)))
    }
    let common = path[0].options.map(row) + [("-h, --help", "Show this help")]
    parts.append((path.count > 1 ? "Options of every command:\n" : "Options:\n") + rows(common))
    if !command.examples.isEmpty {
      parts.append("Examples:\n" + command.examples.map(example).joined(separator: "\n"))
    }
    return parts.joined(separator: "\n\n") + "\n"
  }

  private var usage: String {
    if command.action == nil { return line + " COMMAND [options]" }
    var words = [line]
    for option in command.options where option.isRequired {
      words.append("--\(option.name) \(option.value ?? "")")
    }
    if command.options.contains(where: { !$0.isRequired }) { words.append("[options]") }
    for positional in command.positionals {
      switch positional.arity {
      case .one: words.append(positional.name)
      case .optional: words.append("[\(positional.name)]")
      case .many: words.append("\(positional.name)…")
      }
    }
    return words.joined(separator: " ")
  }

  private func row(_ option: Command.Option) -> (String, String) {
    let short = option.short.map { "-\($0), " } ?? ""
    let value = option.value.map { " " + $0 } ?? ""
    return (short + "--" + option.name + value, option.summary + (option.repeats ? " (may repeat)" : ""))
  }

  private func example(_ example: Command.Example) -> String {
    "  \(example.line)\n" + wrapped(example.meaning, indent: 6)
  }

  private func rows(_ rows: [(String, String)]) -> String {
    let column = min(rows.map { DisplayWidth.of($0.0) }.max() ?? 0, 26) + 4
    return rows.map { name, summary in
      let lines = wrapped(summary, indent: column)
      let used = 2 + DisplayWidth.of(name)
      if used + 2 > column { return "  \(name)\n\(lines)" }
      return "  \(name)" + String(repeating: " ", count: column - used)
        + lines.drop { $0 == " " }
    }.joined(separator: "\n")
  }

  private func paragraphs(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      // A line that is set in stays as it is: a list or a command.
      line.hasPrefix(" ") ? String(line) : wrapped(String(line), indent: 0)
    }.joined(separator: "\n")
  }

  private func wrapped(_ text: String, indent: Int) -> String {
    let margin = String(repeating: " ", count: indent)
    var lines: [String] = []
    var current = ""
    for word in text.split(separator: " ") {
      if !current.isEmpty, indent + DisplayWidth.of(current) + 1 + DisplayWidth.of(String(word)) > width {
        lines.append(margin + current)
        current = ""
      }
      current += (current.isEmpty ? "" : " ") + word
    }
    if !current.isEmpty { lines.append(margin + current) }
    return lines.joined(separator: "\n")
  }
}
