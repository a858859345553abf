import Domain

/// What is told of a task.
enum TaskEvents {
  static func changed(_ task: TaskRecord) -> NewEvent {
    var fields: [String: NewEvent.Field] = [
      "status": .text(task.state.rawValue), "attempt": .integer(Int64(task.attempt)),
      "name": .text(task.name), "cancel_requested": .flag(task.cancelRequested),
    ]
    if let reason = task.reason { fields["reason"] = .text(reason.rawValue) }
    if let since = task.unreachableSince { fields["unreachable_since"] = .text(since.iso8601) }
    return NewEvent(kind: .taskChanged, userID: task.userID, subject: task.id.rawValue, fields: fields)
  }

  static func progressed(_ task: TaskRecord, _ progress: TaskProgress) -> NewEvent {
    var fields: [String: NewEvent.Field] = [
      "status": .text(task.state.rawValue), "step": .integer(Int64(progress.step)),
      "total_steps": .integer(Int64(progress.totalSteps)), "percentage": .number(progress.percentage),
    ]
    if let loss = progress.loss { fields["loss"] = .number(loss) }
    if let epoch = progress.epoch { fields["epoch"] = .number(epoch) }
    if let rate = progress.learningRate { fields["learning_rate"] = .number(rate) }
    if let remaining = progress.remaining { fields["remaining_seconds"] = .number(remaining) }
    return NewEvent(kind: .taskProgress, userID: task.userID, subject: task.id.rawValue, fields: fields)
  }

  /// A file of a task that is being staged is on its way to the host.
  static func sending(_ filename: String, _ progress: TransferProgress, for task: TaskRecord) -> NewEvent {
    NewEvent(
      kind: .taskProgress, userID: task.userID, subject: task.id.rawValue,
      fields: [
        "status": .text(task.state.rawValue), "file": .text(filename), "sent": .integer(progress.sent),
        "total": .integer(progress.total),
        "percentage": .number(
          progress.total == 0 ? 100 : 100 * Double(progress.sent) / Double(progress.total)),
      ])
  }

  static func registered(_ model: ModelRecord) -> NewEvent {
    var fields: [String: NewEvent.Field] = ["name": .text(model.name), "kind": .text(model.kind.rawValue)]
    if let task = model.taskID { fields["task_id"] = .text(task.rawValue) }
    return NewEvent(kind: .modelAdded, userID: model.userID, subject: model.id.rawValue, fields: fields)
  }
}
