/// What is made from the declaration of the commands, for shells and for `man`.
enum ReferenceCommands {
  static let completions: Command = Command(
    "completions", "Print what a shell needs to complete luthier's command lines",
    positionals: [
      .init(
        "SHELL", "\(ShellCompletion.allCases.map(\.rawValue).joined(separator: ", "))",
        among: ShellCompletion.allCases.map(\.rawValue))
    ],
    examples: [
      .init("eval \"$(luthier completions bash)\"", "In ~/.bashrc."),
      .init("eval \"$(luthier completions zsh)\"", "In ~/.zshrc, behind compinit."),
      .init("luthier completions fish | source", "In ~/.config/fish/config.fish."),
    ]
  ) { call in
    let word = call.arguments.word("SHELL")
    guard let shell = ShellCompletion(rawValue: word) else {
      throw UsageError(
        "There are completions for \(ShellCompletion.allCases.map(\.rawValue).joined(separator: ", ")), not for \"\(word)\"."
      )
    }
    call.console.output.write(shell.script(CommandTree.root))
    return .done
  }

  static let manual: Command = Command(
    "manual", "Print the manual page, for man",
    examples: [
      .init("luthier manual | man -l -", "Read it."),
      .init("luthier manual > ~/.local/share/man/man1/luthier.1", "Have man luthier find it."),
    ]
  ) { call in
    call.console.output.write(ManualPage(root: CommandTree.root).text)
    return .done
  }
}
