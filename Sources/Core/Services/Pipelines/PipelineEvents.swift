import Domain

/// What is told of a pipeline's run.
enum PipelineEvents {
  static func changed(_ run: PipelineRun) -> NewEvent {
    var fields: [String: NewEvent.Field] = [
      "status": .text(run.state.rawValue), "name": .text(run.pipeline.name),
      "cancel_requested": .flag(run.cancelRequested),
      "steps_done": .integer(Int64(run.steps.count { $0.state == .completed })),
      "steps": .integer(Int64(run.steps.count)),
    ]
    let ended = run.steps.lastIndex { $0.state == .failed || $0.state == .cancelled }
    if let place = run.current ?? ended {
      fields["step"] = .text(run.pipeline.steps[place].id)
      fields["step_status"] = .text(run.steps[place].state.rawValue)
      if let task = run.steps[place].taskID { fields["task_id"] = .text(task) }
      if let failure = run.steps[place].failure { fields["code"] = .text(failure.code) }
    }
    return NewEvent(
      kind: .pipelineChanged, userID: run.userID, subject: run.id.rawValue, fields: fields)
  }

  static func progressed(_ run: PipelineRun, _ step: String, _ progress: PipelineProgress) -> NewEvent {
    var fields: [String: NewEvent.Field] = ["step": .text(step), "phase": .text(progress.phase)]
    if let percentage = progress.percentage { fields["percentage"] = .number(percentage) }
    if let remaining = progress.remaining { fields["remaining_seconds"] = .number(remaining) }
    return NewEvent(
      kind: .pipelineProgress, userID: run.userID, subject: run.id.rawValue, fields: fields)
  }

  static func notice(_ message: String, _ step: String, _ run: PipelineRun) -> NewEvent {
    NewEvent(
      kind: .pipelineNotice, userID: run.userID, subject: run.id.rawValue,
      fields: ["name": .text(run.pipeline.name), "step": .text(step), "message": .text(message)])
  }
}

/// How far the step under way is.
package struct PipelineProgress: Sendable, Equatable {
  /// A word such as `queued`, `running` or `merging`.
  package let phase: String
  /// 0...100; nil where it is not known.
  package let percentage: Double?
  /// Seconds.
  package let remaining: Double?

  init(_ phase: String, percentage: Double? = nil, remaining: Double? = nil) {
    self.phase = phase
    self.percentage = percentage
    self.remaining = remaining
  }
}
