import Contract

/// `luthier doctor`: from the server's answer to the trainer, what works and what cures the rest.
enum DoctorCommand {
  static let command = Command(
    "doctor", "Say what is missing, and the command that cures it",
    notes:
      "Looks whether the server answers, whether you are signed in, and at each host. Ends with 1 when something failed.",
    positionals: [.init("HOST", "One host only, by its host_id or its name", .optional)],
    examples: [
      .init("luthier doctor", "Everything."), .init("luthier doctor local", "The server's own machine."),
    ], action: { try await run($0) })

  static func run(_ call: Invocation) async throws -> ExitCode {
    let client = try call.client()
    if call.printer.isJSON { return try await json(call, client) }
    var report = Report(printer: call.printer)
    do {
      let health = try await client.get(APIPath("api", "health"), as: HealthReply.self).value
      let isWell = health.status == "ok"
      report.add(
        "server", isWell ? .passed : .warning,
        "\(client.server.text) answers, version \(health.version), database \(health.database)",
        isWell ? nil : "Look at the server's log.")
    } catch let failure as CommandFailure {
      report.add("server", .failed, failure.envelope.error, failure.envelope.hint)
      return .failed
    }
    do {
      let me = try await client.get(APIPath("api", "auth", "me"), as: UserReply.self).value
      report.add("sign-in", .passed, "signed in as \(me.username) (\(me.role.rawValue))", nil)
    } catch let failure as CommandFailure {
      report.add("sign-in", .failed, failure.envelope.error, "luthier login --server \(client.server.text)")
      return .failed
    }
    for (id, name) in try await hosts(call, client) {
      do {
        let reply = try await client.get(APIPath("api", "hosts", id, "doctor"), as: DoctorReply.self).value
        for check in reply.checks {
          report.add("\(name): \(check.name)", check.outcome, check.message, check.cure)
        }
      } catch let failure as CommandFailure {
        report.add(name, .failed, failure.envelope.error, failure.envelope.hint)
      }
    }
    return report.hasFailed ? .failed : .done
  }

  private static func hosts(_ call: Invocation, _ client: APIClient) async throws -> [(String, String)] {
    let all = try await HostCommands.all(client).value.hosts
    guard let word = call.arguments.words("HOST").first else { return all.map { ($0.hostID, $0.name) } }
    let id = try await HostCommands.resolve(word, client)
    return [(id, all.first { $0.hostID == id }?.name ?? id)]
  }

  /// The hosts' reports, one to a line.
  private static func json(_ call: Invocation, _ client: APIClient) async throws -> ExitCode {
    var isHealthy = true
    for (id, _) in try await hosts(call, client) {
      let answer = try await client.get(APIPath("api", "hosts", id, "doctor"), as: DoctorReply.self)
      call.printer.json(answer.bytes)
      isHealthy = isHealthy && answer.value.healthy
    }
    return isHealthy ? .done : .failed
  }

  private struct Report {
    let printer: Printer
    private(set) var hasFailed = false

    init(printer: Printer) { self.printer = printer }

    mutating func add(_ name: String, _ outcome: DoctorReply.Outcome, _ message: String, _ cure: String?) {
      let (mark, tone): (String, Tone) =
        switch outcome {
        case .passed: ("ok     ", .good)
        case .warning: ("warning", .busy)
        case .failed: ("FAILED ", .bad)
        }
      if outcome == .failed { hasFailed = true }
      let text = Printable.line("\(name): \(message)")
      printer.lines([printer.paint(mark, tone) + "  " + text])
      if outcome != .passed, let cure { printer.line("         cure: \(cure)") }
    }
  }
}
