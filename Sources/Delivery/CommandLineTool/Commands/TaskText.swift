import Contract

/// Tasks in words.
enum TaskText {
  /// The state, with what a person would ask next.
  static func status(_ task: TaskReply) -> String {
    var text = task.status.rawValue
    if task.status == .queued, let position = task.queuePosition, position > 0 {
      text += ", \(position) before it"
    }
    if task.cancelRequested, ![.completed, .failed, .cancelled].contains(task.status) {
      text += ", stopping"
    }
    if task.unreachableSince != nil { text += ", host unreachable" }
    return text
  }

  /// Step, loss, learning rate and time left, as far as they are known.
  static func figures(_ progress: ProgressReply) -> String {
    var parts = ["\(progress.step)/\(progress.totalSteps)"]
    if let loss = progress.loss { parts.append("loss " + Quantity.loss(loss)) }
    if let rate = progress.learningRate { parts.append("lr " + Quantity.learningRate(rate)) }
    if let left = progress.remainingSeconds { parts.append("ETA " + Quantity.duration(left)) }
    return parts.joined(separator: "  ")
  }

  /// Which file is on its way, and how far.
  static func figures(_ sending: SendingReply) -> String {
    "\(sending.file): \(Quantity.size(sending.sent)) of \(Quantity.size(sending.total)) sent"
  }

  static func describe(_ detail: TaskDetailReply, _ printer: Printer) {
    let task = detail.task
    var sheet = Sheet()
    sheet.add("Task", task.name)
    sheet.add("Task ID", task.taskID)
    sheet.add("Status", status(task), TaskCommands.tone(task.status))
    sheet.add("Queue", task.queue.map { "place \($0.position): \($0.message)" })
    sheet.add("Progress", task.progress.map { Quantity.percentage($0.percentage) + "  " + figures($0) })
    sheet.add("Sending", task.sending.map { Quantity.percentage($0.percentage) + "  " + figures($0) })
    sheet.add("Base model", task.modelName)
    sheet.add("Dataset", task.datasetPath)
    sheet.add("Template", task.template)
    sheet.add("Epochs", Quantity.printed("%g", task.epochs))
    sheet.add("Learning rate", Quantity.learningRate(task.learningRate))
    sheet.add("Batch size", "\(task.batchSize)")
    sheet.add("Priority", "\(task.priority)")
    sheet.add("Host", task.hostID)
    sheet.add("GPUs", gpus(task))
    sheet.add("Folder", task.outputDir)
    sheet.add("Model made", task.modelID)
    sheet.add("Created", Quantity.localTime(task.createdAt))
    sheet.add("Started", task.startedAt.map { Quantity.localTime($0) })
    sheet.add("Ended", task.endedAt.map { Quantity.localTime($0) })
    sheet.add("Command", detail.details.sshCommand)
    printer.show(sheet)
    if let reason = task.reason {
      printer.line("")
      printer.line(reason.message, task.status == .failed ? .bad : .plain)
      if !reason.hint.isEmpty { printer.line(reason.hint) }
      if let words = reason.detail {
        for line in words.split(separator: "\n") { printer.line("  \(line)", .faint) }
      }
    }
    if detail.details.attempts.count > 1 {
      printer.line("")
      printer.show(attempts(detail.details.attempts))
    }
  }

  /// Those it was given, or those it asked for.
  private static func gpus(_ task: TaskReply) -> String? {
    if !task.assignedGPUs.isEmpty { return task.assignedGPUs.map { "\($0.index)" }.joined(separator: ", ") }
    if !task.gpuIDs.isEmpty { return "asked for " + task.gpuIDs.map(String.init).joined(separator: ", ") }
    return task.gpus.map { $0 == 0 ? "none: on the processor" : "asked for any \($0)" }
  }

  private static func attempts(_ attempts: [AttemptReply]) -> Table {
    var table = Table(">ATTEMPT", "STATUS", "RESUMED", "ENDED BY", "STARTED", "ENDED")
    for attempt in attempts {
      let ending =
        attempt.signal.map { "signal \($0)" } ?? attempt.exitCode.map { "exit code \($0)" } ?? "-"
      table.add(
        Table.Cell("\(attempt.number)"),
        Table.Cell(attempt.status.rawValue, TaskCommands.tone(attempt.status)),
        Table.Cell(attempt.resumed ? "yes" : "no"), Table.Cell(ending),
        Table.Cell(Quantity.localTime(attempt.startedAt)), Table.Cell(Quantity.localTime(attempt.endedAt)))
    }
    return table
  }
}
