/// Every command there is.
enum CommandTree {
  static let root: Command = Command(
    group: "luthier", "Fine-tune language models and talk to them",
    notes: notes, options: everywhere,
    examples: [
      .init("luthier register --username ada --email ada@example.org", "Make an account and sign in."),
      .init("luthier dataset upload examples/identity.json", "Upload training data."),
      .init(
        "luthier task submit --name first --model /models/tiny --dataset identity.json --watch",
        "Train on it and watch."),
      .init("luthier chat --model first \"Who are you?\"", "Ask the model that came out."),
    ],
    [
      ServeCommand.command, AccountCommands.register, AccountCommands.login, AccountCommands.logout,
      AccountCommands.whoami, UserCommands.ownPassword, UserCommands.group, KeyCommands.group,
      DatasetCommands.group, TaskCommands.group, PipelineCommands.group, IndexCommands.group,
      ModelCommands.group, ServiceCommands.group, HostCommands.group, DoctorCommand.command,
      ChatCommand.command, ChatCommand.finetuneGroup, UsageCommand.command, EventsCommand.command,
      OpenAPICommand.command, DatabaseCommands.group, StorageCommands.group,
      ReferenceCommands.completions, ReferenceCommands.manual,
    ])

  private static let everywhere: [Command.Option] = [
    .value("server", "URL", "The server (else LUTHIER_SERVER, the last sign-in, http://127.0.0.1:8000)"),
    .flag("json", "Print the server's own JSON, for programs"),
    .flag("no-color", "No colours (also with NO_COLOR set)"),
  ]

  private static let notes = """
    Results go to standard output, everything else to standard error.

    Environment:
      LUTHIER_SERVER     the server's address
      LUTHIER_TOKEN      a token to use instead of the saved sign-in
      LUTHIER_API_KEY    an API key to use instead of the saved sign-in
      LUTHIER_MODEL      the model luthier chat talks to
      LUTHIER_BACKEND    the backend of luthier chat; its help names the variable of each option
      XDG_STATE_HOME     what was typed into chats is kept in its luthier/chat_history (else ~/.local/state)
      XDG_CONFIG_HOME    sign-ins are kept in its luthier/credentials.json (else ~/.config)

    Exit codes:
    """ + "\n"
    + ExitCode.meanings.map { entry in
      let code = "\(entry.code.rawValue)"
      return "  " + String(repeating: " ", count: 3 - code.count) + "\(code)  \(entry.meaning)"
    }.joined(separator: "\n")
}
