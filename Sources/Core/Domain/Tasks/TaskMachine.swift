/// The life of a task, decided without doing anything: an event goes in, actions come out.
///
/// | state | accepted | slot | submitted | launched | progressed | ended | displaced | cancel | retry |
/// |---|---|---|---|---|---|---|---|---|---|
/// | pending | queued | – | – | – | – | – | – | cancelled | – |
/// | queued | – | staging, `stage` | – | – | – | failed | – | cancelled | – |
/// | staging | – | – | queued*, `watch` | running, `watch` | – | any end | queued | marked, `stop` | – |
/// | queued* | – | – | `watch` | running, `watch` | – | any end | queued | marked, `stop` | – |
/// | running | – | – | – | `watch` | progress | any end | queued | marked, `stop` | – |
/// | completed, failed, cancelled | – | – | – | – | – | – | – | refused | queued |
///
/// queued* stands in the queue of a cluster, under a number there. A job that a cluster took from its nodes
/// (`displaced`) is a new attempt, which goes on from the newest checkpoint.
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
    /// The cluster has it, under this number.
    case submitted(job: String)
    case launched(startedAt: Timestamp?)
    case progressed(TaskProgress)
    case ended(TaskEnding)
    /// The attempt ended so, by no fault of the task's.
    case displaced(TaskEnding)
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
    case .submitted(let job): step = submitted(job)
    case .launched(let startedAt): step = launched(at: startedAt ?? now)
    case .progressed(let progress): step = progressed(progress)
    case .ended(let ending): step = end(ending, at: now)
    case .displaced(let ending): step = displaced(ending, at: now)
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
    guard task.state == .queued, !task.isSubmitted else { return .unchanged }
    task.assignedGPUs = gpus
    task.state = .staging
    return Step(actions: [.stage], changed: true)
  }

  private mutating func submitted(_ job: String) -> Step {
    guard task.state == .staging || task.isSubmitted else { return .unchanged }
    if task.isSubmitted, task.clusterJob == job { return Step(actions: [.watch], changed: false) }
    task.state = .queued
    task.clusterJob = job
    return Step(actions: task.cancelRequested ? [.watch, .stop] : [.watch], changed: true)
  }

  private mutating func displaced(_ ending: TaskEnding, at now: Timestamp) -> Step {
    guard task.isCarried else { return .unchanged }
    if task.cancelRequested {
      // It was to end, and has: who ended it first is nothing to whoever asked for it.
      let ending = TaskEnding(
        state: .cancelled, reason: .cancelled, detail: ending.detail, at: ending.at,
        madeModel: ending.madeModel)
      return end(ending, at: now)
    }
    begin(resuming: true, at: now)
    return Step(actions: [.releaseSlot], changed: true)
  }

  private mutating func launched(at start: Timestamp) -> Step {
    if task.state == .running { return Step(actions: [.watch], changed: false) }
    guard task.isCarried else { return .unchanged }
    task.state = .running
    task.startedAt = start
    return Step(actions: task.cancelRequested ? [.watch, .stop] : [.watch], changed: true)
  }

  private mutating func progressed(_ progress: TaskProgress) -> Step {
    guard task.state == .running, task.progress != progress else { return .unchanged }
    task.progress = progress
    return Step(actions: [], changed: true)
  }

  private mutating func end(_ ending: TaskEnding, at now: Timestamp) -> Step {
    guard !task.state.isFinal, ending.state.isFinal else { return .unchanged }
    let heldSlot = task.isCarried
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
    if task.state.isFinal {
      throw .conflict(
        "The task has ended already (\(task.state.rawValue)).", hint: "Retry it to run it again.")
    }
    // Asked twice: the ladder is started again, in case its first request was lost.
    let first = !task.cancelRequested
    task.cancelRequested = true
    if task.isCarried { return Step(actions: [.stop], changed: first) }
    return end(TaskEnding(state: .cancelled, reason: .cancelled), at: now)
  }

  private mutating func retry(resume: Bool, at now: Timestamp) throws(DomainError) -> Step {
    guard task.state.isFinal else {
      throw .conflict(
        "The task has not ended yet (\(task.state.rawValue)).", hint: "Cancel it first, or wait.")
    }
    begin(resuming: resume, at: now)
    return Step(actions: [], changed: true)
  }

  /// The next attempt, from the queue on.
  private mutating func begin(resuming: Bool, at now: Timestamp) {
    task.state = .queued
    task.attempt += 1
    task.resumes = resuming
    task.clusterJob = nil
    task.cancelRequested = false
    task.reason = nil
    task.reasonDetail = nil
    task.progress = nil
    task.assignedGPUs = []
    task.unreachableSince = nil
    task.queuedAt = now
    task.startedAt = nil
    task.endedAt = nil
  }

  private mutating func changePriority(_ priority: Int) throws(DomainError) -> Step {
    guard task.state == .pending || task.state == .queued, !task.isSubmitted else {
      throw .conflict(
        "The task does not wait any more (\(task.state.rawValue)).",
        hint: "Its priority counts while it is in the queue.")
    }
    guard task.priority != priority else { return .unchanged }
    task.priority = priority
    return Step(actions: [], changed: true)
  }

  private mutating func hostLost(since: Timestamp) -> Step {
    guard task.isCarried, task.unreachableSince == nil else { return .unchanged }
    task.unreachableSince = since
    return Step(actions: [], changed: true)
  }

  private mutating func hostBack() -> Step {
    guard task.unreachableSince != nil else { return .unchanged }
    task.unreachableSince = nil
    return Step(actions: task.state == .running ? [.watch] : [], changed: true)
  }
}
