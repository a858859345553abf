import Domain

/// What an event makes of a task: what to store, in one step, and what to do then.
struct TaskDecision {
  /// Nil where the event changes nothing.
  ///
  /// Behind a reference, since who waits for it to be stored keeps it meanwhile, and there may be ten thousand.
  let change: Shared<TaskChange>?
  let actions: [TaskMachine.Action]

  /// Throws where the task's state does not allow the event.
  ///
  /// - Parameters:
  ///   - status: what the host said last of the attempt.
  ///   - model: what is registered where the event says so.
  // Its many copies of records belong on the stack, not into the frame of a function that waits.
  @inline(never)
  init(
    on event: TaskMachine.Event, status: JobStatus?, model: ModelRecord?, of current: TaskRecord,
    at now: Timestamp
  ) throws(DomainError) {
    var machine = TaskMachine(current)
    let step = try machine.apply(event, at: now)
    actions = step.actions
    guard step.changed else {
      change = nil
      return
    }
    var change = TaskChange(task: machine.task)
    if case .progressed(let progress) = event {
      change.events = [TaskEvents.progressed(machine.task, progress)]
    } else {
      change.attempt = Self.attempt(of: machine.task, status: status)
      if case .displaced(let ending) = event, machine.task.attempt > current.attempt {
        change.endedAttempt = Self.ended(current, ending, status, at: now)
        change.attempt = Self.attempt(of: machine.task, status: nil)
      }
      change.events = [TaskEvents.changed(machine.task)]
    }
    if let model, step.actions.contains(.registerModel) {
      change.model = model
      change.events.append(TaskEvents.registered(model))
    }
    self.change = Shared(change)
  }

  private static func attempt(of task: TaskRecord, status: JobStatus?) -> AttemptRecord {
    AttemptRecord(
      taskID: task.id, number: task.attempt, directory: task.attemptDirectory, resumes: task.resumes,
      state: task.state, exitCode: status?.exitCode, signal: status?.signal, reason: task.reason,
      gpus: task.assignedGPUs, createdAt: task.queuedAt ?? task.createdAt, startedAt: task.startedAt,
      endedAt: task.endedAt)
  }

  /// The attempt that a displaced task leaves behind.
  private static func ended(
    _ task: TaskRecord, _ ending: TaskEnding, _ status: JobStatus?, at now: Timestamp
  ) -> AttemptRecord {
    var task = task
    task.state = ending.state
    task.reason = ending.reason
    task.endedAt = ending.at ?? now
    return attempt(of: task, status: status)
  }
}
