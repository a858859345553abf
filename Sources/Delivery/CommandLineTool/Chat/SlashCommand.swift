/// A command within a conversation: the help, the completion and the loop all read this one table.
struct SlashCommand: Sendable {
  /// What the conversation does next.
  enum Next: Sendable {
    case wait
    case leave
    /// Asks this, in place of the last question where it `edits` one.
    case ask(String, edits: String?)
    case retry
    case compare(String)
    /// Runs a pipeline where the person says so.
    case offer(PipelineDraft.Drafted)
  }

  let name: String
  /// What stands behind it, for the help.
  let arguments: String
  let summary: String
  /// Other words for the same.
  let aliases: [String]
  let action: @Sendable (ChatDesk, String) async throws -> Next

  init(
    _ name: String, _ arguments: String, aliases: [String] = [], _ summary: String,
    action: @escaping @Sendable (ChatDesk, String) async throws -> Next
  ) {
    self.name = name
    self.arguments = arguments
    self.aliases = aliases
    self.summary = summary
    self.action = action
  }

  /// The command a line calls, and what stands behind it; nil for a line that is no command.
  ///
  /// Throws for a command that is not there. A path such as `/etc/hosts is …` is a question.
  static func read(_ line: String) throws(UsageError) -> (command: SlashCommand, rest: String)? {
    guard line.hasPrefix("/") else { return nil }
    let word = line.dropFirst().prefix { !$0.isWhitespace }
    guard word == "?" || word.allSatisfy({ $0.isASCII && $0.isLetter }), !word.isEmpty else { return nil }
    let rest = line.dropFirst(word.count + 1).drop(while: \.isWhitespace)
    if let command = all.first(where: { $0.name == word || $0.aliases.contains(String(word)) }) {
      return (command, String(rest))
    }
    let near = nearestWord(to: String(word), among: all.map(\.name))
    throw UsageError(
      "There is no command /\(word).", hint: near.map { "Did you mean /\($0)?" } ?? "/help lists them.")
  }

  static let all: [SlashCommand] = [
    SlashCommand("help", "", aliases: ["?"], "These commands") { desk, _ in desk.help() },
    SlashCommand("model", "[NAME]", "Who answers; with a name, who is to") { try await $0.model($1) },
    SlashCommand("models", "", "What you can talk to") { desk, _ in try await desk.models() },
    SlashCommand("system", "[TEXT]", "What the model is told before all; with a text, another; - for nothing")
    {
      try await $0.system($1)
    },
    SlashCommand(
      "set", "[NAME VALUE]", "temperature, top_p, top_k, max_tokens, seed; default for the model's own"
    ) {
      try await $0.set($1)
    },
    SlashCommand("index", "[NAME|off]", "Look questions up in an index; without, which there are") {
      try await $0.index($1)
    },
    SlashCommand("sources", "[N]", "What went along with the last question; with a number, its text") {
      try await $0.sources($1)
    },
    SlashCommand("save", "[FILE]", "Write the conversation to a file, Markdown or .json (it is kept anyway)")
    {
      try await $0.save($1)
    },
    SlashCommand("load", "[ID]", "Go on with another conversation; without, the last ones") {
      try await $0.load($1)
    },
    SlashCommand("clear", "", "Begin a new conversation; this one is kept") { desk, _ in await desk.clear() },
    SlashCommand("retry", "", "Another answer to the last question; the first one is kept") { _, _ in .retry
    },
    SlashCommand("edit", "[last]", "Write the next question, or the last one again, in $EDITOR") {
      try await $0.edit($1)
    },
    SlashCommand("copy", "", "Copy the last answer") { desk, _ in try await desk.copy() },
    SlashCommand("compare", "NAME", "What another model says to the last question") { _, name in
      guard !name.isEmpty else {
        throw UsageError("Compare with which model?", hint: "/compare NAME; /models lists them.")
      }
      return .compare(name)
    },
    SlashCommand("pipeline", "WISH", "Have the model write a pipeline; it runs when you say so") {
      desk, wish in
      try await desk.pipeline(wish)
    },
    SlashCommand("tokens", "", "How long the conversation is, and how fast the last answer was") { desk, _ in
      try await desk.tokens()
    },
    SlashCommand("bye", "", aliases: ["exit", "quit"], "Leave (also Ctrl-D)") { _, _ in .leave },
  ]
}
