import Contract

/// Accounts, for administrators; and everyone's own password.
enum UserCommands {
  static let group = Command(
    group: "user", "Accounts, roles and limits, for administrators",
    examples: [.init("luthier user change bob --storage 50G --tasks 4", "What Bob may have.")],
    [list, add, change, password, remove])

  private static let users = APIPath("api", "users")
  private static let named = Command.Positional("ID", "Its user_id, its name or its address")

  static let ownPassword = Command(
    "password", "Change your password; every sign-in ends but this one",
    notes: "Asks for both passwords; --password-stdin reads them, the present one first, a line each.",
    options: [.flag("password-stdin", "Read both passwords from standard input")],
    examples: [.init("luthier password", "Asks for the present one and for the new one.")]
  ) { call in
    let present = try await Prompt.password(call, "Present password: ")
    let new = try await Prompt.newPassword(call, "New password: ")
    let client = try call.client()
    let answer = try await client.post(
      APIPath("api", "auth", "password"),
      ChangePasswordRequest(currentPassword: present, newPassword: new), as: LoginReply.self)
    let file = try call.credentialsFile()
    var saved = try file.load()
    if saved.servers[client.server.text] != nil {
      saved.servers[client.server.text] = .init(
        token: answer.value.accessToken, username: answer.value.user.username)
      try file.save(saved)
    }
    // The answer holds the new token: it is not shown, not even as JSON.
    if call.printer.isJSON { call.printer.json([UInt8]("{\"message\":\"The password was changed.\"}".utf8)) }
    if !call.printer.isJSON { call.printer.line("The password was changed; every other sign-in has ended.") }
    return .done
  }

  private static let list = Command(
    "list", "List accounts, what each holds and may",
    options: [.value("search", "TEXT", "Only those with this in the name or the address")],
    examples: [.init("luthier user list --search example.org", "Those of one domain.")]
  ) { call in
    var query: [(name: String, value: String)] = []
    if let text = call.arguments.text("search") { query.append(("search", text)) }
    let answer = try await call.client().get(
      APIPath("api", "users", query: query), as: AccountListReply.self)
    return call.answer(answer) { reply in
      var table = Table("USER ID", "NAME", "E-MAIL", "ROLE", "STATE", ">STORAGE", ">TASKS", ">TOKENS A DAY")
      for user in reply.users {
        let may = user.quota
        let all = reply.everyone
        table.add(
          Table.Cell(user.userID), Table.Cell(user.username), Table.Cell(user.email),
          Table.Cell(user.role.rawValue), Table.Cell(user.disabled ? "locked" : "active"),
          Table.Cell(
            of(
              Quantity.size(user.holds.storageBytes),
              (may.storageBytes ?? all.storageBytes).map(Quantity.size))),
          Table.Cell(of("\(user.holds.unfinishedTasks)", (may.tasks ?? all.tasks).map { "\($0)" })),
          Table.Cell((may.tokensPerDay ?? all.tokensPerDay).map { "\($0)" } ?? "-"))
      }
      call.printer.show(table)
      if !reply.registrationOpen {
        call.printer.hint("Only administrators make accounts here: luthier user add NAME --email ADDRESS")
      }
    }
  }

  private static let add = Command(
    "add", "Make an account for somebody",
    options: [
      .value("email", "ADDRESS", "E-mail address"), .flag("admin", "As an administrator"),
      .flag("password-stdin", "Read the password from standard input"),
    ],
    positionals: [.init("NAME", "3 to 20 letters, digits, _, - or .")],
    examples: [.init("luthier user add bob --email bob@example.org", "Asks for the first password.")]
  ) { call in
    let email = try await Prompt.text(call, option: "email", "E-mail address: ")
    let request = CreateUserRequest(
      username: call.arguments.word("NAME"), email: email, password: try await Prompt.newPassword(call),
      role: call.arguments.has("admin") ? .admin : nil)
    let answer = try await call.client().post(users, request, as: AccountReply.self)
    return call.answer(answer) { call.printer.line("Made \($0.username), \($0.role.rawValue).") }
  }

