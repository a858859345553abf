import Contract

/// Pipelines in words.
enum PipelineText {
  static func tone(_ status: PipelineStatus) -> Tone {
    switch status {
    case .completed: .good
    case .failed: .bad
    case .cancelled: .faint
    case .running: .busy
    }
  }

  static func tone(_ status: PipelineStepStatus) -> Tone {
    switch status {
    case .completed: .good
    case .failed: .bad
    case .cancelled: .faint
    case .running: .busy
    case .pending: .plain
    }
  }

  /// The step under way, or the one that a run ended at.
  static func current(_ run: PipelineReply) -> PipelineReply.Step? {
    run.steps.first { $0.status == .running }
      ?? run.steps.first { $0.status == .failed || $0.status == .cancelled }
  }

  /// What a plan says; what is wrong goes to the errors.
  static func describe(_ plan: PipelinePlanReply, _ printer: Printer) {
    if let name = plan.name {
      printer.line(name, .heading)
      if let description = plan.description { printer.line(description) }
    }
    for (place, step) in plan.steps.enumerated() {
      printer.line("\(place + 1). \(step.id): \(step.summary)")
      if let estimate = step.estimate {
        for line in figures(estimate) { printer.line("   \(line)") }
      }
      if !step.creates.isEmpty { printer.line("   makes \(step.creates.joined(separator: ", "))", .faint) }
      for warning in step.warnings { printer.warning("\(step.id): \(warning)") }
    }
    problems(plan.problems, printer)
  }

  static func problems(_ problems: [PipelinePlanReply.Problem], _ printer: Printer) {
    for problem in problems {
      let place = problem.path.isEmpty ? "" : " \(problem.path):"
      printer.note("line \(problem.line):\(place) \(problem.message)")
      if let hint = problem.hint { printer.hint("  \(hint)") }
    }
    if !problems.isEmpty {
      printer.note("It has \(Quantity.count(problems.count, "problem")).")
    }
  }

  private static func figures(_ estimate: TaskEstimateReply) -> [String] {
    var lines = [
      Quantity.count(estimate.rows, "row") + ", " + Quantity.count(estimate.steps, "step")
        + " (\(estimate.stepsPerEpoch) an epoch)"
    ]
    if let memory = estimate.memory {
      let there = memory.available.map { " of \(Quantity.size($0))" } ?? ""
      let device = estimate.gpu ?? "the processor"
      lines.append(
        "memory: about \(Quantity.size(memory.total))\(there) on \(device) of \(estimate.hostName), \(fit(memory.fit))"
      )
    }
    if let disk = estimate.disk {
      let free = disk.free.map { ", \(Quantity.size($0)) free" } ?? ""
      lines.append("disk: about \(Quantity.size(disk.total))\(free), \(fit(disk.fit))")
    }
    if let time = estimate.time {
      let spread =
        time.trainings > 1
        ? " (\(Quantity.duration(time.shortest)) to \(Quantity.duration(time.longest)))" : ""
      let seen = time.trainings == 1 ? "one training like it was" : "\(time.trainings) trainings like it were"
      lines.append("time: about \(Quantity.duration(time.seconds))\(spread), as \(seen)")
    } else {
      lines.append("time: not known, since you have no training like it yet")
    }
    return lines
  }

  private static func fit(_ fit: TaskEstimateReply.Fit) -> String {
    switch fit {
    case .fits: "fits"
    case .tight: "may just fit"
    case .exceeds: "does not fit"
    case .unknown: "not known whether it fits"
    }
  }

  static func describe(_ run: PipelineReply, _ printer: Printer) {
    var sheet = Sheet()
    sheet.add("Pipeline", run.name)
    sheet.add("Pipeline ID", run.pipelineID)
    sheet.add("Description", run.description)
    sheet.add("Status", run.status.rawValue, tone(run.status))
    sheet.add("Created", Quantity.localTime(run.createdAt))
    sheet.add("Ended", run.endedAt.map { Quantity.localTime($0) })
    printer.show(sheet)
    printer.line("")
    var table = Table("STEP", "KIND", "STATUS", ">ATTEMPT", "MADE")
    for step in run.steps {
      let made = step.outputs.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.name)" }
      table.add(
        Table.Cell(step.id), Table.Cell(step.kind.rawValue), Table.Cell(status(step), tone(step.status)),
        Table.Cell(step.attempt == 0 ? "-" : "\(step.attempt)"), Table.Cell(made.joined(separator: ", ")))
    }
    printer.show(table)
    if let failure = current(run)?.failure {
      printer.line("")
      printer.line(failure.message, .bad)
      if let hint = failure.hint { printer.line(hint) }
    }
  }

  /// The state, with how far it is.
  static func status(_ step: PipelineReply.Step) -> String {
    guard step.status == .running, let progress = step.progress else { return step.status.rawValue }
    return "running: " + figures(progress)
  }

  static func figures(_ progress: PipelineReply.Progress) -> String {
    var text = progress.phase
    if let percentage = progress.percentage { text += " " + Quantity.percentage(percentage) }
    if let left = progress.remainingSeconds { text += ", ETA " + Quantity.duration(left) }
    return text
  }
}
