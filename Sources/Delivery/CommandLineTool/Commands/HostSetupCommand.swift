import Contract
import HTTPWire

/// `luthier host setup`: installs the trainer on a host and shows how it goes.
enum HostSetupCommand {
  static let command = Command(
    "setup", "Install the trainer on a host",
    notes: """
      LLaMA-Factory with the versions Luthier was tried with, in a virtual environment of its own: WORK_DIR/.trainer. It runs on the host: when this command, the server or the network ends, it goes on, and the same command shows it again. A finished installation is left as it is.

      Ends with 0 when the trainer is installed, 1 when that failed.
      """,
    options: [
      .flag("detach", "Do not wait for its end"), .flag("stop", "Stop the installation that runs"),
      .flag("status", "Show how it stands"),
    ], positionals: [.init("ID", "Its host_id or its name")],
    examples: [
      .init("luthier host setup gpu1", "Start it, or come back to it."),
      .init("luthier host setup gpu1 --status", "How it stands."),
    ]
  ) { call in
    let client = try call.client()
    let id = try await HostCommands.resolve(call.arguments.word("ID"), client)
    let path = APIPath("api", "hosts", id, "setup")
    if call.arguments.has("stop") {
      return call.answer(try await client.delete(path, as: HostSetupReply.self)) {
        describe($0, call.printer)
      }
    }
    if call.arguments.has("status") {
      return call.answer(try await client.get(path, as: HostSetupReply.self)) { describe($0, call.printer) }
    }
    let started = try await client.post(path, [String: String](), as: HostSetupReply.self)
    if call.arguments.has("detach") { return call.answer(started) { describe($0, call.printer) } }
    do {
      return try await follow(call, client, id)
    } catch is CancellationError {
      call.printer.note("The installation goes on. Come back with: luthier host setup \(id)")
      return .interrupted
    }
  }

  /// The log's events are numbered by byte: after a cut it goes on where it was.
  private static func follow(_ call: Invocation, _ client: APIClient, _ id: String) async throws -> ExitCode {
    var offset: Int64 = 0
    var lines = LogLines(isTerminal: call.console.output.isTerminal)
    let live = LiveLine(call.console.output)
    let reconnection = Reconnection(call) { text in
      live.clear()
      call.printer.note(text)
    }
    let (reply, bytes) = try await reconnection.run {
      let path = APIPath("api", "hosts", id, "setup", "stream", query: [("from", "\(offset)")])
      var ended: (HostSetupReply, [UInt8])?
      _ = try await client.follow(path) { events in
        reconnection.isConnected()
        for event in events {
          let bytes = Array(event.data.utf8)
          switch event.event {
          case "log":
            let piece = try client.decode(bytes, as: HostSetupLogReply.self)
            guard piece.nextOffset > offset else { continue }
            offset = piece.nextOffset
            live.clear()
            if !call.printer.isJSON { call.console.output.write(lines.take(piece.logs)) }
          case "progress":
            let progress = try client.decode(bytes, as: HostSetupReply.self)
            if !call.printer.isJSON, let text = words(of: progress) { live.show(text) }
          case "end":
            ended = (try client.decode(bytes, as: HostSetupReply.self), bytes)
            return false
          default: continue
          }
        }
        return true
      }
      return ended
    }
    live.clear()
    if call.printer.isJSON {
      call.printer.json(bytes)
    } else {
      call.console.output.write(lines.finish())
      if let problem = reply.problem {
        throw CommandFailure(.failed, problem, code: reply.code ?? "host_failed", hint: reply.hint)
      }
      describe(reply, call.printer)
    }
    return reply.state == .completed ? .done : .failed
  }

  private static func words(of reply: HostSetupReply) -> String? {
    guard let step = reply.step, let steps = reply.steps, let phase = reply.phase else { return nil }
    guard let done = reply.done else { return "\(step)/\(steps) \(phase)" }
    return "\(step)/\(steps) \(phase): \(done)\(reply.total.map { " of \($0)" } ?? "") packages"
  }

  private static func describe(_ reply: HostSetupReply, _ printer: Printer) {
    switch reply.state {
    case .never: printer.line("Nothing was installed on this host yet.")
    case .running: printer.line("Running: " + (words(of: reply) ?? "it begins"))
    case .completed: printer.line("The trainer is installed.", .good)
    case .stopped: printer.line("It was stopped.")
    case .failed, .lost:
      printer.line(reply.problem ?? "It failed.", .bad)
      if let hint = reply.hint { printer.hint(hint) }
    }
  }
}
