import Contract
import FoundationEssentials

/// Adding, changing, trying and removing hosts, for administrators.
enum HostAdministrationCommands {
  static let all = [add, edit, test, trust, remove]

  private static let named = Command.Positional("ID", "Its host_id or its name")

  private static let reaching: [Command.Option] =
    [
      .value("address", "HOST", "Name, address, or a Host of the server's ~/.ssh/config"),
      .value("port", "N", "As ~/.ssh/config of the server's user says where left out"),
      .value("user", "NAME", "As ~/.ssh/config of the server's user says where left out"),
      .value("key", "FILE", "A private key on this machine; it is sent to the server and kept sealed there"),
      .value("server-key", "PATH", "A private key's file on the server"),
      .flag("password-stdin", "Read the password from standard input; with a key, its passphrase"),
      .value("jump", "HOSTS", "[user@]host[:port] on the way, several with commas between"),
      .value("data-dir", "PATH", "On the host: where data and models lie (~/.luthier/users)"),
      .value("work-dir", "PATH", "On the host: where LLaMA-Factory is looked for and installed (~/.luthier)"),
      .value("venv", "PATH", "On the host: a virtual environment with LLaMA-Factory"),
      .value("conda", "NAME", "On the host: a conda environment with LLaMA-Factory"),
      .value("llamafactory", "PATH", "On the host: llamafactory-cli itself"),
      .value("slots", "N", "Tasks at once, on each GPU where there are any (1)"),
    ] + SlurmOptions.ofHost

  private static let add = Command(
    "add", "Add a host over SSH, or a Slurm cluster",
    notes: """
      Tries it first and shows the fingerprint of its key. Compare that with the host's own (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub there): what you accept is the only key that is trusted from then on.

      A cluster (--kind slurm) is reached by its login node; the address localhost is the server's own machine, without SSH. The data folder must lie on a file system that its nodes share. What is set of --partition and its kin holds for tasks that say nothing else.

      Without --key, --server-key and --password-stdin, the ssh of the server's user finds the way: an agent, a certificate, the usual keys.
      """,
    options: [.value("kind", "KIND", "ssh or slurm (ssh)")] + reaching + [
      .flag("yes", short: "y", "Accept the key that is shown without asking")
    ],
    positionals: [.init("NAME", "What people call it; the address where left out", .optional)],
    examples: [
      .init(
        "luthier host add gpu1 --address gpu1.example.org --user train --key ~/.ssh/id_ed25519", "By a key."),
      .init(
        "luthier host add gpu1 --password-stdin < password.txt", "By a password; the name is the address."),
      .init(
        "luthier host add cluster --kind slurm --address login1 --data-dir /shared/luthier --partition gpu",
        "A Slurm cluster."),
    ]
  ) { call in
    let name = call.arguments.words("NAME").first
    guard let address = call.arguments.text("address") ?? name else {
      throw UsageError("--address is needed.", hint: "luthier host add gpu1 --address gpu1.example.org")
    }
    var kind: HostKind?
    if let word = call.arguments.text("kind") {
      guard let known = HostKind(rawValue: word), known != .local else {
        throw UsageError("--kind is ssh or slurm, not \"\(word)\".")
      }
      kind = known
    }
    let login = try await login(call)
    let slurm = try SlurmOptions.settings(call.arguments, ofHost: true)
    func request(_ fingerprint: String?) throws -> HostRequest {
      HostRequest(
        kind: kind, name: name, address: address, port: try call.arguments.integer("port", in: 1...65_535),
        user: call.arguments.text("user"), keyPath: login.keyPath, privateKey: login.key,
        passphrase: login.passphrase, password: login.password, jumpHost: call.arguments.text("jump"),
        userDataDir: call.arguments.text("data-dir"), workDir: call.arguments.text("work-dir"),
        venv: call.arguments.text("venv"), condaEnv: call.arguments.text("conda"),
        llamafactoryPath: call.arguments.text("llamafactory"),
        slots: try call.arguments.integer("slots", in: 1...64), slurm: slurm, fingerprint: fingerprint)
    }
    let client = try call.client()
    let trial = try await client.post(
      APIPath("api", "hosts", "test"), try request(nil), as: HostTrialReply.self
    ).value
    if !call.printer.isJSON { describe(trial, call.printer) }
    if let problem = trial.problem {
      throw CommandFailure(.failed, problem, code: "host_unreachable", hint: trial.hint)
    }
    if !trial.fingerprints.isEmpty {
      try await confirm(call, "Is this the host's own key, and is it to be added?")
    }
    let answer = try await client.post(
      HostCommands.path, try request(trial.fingerprints.first), as: HostReply.self)
    return call.answer(answer) { host in
      call.printer.line("Added \(host.name) (\(host.hostID)).")
      if trial.trainer == nil {
        call.printer.hint("LLaMA-Factory was not found there. Install it: luthier host setup \(host.name)")
      }
    }
  }

