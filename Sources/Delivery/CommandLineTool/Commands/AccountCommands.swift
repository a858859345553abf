import Contract

/// Signing in and out.
enum AccountCommands {
  static let register = Command(
    "register", "Make an account and sign in",
    notes: "The first account is the administrator's. What is left out is asked for.",
    options: [
      .value("username", "NAME", "3 to 20 letters, digits, _, - or ."),
      .value("email", "ADDRESS", "Your e-mail address"),
      .flag("password-stdin", "Read the password from standard input"),
      .flag("no-login", "Do not sign in"),
    ],
    examples: [
      .init("luthier register", "Asks for everything."),
      .init(
        "luthier register --username ada --email ada@example.org --password-stdin < password.txt",
        "For scripts."),
    ]
  ) { call in
    let username = try await Prompt.text(call, option: "username", "User name: ")
    let email = try await Prompt.text(call, option: "email", "E-mail address: ")
    let password = try await Prompt.newPassword(call)
    let client = try call.client()
    let answer = try await client.post(
      APIPath("api", "auth", "register"),
      RegisterRequest(username: username, email: email, password: password), as: RegisterReply.self)
    if call.printer.isJSON { call.printer.json(answer.bytes) }
    let isAdministrator = answer.value.role == .admin
    let who = answer.value.username
    if !call.printer.isJSON {
      call.printer.line("Registered \(who)" + (isAdministrator ? ", the administrator." : "."))
    }
    if !call.arguments.has("no-login") {
      let reply = try await signIn(call, client, who, password, remember: false)
      call.printer.hint("Signed in to \(client.server.text) as \(reply.value.user.username).")
    }
    return .done
  }

  static let login = Command(
    "login", "Sign in; the token is kept for the next commands",
    options: [
      .value("username", "NAME", "User name or e-mail address"),
      .flag("password-stdin", "Read the password from standard input"),
      .flag("remember", "Stay signed in for 30 days instead of 24 hours"),
    ],
    examples: [
      .init("luthier login --server http://gpu-box:8000", "Asks for user name and password."),
      .init("luthier login --username ada --password-stdin < password.txt", "For scripts."),
    ]
  ) { call in
    let username = try await Prompt.text(call, option: "username", "User name or e-mail address: ")
    let password = try await Prompt.password(call)
    let client = try call.client()
    let answer = try await signIn(
      call, client, username, password, remember: call.arguments.has("remember"))
    // The token is a secret: even --json shows only who it is for.
    if call.printer.isJSON {
      let me = try await call.client().get(APIPath("api", "auth", "me"), as: UserReply.self)
      return call.answer(me) { _ in }
    }
    call.printer.line(
      "Signed in to \(client.server.text) as \(answer.value.user.username) for "
        + "\(answer.value.expiresIn / 3600) hours.")
    return .done
  }

  static let logout = Command(
    "logout", "Forget the sign-in of this machine",
    options: [.flag("everywhere", "End every token of yours on the server; API keys stay")],
    examples: [
      .init("luthier logout", "Forget the token here."),
      .init("luthier logout --everywhere", "A machine was lost: end all sign-ins."),
    ]
  ) { call in
    let server = try call.server()
    var message = "Signed out of \(server.text)."
    if call.arguments.has("everywhere") {
      let answer = try await call.client().post(
        APIPath("api", "auth", "logout-everywhere"), [String: String](), as: MessageReply.self)
      message = answer.value.message
      if call.printer.isJSON { call.printer.json(answer.bytes) }
    }
    let file = try call.credentialsFile()
    var saved = try file.load()
    let wasSaved = saved.servers.removeValue(forKey: server.text) != nil
    if wasSaved { try file.save(saved) }
    if !call.printer.isJSON {
      call.printer.line(
        wasSaved || call.arguments.has("everywhere") ? message : "You were not signed in to \(server.text).")
    }
    return .done
  }

  static let whoami = Command(
    "whoami", "Show who is signed in", examples: [.init("luthier whoami", "Name, address and role.")]
  ) { call in
    let client = try call.client()
    let answer = try await client.get(APIPath("api", "auth", "me"), as: UserReply.self)
    return call.answer(answer) { user in
      var sheet = Sheet()
      sheet.add("User", user.username)
      sheet.add("E-mail", user.email)
      sheet.add("Role", user.role.rawValue)
      sheet.add("User ID", user.userID)
      sheet.add("Since", Quantity.localTime(user.createdAt))
      sheet.add("Server", client.server.text)
      call.printer.show(sheet)
    }
  }

  private static func signIn(
    _ call: Invocation, _ client: APIClient, _ username: String, _ password: String, remember: Bool
  ) async throws -> APIClient.Answer<LoginReply> {
    // An old token is of no use here, and must not be what is refused.
    let anonymous = APIClient(http: client.http, server: client.server, credential: nil)
    let answer: APIClient.Answer<LoginReply>
    do {
      answer = try await anonymous.post(
        APIPath("api", "auth", "login"),
        LoginRequest(usernameOrEmail: username, password: password, rememberMe: remember))
    } catch let failure as CommandFailure where failure.exitCode == .refused {
      throw CommandFailure(
        .refused, failure.envelope.error, code: failure.envelope.code,
        hint: "Check the user name and the password; luthier register makes an account.")
    }
    let file = try call.credentialsFile()
    var saved = try file.load()
    saved.servers[client.server.text] = .init(
      token: answer.value.accessToken, username: answer.value.user.username)
    saved.current = client.server.text
    try file.save(saved)
    return answer
  }
}
