/// A command or a group of commands, declared once: the parser and the help both read it.
struct Command: Sendable {
  typealias Action = @Sendable (Invocation) async throws -> ExitCode

  let name: String
  /// One line, without a full stop.
  let summary: String
  /// What the help says below the summary; paragraphs are separated by an empty line.
  let notes: String
  let options: [Option]
  let positionals: [Positional]
  let examples: [Example]
  let subcommands: [Command]
  /// Nil for a group.
  let action: Action?

  /// A command that does something.
  init(
    _ name: String, _ summary: String, notes: String = "", options: [Option] = [],
    positionals: [Positional] = [], examples: [Example], action: @escaping Action
  ) {
    self.name = name
    self.summary = summary
    self.notes = notes
    self.options = options
    self.positionals = positionals
    self.examples = examples
    subcommands = []
    self.action = action
  }

  /// A group of commands.
  init(
    group name: String, _ summary: String, notes: String = "", options: [Option] = [],
    examples: [Example] = [], _ subcommands: [Command]
  ) {
    self.name = name
    self.summary = summary
    self.notes = notes
    self.options = options
    positionals = []
    self.examples = examples
    self.subcommands = subcommands
    action = nil
  }

  /// `--name`, with or without a value.
  struct Option: Sendable {
    let name: String
    let short: Character?
    /// What stands for the value in the help; nil for a flag.
    let value: String?
    let summary: String
    let isRequired: Bool
    /// May be given more than once.
    let repeats: Bool
    /// All that the value may be; empty where it is free.
    let among: [String]

    static func flag(_ name: String, short: Character? = nil, _ summary: String) -> Option {
      Option(
        name: name, short: short, value: nil, summary: summary, isRequired: false, repeats: false,
        among: [])
    }

    static func value(
      _ name: String, _ value: String, short: Character? = nil, required: Bool = false,
      repeats: Bool = false, among: [String] = [], _ summary: String
    ) -> Option {
      Option(
        name: name, short: short, value: value, summary: summary, isRequired: required, repeats: repeats,
        among: among)
    }
  }

  /// A word without dashes.
  struct Positional: Sendable {
    enum Arity: Sendable { case one, optional, many }

    let name: String
    let arity: Arity
    let summary: String
    /// All that the word may be; empty where it is free.
    let among: [String]

    init(_ name: String, _ summary: String, _ arity: Arity = .one, among: [String] = []) {
      self.among = among
      self.name = name
      self.arity = arity
      self.summary = summary
    }
  }

  /// A line that works as it stands, and what it does.
  struct Example: Sendable {
    let line: String
    let meaning: String

    init(_ line: String, _ meaning: String) {
      self.line = line
      self.meaning = meaning
    }
  }
}
