/// Reads a command line by the declaration of its commands.
///
/// `--name value` and `--name=value` are the same, `--` ends the options, and the options of the root may
/// stand anywhere.
struct ArgumentParser {
  /// What the command line asks for; the path leads from the root to the command.
  enum Outcome {
    case run(path: [Command], Arguments)
    case help(path: [Command])
  }

  let root: Command

  func parse(_ words: [String]) throws(UsageError) -> Outcome {
    if words.first == "help" { return .help(path: try path(words.dropFirst())) }
    if words.prefix(while: { $0 != "--" }).contains(where: { $0 == "--help" || $0 == "-h" }) {
      return .help(path: pathForHelp(words))
    }
    var reading = Reading(root: root, words: words)
    try reading.readAll()
    return .run(path: reading.path, try reading.finish())
  }

  private func path(_ words: ArraySlice<String>) throws(UsageError) -> [Command] {
    var path = [root]
    for word in words {
      let group = path[path.count - 1]
      guard let next = group.subcommands.first(where: { $0.name == word }) else {
        throw Reading.unknownCommand(word, in: path)
      }
      path.append(next)
    }
    return path
  }

  /// Whatever else is wrong on the line, the help of the command that was meant is shown.
  private func pathForHelp(_ words: [String]) -> [Command] {
    var path = [root]
    for word in words {
      guard let next = path[path.count - 1].subcommands.first(where: { $0.name == word }) else { continue }
      path.append(next)
    }
    return path
  }
}

/// One pass over the words.
private struct Reading {
  let words: [String]
  var path: [Command]
  private var index = 0
  private var arguments = Arguments()
  private var rest: [String] = []
  private var seen: Set<String> = []

  init(root: Command, words: [String]) {
    self.words = words
    path = [root]
  }

  private var command: Command { path[path.count - 1] }
  private var options: [Command.Option] {
    path.count == 1 ? path[0].options : path[0].options + command.options
  }

  mutating func readAll() throws(UsageError) {
    var optionsEnded = false
    while index < words.count {
      let word = words[index]
      index += 1
      if !optionsEnded, word == "--" {
        optionsEnded = true
      } else if !optionsEnded, word.hasPrefix("--") {
        try readLong(word)
      } else if !optionsEnded, word.hasPrefix("-"), word != "-" {
        try readShort(word)
      } else if command.action == nil {
        guard let next = command.subcommands.first(where: { $0.name == word }) else {
          throw Self.unknownCommand(word, in: path)
        }
        path.append(next)
      } else {
        rest.append(word)
      }
    }
  }

  private mutating func readLong(_ word: String) throws(UsageError) {
    let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard let option = options.first(where: { $0.name == name }) else { throw unknownOption("--" + name) }
    try take(option, parts.count == 2 ? String(parts[1]) : nil)
  }

  private mutating func readShort(_ word: String) throws(UsageError) {
    let letter = word.dropFirst().first
    guard let option = options.first(where: { $0.short == letter && letter != nil }) else {
      throw unknownOption(word)
    }
    let attached = word.dropFirst(2)
    try take(option, attached.isEmpty ? nil : String(attached.first == "=" ? attached.dropFirst() : attached))
  }

  private mutating func take(_ option: Command.Option, _ attached: String?) throws(UsageError) {
    if !option.repeats, !seen.insert(option.name).inserted {
      throw UsageError("--\(option.name) was given twice.")
    }
    guard let metavariable = option.value else {
      if attached != nil { throw UsageError("--\(option.name) takes no value.") }
      return arguments.add(option: option.name, "")
    }
    if let attached { return arguments.add(option: option.name, attached) }
    guard index < words.count else {
      throw UsageError("--\(option.name) needs a value: --\(option.name) \(metavariable).")
    }
    let value = words[index]
    if value.hasPrefix("--") {
      throw UsageError(
        "--\(option.name) needs a value: --\(option.name) \(metavariable).",
        hint: "For a value that begins with dashes write --\(option.name)=\(value).")
    }
    index += 1
    arguments.add(option: option.name, value)
  }

  /// Gives the words without dashes their names.
  mutating func finish() throws(UsageError) -> Arguments {
    guard command.action != nil else {
      throw UsageError(
        "\(Self.line(path)) needs a command: "
          + command.subcommands.map(\.name).joined(separator: ", ") + ".",
        hint: "See \(Self.line(path)) --help.")
    }
    for option in command.options where option.isRequired && !arguments.has(option.name) {
      throw UsageError(
        "\(Self.line(path)) needs --\(option.name) \(option.value ?? "").",
        hint: command.examples.first.map { "For example: \($0.line)" })
    }
    var left = rest[...]
    for positional in command.positionals {
      if left.isEmpty {
        if positional.arity == .optional { continue }
        throw UsageError(
          "\(Self.line(path)) needs \(positional.name): \(positional.summary).",
          hint: command.examples.first.map { "For example: \($0.line)" })
      }
      let count = positional.arity == .many ? left.count : 1
      for word in left.prefix(count) { arguments.add(positional: positional.name, word) }
      left = left.dropFirst(count)
    }
    if let extra = left.first {
      throw UsageError(
        "\(Self.line(path)) does not take \"\(extra)\".",
        hint: "Put quotes around a text with spaces; see \(Self.line(path)) --help.")
    }
    return arguments
  }

  private func unknownOption(_ word: String) -> UsageError {
    let near = nearestWord(to: word, among: options.map { "--" + $0.name } + ["--help"])
    let elsewhere = command.action == nil && path.count == 1 ? " before the command" : ""
    return UsageError(
      "There is no option \(word)\(elsewhere).",
      hint: near.map { "Did you mean \($0)?" } ?? "See \(Self.line(path)) --help.")
  }

  static func unknownCommand(_ word: String, in path: [Command]) -> UsageError {
    let near = nearestWord(to: word, among: path[path.count - 1].subcommands.map(\.name))
    return UsageError(
      "There is no command \"\((path.dropFirst().map(\.name) + [word]).joined(separator: " "))\".",
      hint: near.map { "Did you mean \((path.map(\.name) + [$0]).joined(separator: " "))?" }
        ?? "See \(line(path)) --help.")
  }

  private static func line(_ path: [Command]) -> String { path.map(\.name).joined(separator: " ") }
}