  private static let change = Command(
    "change", "Change an account's role and limits, lock or unlock it",
    notes: """
      A limit is a number, or "everyone" for what holds for everyone. Sizes may end in K, M, G or T.

      A locked account cannot sign in, its tokens end and its API keys are refused; what it holds stays, and its tasks go on.
      """,
    options: [
      .value("role", "ROLE", "admin or user"), .flag("lock", "Let nobody in with it"),
      .flag("unlock", "Let its user in again"),
      .value("storage", "SIZE", "Datasets and tuned models it may have"),
      .value("tasks", "N", "Tasks it may have waiting and running"),
      .value("requests-per-minute", "N", "Requests to models"),
      .value("tokens-per-day", "N", "Tokens through models, in a day of UTC"),
    ],
    positionals: [named],
    examples: [
      .init("luthier user change bob --role admin", "Bob administers too."),
      .init("luthier user change bob --storage 50G --tasks everyone", "One limit set, one taken back."),
      .init("luthier user change bob --lock", "Bob cannot come in."),
    ]
  ) { call in
    let arguments = call.arguments
    guard !(arguments.has("lock") && arguments.has("unlock")) else {
      throw UsageError("--lock and --unlock exclude each other.")
    }
    var role: UserRole?
    if let word = arguments.text("role") {
      role = UserRole(rawValue: word)
      if role == nil { throw UsageError("--role is admin or user, not \"\(word)\".") }
    }
    let client = try call.client()
    let id = try await resolve(arguments.word("ID"), client)
    var quota: QuotaFields?
    if ["storage", "tasks", "requests-per-minute", "tokens-per-day"].contains(where: arguments.has) {
      let now = try await client.get(APIPath("api", "users", id), as: AccountReply.self).value.quota
      quota = QuotaFields(
        storageBytes: try limit(call, "storage", now.storageBytes),
        tasks: try limit(call, "tasks", now.tasks.map(Int64.init)).map { Int($0) },
        requestsPerMinute: try limit(call, "requests-per-minute", now.requestsPerMinute.map(Int64.init))
          .map { Int($0) },
        tokensPerDay: try limit(call, "tokens-per-day", now.tokensPerDay.map(Int64.init)).map { Int($0) })
    }
    let answer = try await client.patch(
      APIPath("api", "users", id),
      ChangeUserRequest(
        role: role, disabled: arguments.has("lock") ? true : arguments.has("unlock") ? false : nil,
        quota: quota),
      as: AccountReply.self)
    return call.answer(answer) {
      call.printer.line("\($0.username): \($0.role.rawValue), \($0.disabled ? "locked" : "active").")
    }
  }

  private static let password = Command(
    "password", "Give an account a new password; its sign-ins end",
    options: [.flag("password-stdin", "Read the password from standard input")], positionals: [named],
    examples: [.init("luthier user password bob", "Asks for the new password.")]
  ) { call in
    let client = try call.client()
    let id = try await resolve(call.arguments.word("ID"), client)
    let request = SetPasswordRequest(password: try await Prompt.newPassword(call))
    let answer = try await client.post(
      APIPath("api", "users", id, "password"), request, as: MessageReply.self)
    return call.answer(answer) { call.printer.line($0.message) }
  }

  private static let remove = Command(
    "remove", "Remove an account with all it holds",
    notes: """
      Its tasks are stopped; its datasets, models, conversations, keys and votes are deleted, and its folder on every host, when
      the host can be reached. This cannot be taken back. Asks first; --yes does not.
      """,
    options: [.flag("yes", "Do not ask")], positionals: [named],
    examples: [.init("luthier user remove bob", "Says what goes with it, and asks.")]
  ) { call in
    let client = try call.client()
    let id = try await resolve(call.arguments.word("ID"), client)
    let user = try await client.get(APIPath("api", "users", id), as: AccountReply.self).value
    if !call.arguments.has("yes") {
      let held = user.holds
      call.printer.line(
        "\(user.username) holds \(Quantity.count(held.datasets, "dataset")), "
          + "\(Quantity.count(held.models, "model")) and \(Quantity.count(held.tasks, "task")) "
          + "(\(held.unfinishedTasks) not ended); \(Quantity.size(held.storageBytes)) would be freed.")
      try await Prompt.confirm(call, by: user.username, "Type \(user.username) to remove the account: ")
    }
    let answer = try await client.delete(APIPath("api", "users", id), as: AccountRemovalReply.self)
    return call.answer(answer) { reply in
      call.printer.line("\(reply.message) \(Quantity.size(reply.freed.storageBytes)) are free.")
    }
  }

  private static func resolve(_ word: String, _ client: APIClient) async throws -> String {
    let all = try await client.get(
      APIPath("api", "users", query: [("limit", "10000")]), as: AccountListReply.self)
    return try NamedThing.resolve(
      word, among: all.value.users.map { NamedThing(id: $0.userID, names: [$0.username, $0.email]) },
      what: "user")
  }

  private static func of(_ held: String, _ most: String?) -> String {
    most.map { "\(held) of \($0)" } ?? held
  }

  /// The limit given, nil for "everyone", the present one where it was not given.
  static func limit(_ call: Invocation, _ option: String, _ present: Int64?) throws(UsageError) -> Int64? {
    guard let text = call.arguments.text(option) else { return present }
    if text == "everyone" { return nil }
    let units: [Character: Int64] = ["K": 1_000, "M": 1_000_000, "G": 1_000_000_000, "T": 1_000_000_000_000]
    let unit = text.uppercased().last.flatMap { option == "storage" ? units[$0] : nil }
    let digits = unit == nil ? text[...] : text.dropLast()
    guard let number = Int64(digits), number >= 0,
      case let (value, false) = number.multipliedReportingOverflow(by: unit ?? 1)
    else { throw UsageError("--\(option) is a whole number or \"everyone\", not \"\(text)\".") }
    return value
  }
}
