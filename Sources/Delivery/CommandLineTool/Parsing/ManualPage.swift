/// The manual page of the program, made from the declaration of its commands, in the language of man(7).
struct ManualPage {
  let root: Command

  var text: String {
    var page = """
      .\\" Made by luthier manual from the program's own commands.
      .TH LUTHIER 1 "" "Luthier" "User Commands"
      .SH NAME
      luthier \\- \(escaped(root.summary))
      .SH SYNOPSIS
      .B luthier
      .I COMMAND
      .RI [ OPTIONS ]
      .SH DESCRIPTION

      """
    page += paragraphs(root.notes)
    page += ".SH OPTIONS OF EVERY COMMAND\n" + options(root.options)
    page += ".SH COMMANDS\n"
    for place in root.places where place.command.action != nil {
      page += ".SS luthier \(escaped(place.words))\(escaped(arguments(place.command)))\n"
      page += escaped(place.command.summary) + ".\n"
      if !place.command.notes.isEmpty { page += ".PP\n" + paragraphs(place.command.notes) }
      for positional in place.command.positionals {
        page += ".TP\n.I \(escaped(positional.name))\n\(line(positional.summary))\n"
      }
      page += options(place.command.options)
      page += examples(place.command.examples)
    }
    return page + ".SH EXAMPLES\n" + examples(root.examples)
  }

  private func arguments(_ command: Command) -> String {
    command.positionals.map { positional in
      switch positional.arity {
      case .one: " \(positional.name)"
      case .optional: " [\(positional.name)]"
      case .many: " \(positional.name)…"
      }
    }.joined()
  }

  private func options(_ options: [Command.Option]) -> String {
    options.map { option in
      let short = option.short.map { "\\fB\\-\($0)\\fR, " } ?? ""
      let value = option.value.map { " \\fI\(escaped($0))\\fR" } ?? ""
      return ".TP\n\(short)\\fB\\-\\-\(escaped(option.name))\\fR\(value)\n\(line(option.summary))\n"
    }.joined()
  }

  private func examples(_ examples: [Command.Example]) -> String {
    examples.map { ".TP\n.B \(escaped($0.line))\n\(line($0.meaning))\n" }.joined()
  }

  /// Lines that are set in stay as they are.
  private func paragraphs(_ text: String) -> String {
    var page = ""
    var isSetIn = false
    for part in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if part.hasPrefix(" ") != isSetIn {
        isSetIn = part.hasPrefix(" ")
        page += isSetIn ? ".nf\n" : ".fi\n"
      }
      page += part.isEmpty ? ".PP\n" : line(String(part)) + "\n"
    }
    return page + (isSetIn ? ".fi\n" : "")
  }

  /// A line of text that cannot be taken for an order.
  private func line(_ text: String) -> String {
    let safe = escaped(text)
    return safe.hasPrefix(".") || safe.hasPrefix("'") ? "\\&" + safe : safe
  }

  private func escaped(_ text: String) -> String {
    var safe = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": safe += "\\e"
      case "-": safe += "\\-"
      case "\"": safe += "\\(dq"
      case _ where !scalar.isASCII:
        // By number, so that the page is read alike whatever the formatter takes its input for.
        let digits = String(scalar.value, radix: 16, uppercase: true)
        safe += "\\[u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "]"
      default: safe.unicodeScalars.append(scalar)
      }
    }
    return safe
  }
}
