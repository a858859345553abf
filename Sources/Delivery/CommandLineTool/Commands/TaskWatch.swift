import Contract
import HTTPFetching
import HTTPWire

/// `luthier task watch`: follows a task to its end, through every absence of the server.
struct TaskWatch {
  static let command = Command(
    "watch", "Watch a task to its end",
    notes: """
      Draws one live line on a terminal and writes plain lines elsewhere. When the server goes away it waits and goes on; Ctrl-C ends the watching, not the task.

      Ends with 0 when the task completed, 9 when it failed, 10 when it was cancelled.
      """,
    positionals: [TaskCommands.named],
    examples: [
      .init("luthier task watch first", "By its name."),
      .init("luthier task watch first && luthier chat --model first", "Chat when it has completed."),
    ]
  ) { call in
    let client = try call.client()
    let id = try await TaskCommands.resolve(call, client)
    return try await TaskWatch(call: call, client: client, taskID: id).run()
  }

  let call: Invocation
  let client: APIClient
  let taskID: String

  func run() async throws -> ExitCode {
    let display = WatchDisplay(call.printer, LiveLine(call.console.output))
    do {
      let answer = try await followToEnd(display)
      display.end()
      return await finish(answer.value)
    } catch is CancellationError {
      display.end()
      call.printer.note("The task runs on. Come back with: luthier task watch \(taskID)")
      return .interrupted
    } catch {
      display.end()
      throw error
    }
  }

  private func followToEnd(_ display: WatchDisplay) async throws -> APIClient.Answer<TaskReply> {
    let reconnection = Reconnection(call, note: display.note)
    return try await reconnection.run {
      try await follow { answer in
        reconnection.isConnected()
        display.show(answer)
      }
    }
  }

  /// One connection: the task as it is, and again after each of its events.
  ///
  /// The events only say when to look; the stream is open before the first look, so nothing falls between.
  /// Returns the ended task, nil when the stream ended first.
  private func follow(
    _ show: (APIClient.Answer<TaskReply>) -> Void
  ) async throws -> APIClient.Answer<TaskReply>? {
    var ended: APIClient.Answer<TaskReply>?
    var isFirst = true
    _ = try await client.follow(APIPath("api", "events")) { events in
      // A heartbeat is an occasion to look as well: no change can stay unseen for long.
      let concerns = events.isEmpty || events.contains { concernsTask($0.event, $0.data) }
      guard isFirst || concerns else { return true }
      isFirst = false
      let answer = try await client.get(APIPath("api", "tasks", taskID), as: TaskReply.self)
      show(answer)
      guard [.completed, .failed, .cancelled].contains(answer.value.status) else { return true }
      ended = answer
      return false
    }
    return ended
  }

  private func concernsTask(_ kind: String?, _ data: String) -> Bool {
    guard let event = try? client.decode(Array(data.utf8), as: EventReply.self) else {
      return kind == "reset"
    }
    return event.subject == taskID
  }

  private func finish(_ task: TaskReply) async -> ExitCode {
    let printer = call.printer
    if let reason = task.reason, !printer.isJSON {
      printer.note(reason.message)
      if let detail = reason.detail {
        for line in detail.split(separator: "\n") { printer.note("  \(line)") }
      }
      if !reason.hint.isEmpty { printer.hint(reason.hint) }
    }
    switch task.status {
    case .failed:
      printer.hint("The log: luthier task logs \(taskID)")
      return .taskFailed
    case .cancelled:
      printer.hint("Go on from its checkpoint: luthier task retry \(taskID) --resume")
      return .taskCancelled
    default:
      if let model = task.modelID {
        await TalkHint.give(for: model, client, printer)
      }
      return .done
    }
  }
}

/// What a watcher sees: a live line on a terminal, else a line whenever something has changed that matters.
final class WatchDisplay {
  private let printer: Printer
  private let live: LiveLine
  private var last: (status: String, attempt: Int, part: Int)?

  init(_ printer: Printer, _ live: LiveLine) {
    self.printer = printer
    self.live = live
  }

  func show(_ answer: APIClient.Answer<TaskReply>) {
    if printer.isJSON { return printer.json(answer.bytes) }
    let task = answer.value
    let status = TaskText.status(task)
    // In a pipe, progress is worth a line every 5 percent.
    let percentage = task.status == .staging ? task.sending?.percentage : task.progress?.percentage
    let part = percentage.map { $0.isFinite ? Int($0 / 5) : 0 } ?? 0
    let isNews = last.map { $0 != (status, task.attempt, part) } ?? true
    let isNewStatus = last.map { $0.status != status || $0.attempt != task.attempt } ?? true
    last = (status, task.attempt, part)
    if printer.console.output.isTerminal {
      if isNewStatus {
        live.clear()
        printer.line("\(task.name): \(status)", TaskCommands.tone(task.status))
      }
      if let progress = task.progress, task.status == .running {
        live.show(bar(progress.percentage, TaskText.figures(progress)))
      } else if let sending = task.sending, task.status == .staging {
        live.show(bar(sending.percentage, TaskText.figures(sending)))
      }
    } else if isNews {
      let words =
        task.status == .staging ? task.sending.map(TaskText.figures) : task.progress.map(TaskText.figures)
      let figures = words.map { "  " + Quantity.percentage(percentage ?? 0) + "  " + $0 }
      printer.line("\(task.name): \(status)" + (figures ?? ""))
    }
  }

  /// A word to the person, between two states of the live line.
  func note(_ text: String) {
    live.clear()
    printer.note(text)
  }

  func end() { live.clear() }

  private func bar(_ percentage: Double, _ figures: String) -> String {
    progressBar(percentage / 100, width: 24) + " " + Quantity.percentage(percentage) + "  " + figures
  }
}
