extension Command {
  /// A command with the words that lead to it, the program's own name left out.
  struct Place: Sendable {
    let path: [Command]

    var command: Command { path[path.count - 1] }
    /// `task submit`; empty for the program itself.
    var words: String { path.dropFirst().map(\.name).joined(separator: " ") }
    /// Its own, and those of every command.
    var options: [Option] { path.count == 1 ? path[0].options : command.options + path[0].options }
  }

  /// This command and all below it, each group before its commands.
  var places: [Place] { Self.places([self]) }

  private static func places(_ path: [Command]) -> [Place] {
    [Place(path: path)] + path[path.count - 1].subcommands.flatMap { places(path + [$0]) }
  }
}