  private static let edit = Command(
    "edit", "Change how a host is reached, its name or its slots",
    notes: "What is left out stays; an empty value takes it back. Tasks on the host go on.",
    options: [.value("name", "NAME", "What people call it")] + reaching, positionals: [named],
    examples: [
      .init("luthier host edit gpu1 --slots 2", "Two tasks at once."),
      .init("luthier host edit gpu1 --key ~/.ssh/new_key", "Another key."),
    ]
  ) { call in
    let login = try await login(call)
    let port = call.arguments.text("port") == "" ? 0 : try call.arguments.integer("port", in: 1...65_535)
    let slots = try call.arguments.integer("slots", in: 1...64)
    let client = try call.client()
    let id = try await HostCommands.resolve(call.arguments.word("ID"), client)
    let slurm = try await SlurmOptions.change(call.arguments) {
      try await client.get(APIPath("api", "hosts", id), as: HostReply.self).value.slurm
    }
    let request = ChangeHostRequest(
      name: call.arguments.text("name"), address: call.arguments.text("address"), port: port,
      user: call.arguments.text("user"), keyPath: login.keyPath, privateKey: login.key,
      passphrase: login.passphrase, password: login.password, jumpHost: call.arguments.text("jump"),
      userDataDir: call.arguments.text("data-dir"), workDir: call.arguments.text("work-dir"),
      venv: call.arguments.text("venv"), condaEnv: call.arguments.text("conda"),
      llamafactoryPath: call.arguments.text("llamafactory"), slots: slots, slurm: slurm)
    let answer = try await client.patch(APIPath("api", "hosts", id), request, as: HostReply.self)
    return call.answer(answer) { call.printer.line("Changed \($0.name).") }
  }

  private static let test = Command(
    "test", "Try a new connection to a host", positionals: [named],
    examples: [.init("luthier host test gpu1", "Its key, its Python, its LLaMA-Factory.")]
  ) { call in
    let client = try call.client()
    let id = try await HostCommands.resolve(call.arguments.word("ID"), client)
    let answer = try await client.post(
      APIPath("api", "hosts", id, "test"), [String: String](), as: HostTrialReply.self)
    _ = call.answer(answer) { describe($0, call.printer) }
    guard let problem = answer.value.problem else { return .done }
    if call.printer.isJSON { return .failed }
    throw CommandFailure(.failed, problem, code: "host_unreachable", hint: answer.value.hint)
  }

  private static let trust = Command(
    "trust", "Accept a host's new key",
    notes:
      "For a host that was installed anew. Compare the fingerprint with the host's own before: if they differ, somebody may be between the server and it.",
    options: [.flag("yes", short: "y", "Accept the key that the host shows now without asking")],
    positionals: [
      named, .init("FINGERPRINT", "SHA256:…; the one that the host shows where left out", .optional),
    ],
    examples: [.init("luthier host trust gpu1 SHA256:…", "Exactly this key.")]
  ) { call in
    let client = try call.client()
    let id = try await HostCommands.resolve(call.arguments.word("ID"), client)
    let fingerprint: String
    if let given = call.arguments.words("FINGERPRINT").first {
      fingerprint = given
    } else {
      let host = try await client.get(APIPath("api", "hosts", id), as: HostReply.self).value
      guard let offered = host.offeredFingerprint else {
        throw CommandFailure(
          .conflict, "The host shows no other key than the recorded one.", code: "conflict",
          hint: "See luthier host show \(host.name)")
      }
      for recorded in host.fingerprints { call.printer.note("recorded: \(recorded)") }
      call.printer.note("shown now: \(offered)")
      try await confirm(call, "Is the one shown now the host's own?")
      fingerprint = offered
    }
    let answer = try await client.post(
      APIPath("api", "hosts", id, "trust"), TrustHostRequest(fingerprint: fingerprint), as: HostReply.self)
    return call.answer(answer) { call.printer.line("\($0.name) is trusted by \(fingerprint).") }
  }

  private static let remove = Command(
    "remove", "Remove a host on which nothing runs", notes: "What lies on the host stays there.",
    positionals: [named], examples: [.init("luthier host remove gpu1", "By its name.")]
  ) { call in
    let client = try call.client()
    let id = try await HostCommands.resolve(call.arguments.word("ID"), client)
    let answer = try await client.delete(APIPath("api", "hosts", id), as: MessageReply.self)
    return call.answer(answer) { call.printer.line($0.message) }
  }

  private struct Login {
    var keyPath: String?
    var key: String?
    var passphrase: String?
    var password: String?
  }

  private static func login(_ call: Invocation) async throws -> Login {
    var login = Login(keyPath: call.arguments.text("server-key"))
    if let file = call.arguments.text("key") {
      guard login.keyPath == nil else { throw UsageError("Give --key or --server-key, not both.") }
      guard let text = try? String(contentsOf: URL(filePath: file), encoding: .utf8) else {
        throw CommandFailure(.usage, "The key cannot be read: \(file)", code: "usage")
      }
      login.key = text
    }
    if call.arguments.has("password-stdin") {
      let secret = try await Prompt.password(call)
      if login.key ?? login.keyPath != nil { login.passphrase = secret } else { login.password = secret }
    }
    return login
  }

  private static func describe(_ trial: HostTrialReply, _ printer: Printer) {
    var sheet = Sheet()
    sheet.add("State", trial.connected ? "connected" : "not connected", trial.connected ? .good : .bad)
    for fingerprint in trial.fingerprints { sheet.add("Host key", fingerprint) }
    sheet.add("Name there", trial.hostname)
    sheet.add("System", trial.system)
    sheet.add("Python", trial.python)
    if trial.connected { sheet.add("Trainer", trial.trainer ?? trial.trainerProblem ?? "none") }
    sheet.add("Slurm", trial.slurm)
    printer.show(sheet)
    if let problem = trial.slurmProblem {
      printer.note([problem, trial.slurmHint].compactMap(\.self).joined(separator: " "))
    }
  }

  private static func confirm(_ call: Invocation, _ question: String) async throws {
    if call.arguments.has("yes") { return }
    guard call.console.input.isTerminal else {
      throw UsageError("Nobody can be asked here.", hint: "Give --yes to accept the key that is shown.")
    }
    call.console.errors.write("\(question) [y/N] ")
    let answer = await call.console.interrupts.leaving { call.console.input.readLine() }
    guard ["y", "yes"].contains(answer?.lowercased() ?? "") else {
      throw CommandFailure(.failed, "Nothing was changed.")
    }
  }
}
