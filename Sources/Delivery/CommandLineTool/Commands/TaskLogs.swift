import Contract
import HTTPWire

/// `luthier task logs`.
enum TaskLogs {
  static let command = Command(
    "logs", "Show a task's log",
    options: [
      .flag("follow", short: "f", "Go on as it grows, until the task has ended"),
      .flag("all", "From its first byte instead of the last 256 KiB"),
      .value("attempt", "N", "The log of an earlier attempt"),
    ], positionals: [TaskCommands.named],
    examples: [
      .init("luthier task logs first --follow", "As it trains."),
      .init("luthier task logs first --all > first.log", "The whole log."),
    ]
  ) { call in
    let attempt = try call.arguments.integer("attempt", in: 1...100_000)
    let client = try call.client()
    if call.arguments.has("follow") {
      guard attempt == nil else {
        throw UsageError("--follow shows the newest attempt only.", hint: "Leave out --attempt.")
      }
      let id = try await TaskCommands.resolve(call, client)
      return try await follow(call, client, id)
    }
    let id = try await TaskCommands.resolve(call, client)
    return try await show(call, client, id, attempt)
  }

  private static func show(
    _ call: Invocation, _ client: APIClient, _ id: String, _ attempt: Int?
  ) async throws -> ExitCode {
    var query = attempt.map { [(name: "attempt", value: "\($0)")] } ?? []
    var from: Int64? = call.arguments.has("all") ? 0 : nil
    let log = LogOutput(call)
    defer { log.finish() }
    while true {
      let range = from.map { [(name: "from", value: "\($0)")] } ?? []
      let answer = try await client.get(
        APIPath("api", "tasks", id, "logs", query: query + range), as: TaskLogsReply.self)
      let reply = answer.value
      log.write(reply, answer.bytes)
      let isWhole = reply.nextOffset >= reply.size || reply.nextOffset <= reply.offset
      if from == nil, reply.offset > 0 {
        call.printer.hint("Only the end was shown; --all shows the whole log.")
      }
      // Pieces of one log belong to one attempt, even if another begins meanwhile.
      if attempt == nil { query = [("attempt", "\(reply.attempt)")] }
      if isWhole { return .done }
      from = reply.nextOffset
    }
  }

  /// The stream's events are numbered by byte: after a cut it goes on where it was.
  private static func follow(_ call: Invocation, _ client: APIClient, _ id: String) async throws -> ExitCode {
    var offset: Int64 = 0
    let log = LogOutput(call)
    defer { log.finish() }
    if !call.arguments.has("all") {
      let tail = try await client.get(APIPath("api", "tasks", id, "logs"), as: TaskLogsReply.self)
      log.write(tail.value, tail.bytes)
      offset = tail.value.nextOffset
    }
    let reconnection = Reconnection(call, note: call.printer.note)
    return try await reconnection.run {
      let path = APIPath("api", "tasks", id, "logs", "stream", query: [("from", "\(offset)")])
      let hasEnded = try await client.follow(path) { events in
        reconnection.isConnected()
        for event in events {
          if event.event == "end" { return false }
          guard event.event == "log" else { continue }
          let bytes = Array(event.data.utf8)
          let reply = try client.decode(bytes, as: TaskLogsReply.self)
          // A piece that was shown before the cut is not shown again.
          guard reply.nextOffset > offset else { continue }
          log.write(reply, bytes)
          offset = reply.nextOffset
        }
        return true
      }
      return hasEnded ? .done : nil
    }
  }
}

/// Where the pieces of one log go.
private final class LogOutput {
  private let printer: Printer
  private var lines: LogLines

  init(_ call: Invocation) {
    printer = call.printer
    lines = LogLines(isTerminal: call.printer.console.output.isTerminal)
  }

  func write(_ reply: TaskLogsReply, _ bytes: [UInt8]) {
    if printer.isJSON { printer.json(bytes) } else { printer.console.output.write(lines.take(reply.logs)) }
  }

  func finish() { if !printer.isJSON { printer.console.output.write(lines.finish()) } }
}
