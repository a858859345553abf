/// The life of a task, decided without doing anything: an event goes in, actions come out.
///
/// | state | accepted | slot | launched | progressed | ended | cancel | retry |
/// |---|---|---|---|---|---|---|---|
/// | pending | queued | – | – | – | – | cancelled | – |
/// | queued | – | staging, `stage` | – | – | failed | cancelled | – |
/// | staging | – | – | running, `watch` | – | any end | marked, `stop` | – |
/// | running | – | – | `watch` | progress | any end | marked, `stop` | – |
/// | completed, failed, cancelled | – | – | – | – | – | refused | queued |
///
/// A waiting task's priority may change (`priorityChanged`); any other task's is a conflict.
///
/// An event that a state has no use for changes nothing and returns no action: a host tells the
/// same thing twice after a reconnect. `cancel` and `retry` are a person's wishes and throw
/// `conflict` instead.
package struct TaskMachine: Sendable {
  package private(set) var task: TaskRecord

  package init(_ task: TaskRecord) { self.task = task }

  package enum Event: Sendable, Equatable {
    case accepted
    case slotGranted([GPUShare])
    case launched(startedAt: Timestamp?)
    case progressed(TaskProgress)
    case ended(TaskEnding)
    case cancelRequested
    case retryRequested(resume: Bool)
    case priorityChanged(Int)
    /// The host cannot be reached; the task is as it was.
    ///
    /// - Parameter since: when it was last heard of, where that is known.
    case hostLost(since: Timestamp?)
    case hostBack
  }

  package enum Action: Sendable, Equatable {
    /// Put data and configuration on the host and launch.
    case stage
    case watch
    /// Run the job's stop ladder.
    case stop
    /// Register what the run made.
    case registerModel
    case releaseSlot
  }

  /// What is to be done and whether anything is to be stored and told.
  package struct Step: Sendable, Equatable {
    package let actions: [Action]
    package let changed: Bool
    package static let unchanged = Step(actions: [], changed: false)
  }

  package mutating func apply(_ event: Event, at now: Timestamp) throws(DomainError) -> Step {
    let step: Step
    switch event {
    case .accepted: step = accept(at: now)
    case .slotGranted(let gpus): step = grantSlot(gpus)
    case .launched(let startedAt): step = launched(at: startedAt ?? now)
    case .progressed(let progress): step = progressed(progress)
    case .ended(let ending): step = end(ending, at: now)
    case .cancelRequested: step = try cancel(at: now)
    case .retryRequested(let resume): step = try retry(resume: resume, at: now)
    case .priorityChanged(let priority): step = try changePriority(priority)
    case .hostLost(let since): step = hostLost(since: min(since ?? now, now))
    case .hostBack: step = hostBack()
    }
    if step.changed { task.updatedAt = now }
    return step
  }
}

/// How an attempt ended, after its files were read.
package struct TaskEnding: Sendable, Equatable {
  package let state: TaskState
  package let reason: EndReason?
  /// The trainer's own words, for the task's owner.
  package let detail: String?
  package let at: Timestamp?
  /// There is something to register: also after a graceful stop that saved the adapter.
  package let madeModel: Bool

  package init(
    state: TaskState, reason: EndReason? = nil, detail: String? = nil, at: Timestamp? = nil,
    madeModel: Bool = false
  ) {
    self.state = state
    self.reason = reason
    self.detail = detail
    self.at = at
    self.madeModel = madeModel
  }
}

extension TaskMachine {
  private mutating func accept(at now: Timestamp) -> Step {
    guard task.state == .pending else { return .unchanged }
    task.state = .queued
    task.queuedAt = now
    return Step(actions: [], changed: true)
  }

  private mutating func grantSlot(_ gpus: [GPUShare]) -> Step {
    guard task.state == .queued else { return .unchanged }
    task.assignedGPUs = gpus
    task.state = .staging
    return Step(actions: [.stage], changed: true)
  }

  private mutating func launched(at start: Timestamp) -> Step {
    switch task.state {
    case .staging:
      task.state = .running
      task.startedAt = start
      return Step(actions: task.cancelRequested ? [.watch, .stop] : [.watch], changed: true)
    case .running: return Step(actions: [.watch], changed: false)
    default: return .unchanged
    }
  }

  private mutating func progressed(_ progress: TaskProgress) -> Step {
    guard task.state == .running, task.progress != progress else { return .unchanged }
    task.progress = progress
    return Step(actions: [], changed: true)
  }

  private mutating func end(_ ending: TaskEnding, at now: Timestamp) -> Step {
    guard !task.state.isFinal, ending.state.isFinal else { return .unchanged }
    let heldSlot = task.state.holdsSlot
    task.state = ending.state
    task.reason = ending.reason
    task.reasonDetail = ending.detail
    task.endedAt = ending.at ?? now
    task.unreachableSince = nil
    var actions: [Action] = heldSlot ? [.releaseSlot] : []
    if ending.madeModel { actions.append(.registerModel) }
    return Step(actions: actions, changed: true)
  }

  private mutating func cancel(at now: Timestamp) throws(DomainError) -> Step {
    switch task.state {
    case .pending, .queued:
      task.cancelRequested = true
      return end(TaskEnding(state: .cancelled, reason: .cancelled), at: now)
    case .staging, .running:
      // Asked twice: the ladder is started again, in case its first request was lost.
      let first = !task.cancelRequested
      task.cancelRequested = true
      return Step(actions: [.stop], changed: first)
    case .completed, .failed, .cancelled:
      throw .conflict(
        "The task has ended already (\(task.state.rawValue)).", hint: "Retry it to run it again.")
    }
  }

  private mutating func retry(resume: Bool, at now: Timestamp) throws(DomainError) -> Step {
    guard task.state.isFinal else {
      throw .conflict(
        "The task has not ended yet (\(task.state.rawValue)).", hint: "Cancel it first, or wait.")
    }
    task.state = .queued
    task.attempt += 1
    task.resumes = resume
    task.cancelRequested = false
    task.reason = nil
    task.reasonDetail = nil
    task.progress = nil
    task.assignedGPUs = []
    task.unreachableSince = nil
    task.queuedAt = now
    task.startedAt = nil
    task.endedAt = nil
    return Step(actions: [], changed: true)
  }

  private mutating func changePriority(_ priority: Int) throws(DomainError) -> Step {
    guard task.state == .pending || task.state == .queued else {
      throw .conflict(
        "The task does not wait any more (\(task.state.rawValue)).",
        hint: "Its priority counts while it is in the queue.")
    }
    guard task.priority != priority else { return .unchanged }
    task.priority = priority
    return Step(actions: [], changed: true)
  }

  private mutating func hostLost(since: Timestamp) -> Step {
    guard task.state.holdsSlot, task.unreachableSince == nil else { return .unchanged }
    task.unreachableSince = since
    return Step(actions: [], changed: true)
  }

  private mutating func hostBack() -> Step {
    guard task.unreachableSince != nil else { return .unchanged }
    task.unreachableSince = nil
    return Step(actions: task.state == .running ? [.watch] : [], changed: true)
  }
}
