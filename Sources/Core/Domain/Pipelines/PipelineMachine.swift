/// The life of a pipeline's run, decided without doing anything: an event goes in, actions come out.
///
/// | run is | begun | submitted | completed | failed | cancel | resume |
/// |---|---|---|---|---|---|---|
/// | running, no step begun | first step, `carry` | – | – | – | cancelled | refused |
/// | running | `carry` the step under way | noted | next step, `carry`; or completed | failed | marked, `stop` | refused |
/// | running, cancel asked for | `stop` | noted, `stop` | cancelled | cancelled | `stop` | refused |
/// | completed | – | – | – | – | refused | refused |
/// | failed, cancelled | – | – | – | – | refused | the step that ended it, `carry` |
///
/// `begun` also comes when a server takes a run up again: the step under way is carried on, not begun anew. An event
/// about another step than the one under way changes nothing. `cancel` and `resume` are a person's wishes and throw
/// `conflict` instead.
package struct PipelineMachine: Sendable {
  package private(set) var run: PipelineRun

  package init(_ run: PipelineRun) { self.run = run }

  package enum Event: Sendable, Equatable {
    case begun
    case submitted(step: Int, TaskID)
    case completed(step: Int, [String: PipelineOutput])
    case failed(step: Int, PipelineFailure)
    /// The step ended because somebody asked for it, not by itself.
    case stopped(step: Int)
    case cancelRequested
    case resumeRequested
  }

  package enum Action: Sendable, Equatable {
    /// Do the step, or go on waiting for what it began.
    case carry(Int)
    /// End what the step began.
    case stop(Int)
  }

  package struct Step: Sendable, Equatable {
    package let actions: [Action]
    package let changed: Bool
    static let unchanged = Step(actions: [], changed: false)
  }

  package mutating func apply(_ event: Event, at now: Timestamp) throws(DomainError) -> Step {
    let step: Step
    switch event {
    case .begun: step = begin(at: now)
    case .submitted(let place, let task): step = submitted(place, task)
    case .completed(let place, let outputs): step = complete(place, outputs, at: now)
    case .failed(let place, let failure): step = fail(place, failure, at: now)
    case .stopped(let place): step = stopped(place, at: now)
    case .cancelRequested: step = try cancel(at: now)
    case .resumeRequested: step = try resume(at: now)
    }
    if step.changed { run.updatedAt = now }
    return step
  }
}

extension PipelineMachine {
  private mutating func begin(at now: Timestamp) -> Step {
    guard run.state == .running else { return .unchanged }
    if let current = run.current {
      return Step(
        actions: run.cancelRequested ? [.carry(current), .stop(current)] : [.carry(current)], changed: false)
    }
    return goOn(at: now)
  }

  private mutating func goOn(at now: Timestamp) -> Step {
    guard let next = run.steps.firstIndex(where: { $0.state != .completed }) else {
      return end(.completed, at: now)
    }
    if run.cancelRequested { return end(.cancelled, at: now) }
    run.steps[next].state = .running
    run.steps[next].attempt += 1
    run.steps[next].failure = nil
    run.steps[next].startedAt = now.milliseconds
    run.steps[next].endedAt = nil
    return Step(actions: [.carry(next)], changed: true)
  }

  private mutating func submitted(_ place: Int, _ task: TaskID) -> Step {
    guard isUnderWay(place) else { return .unchanged }
    let changed = run.steps[place].taskID != task.rawValue || run.steps[place].retries
    run.steps[place].taskID = task.rawValue
    run.steps[place].retries = false
    return Step(actions: run.cancelRequested ? [.stop(place)] : [], changed: changed)
  }

  private mutating func complete(_ place: Int, _ outputs: [String: PipelineOutput], at now: Timestamp) -> Step
  {
    guard isUnderWay(place) else { return .unchanged }
    run.steps[place].state = .completed
    run.steps[place].outputs = outputs
    run.steps[place].endedAt = now.milliseconds
    return goOn(at: now)
  }

  private mutating func fail(_ place: Int, _ failure: PipelineFailure, at now: Timestamp) -> Step {
    guard isUnderWay(place) else { return .unchanged }
    run.steps[place].state = .failed
    run.steps[place].failure = failure
    run.steps[place].endedAt = now.milliseconds
    return end(run.cancelRequested ? .cancelled : .failed, at: now)
  }

  private mutating func stopped(_ place: Int, at now: Timestamp) -> Step {
    guard isUnderWay(place) else { return .unchanged }
    run.steps[place].state = .cancelled
    run.steps[place].endedAt = now.milliseconds
    return end(.cancelled, at: now)
  }

  private mutating func end(_ state: PipelineRun.State, at now: Timestamp) -> Step {
    run.state = state
    run.endedAt = now
    return Step(actions: [], changed: true)
  }

  private mutating func cancel(at now: Timestamp) throws(DomainError) -> Step {
    guard run.state == .running else {
      throw .conflict(
        "The pipeline has ended already (\(run.state.rawValue)).",
        hint: "Resume it to go on at its last step.")
    }
    guard let current = run.current else {
      run.cancelRequested = true
      return end(.cancelled, at: now)
    }
    // Asked twice: it is stopped again, in case the first request was lost.
    let isFirst = !run.cancelRequested
    run.cancelRequested = true
    return Step(actions: [.stop(current)], changed: isFirst)
  }

  private mutating func resume(at now: Timestamp) throws(DomainError) -> Step {
    switch run.state {
    case .running: throw .conflict("The pipeline has not ended yet.", hint: "Cancel it first, or wait.")
    case .completed: throw .conflict("The pipeline has completed.", hint: "Run it again to do it all again.")
    case .failed, .cancelled:
      run.state = .running
      run.cancelRequested = false
      run.endedAt = nil
      if let next = run.steps.firstIndex(where: { $0.state != .completed }) {
        run.steps[next].retries = run.steps[next].taskID != nil
      }
      return goOn(at: now)
    }
  }

  private func isUnderWay(_ place: Int) -> Bool {
    run.state == .running && run.steps.indices.contains(place) && run.steps[place].state == .running
  }
}
