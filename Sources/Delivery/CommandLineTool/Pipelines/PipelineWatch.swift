import Contract
import HTTPFetching
import HTTPWire

/// `luthier pipeline watch`: follows a run to its end, through every absence of the server.
struct PipelineWatch {
  static let command = Command(
    "watch", "Follow a run to its end",
    notes: """
      Draws one live line on a terminal and writes plain lines elsewhere. Ctrl-C ends the following, not the pipeline.

      Ends with 0 when it completed, 9 when it failed, 10 when it was cancelled.
      """,
    positionals: [PipelineCommands.named],
    examples: [.init("luthier pipeline watch support-bot", "The newest run of this name.")]
  ) { call in
    let client = try call.client()
    let id = try await PipelineCommands.resolve(call, client)
    return try await PipelineWatch(call: call, client: client, pipelineID: id).run()
  }

  let call: Invocation
  let client: APIClient
  let pipelineID: String

  func run() async throws -> ExitCode {
    let display = PipelineDisplay(call.printer, LiveLine(call.console.output))
    do {
      let run = try await followToEnd(display)
      display.end()
      return await finish(run)
    } catch is CancellationError {
      display.end()
      call.printer.note("The pipeline runs on. Come back with: luthier pipeline watch \(pipelineID)")
      return .interrupted
    } catch {
      display.end()
      throw error
    }
  }

  private func followToEnd(_ display: PipelineDisplay) async throws -> PipelineReply {
    let reconnection = Reconnection(call, note: display.note)
    return try await reconnection.run {
      try await follow { answer in
        reconnection.isConnected()
        display.show(answer)
      }
    }
  }

  /// One connection: the run as it is, and again after each of its events.
  ///
  /// Returns the ended run, nil when the stream ended first.
  private func follow(_ show: (APIClient.Answer<PipelineReply>) -> Void) async throws -> PipelineReply? {
    var ended: PipelineReply?
    var isFirst = true
    _ = try await client.follow(APIPath("api", "events")) { events in
      // A heartbeat is an occasion to look as well: no change can stay unseen for long.
      let concerns = events.isEmpty || events.contains { concernsRun($0.event, $0.data) }
      guard isFirst || concerns else { return true }
      isFirst = false
      let answer = try await client.get(APIPath("api", "pipelines", pipelineID), as: PipelineReply.self)
      show(answer)
      guard answer.value.status != .running else { return true }
      ended = answer.value
      return false
    }
    return ended
  }

  private func concernsRun(_ kind: String?, _ data: String) -> Bool {
    guard let event = try? client.decode(Array(data.utf8), as: EventReply.self) else {
      return kind == "reset"
    }
    if event.subject == pipelineID, event.kind == "pipeline.notice",
      case .string(let said)? = event.fields["message"]
    {
      call.printer.note(said)
    }
    return event.subject == pipelineID
  }

  private func finish(_ run: PipelineReply) async -> ExitCode {
    let printer = call.printer
    if let failure = PipelineText.current(run)?.failure, !printer.isJSON {
      printer.note(failure.message)
      if let hint = failure.hint { printer.hint(hint) }
    }
    switch run.status {
    case .failed, .cancelled:
      printer.hint("Go on at this step: luthier pipeline resume \(pipelineID)")
      return run.status == .failed ? .taskFailed : .taskCancelled
    case .completed, .running:
      if let model = run.steps.last(where: { $0.outputs["model"] != nil })?.outputs["model"] {
        await TalkHint.give(for: model.name, client, printer)
      }
      return .done
    }
  }
}

/// What a follower sees: a live line on a terminal, and a line for each step that began or ended.
final class PipelineDisplay {
  private let printer: Printer
  private let live: LiveLine
  private var told: [String: String] = [:]

  init(_ printer: Printer, _ live: LiveLine) {
    self.printer = printer
    self.live = live
  }

  func show(_ answer: APIClient.Answer<PipelineReply>) {
    if printer.isJSON { return printer.json(answer.bytes) }
    for step in answer.value.steps where step.status != .pending {
      let now = "\(step.status.rawValue) \(step.attempt)"
      guard told[step.id] != now else { continue }
      told[step.id] = now
      live.clear()
      let made =
        step.outputs["model"].map { ": \($0.name)" } ?? step.outputs["score"].map { ": score \($0.name)" }
      printer.line("\(step.id): \(step.status.rawValue)\(made ?? "")", PipelineText.tone(step.status))
    }
    guard let step = answer.value.steps.first(where: { $0.status == .running }), let progress = step.progress
    else { return live.clear() }
    let bar = progress.percentage.map { progressBar($0 / 100, width: 24) + " " } ?? ""
    live.show("\(step.id)  \(bar)\(PipelineText.figures(progress))")
  }

  /// A word to the person, between two states of the live line.
  func note(_ text: String) {
    live.clear()
    printer.note(text)
  }

  func end() { live.clear() }
}
