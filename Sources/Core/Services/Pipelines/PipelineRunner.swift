package import Domain

/// Carries runs of pipelines: begins their steps, waits for them, and stores what came of them.
///
/// A step is what its user could have asked for; what it began outlives this process as that does. After a restart the
/// step under way is done again, which finds what the first one began: the task by its key, the merge by its content.
package actor PipelineRunner {
  nonisolated let tools: PipelineTools
  nonisolated let events: EventBus
  nonisolated let clock: WallClock
  private nonisolated let store: any PipelineStoring
  private nonisolated let log: ServerLog
  private nonisolated let wakes: AsyncStream<Void>
  private nonisolated let waker: AsyncStream<Void>.Continuation
  /// Runs that have a carrier.
  private var carried: Set<PipelineRunID> = []
  /// What ends the step under way.
  private var stoppers: [PipelineRunID: @Sendable () async -> Void] = [:]
  /// Runs whose step is being ended because somebody asked for it.
  private var stopping: Set<PipelineRunID> = []
  private var progresses: [PipelineRunID: (progress: PipelineProgress, toldAt: Timestamp)] = [:]

  package init(
    tools: PipelineTools, store: any PipelineStoring, events: EventBus, clock: WallClock, log: ServerLog
  ) {
    self.tools = tools
    self.store = store
    self.events = events
    self.clock = clock
    self.log = log
    (wakes, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Works until it is cancelled.
  package func run() async {
    await withDiscardingTaskGroup { group in
      waker.yield()
      // Wakes come with every change; this one is for what came to nothing: a database that was busy.
      group.addTask {
        while (try? await Task.sleep(for: .seconds(30))) != nil { self.wake() }
      }
      for await _ in wakes {
        if Task.isCancelled { break }
        for id in await waiting() { group.addTask { await self.carry(id) } }
      }
      group.cancelAll()
    }
  }

  /// Looks for runs that nobody carries.
  package nonisolated func wake() { waker.yield() }

  private func waiting() async -> [PipelineRunID] {
    do {
      return try await store.unfinished().map(\.id).filter { carried.insert($0).inserted }
    } catch {
      log.error("the pipelines could not be read", ["error": error.debugDescription])
      return []
    }
  }

  /// Does what a person asked for and returns the run as it is then.
  func request(_ event: PipelineMachine.Event, for id: PipelineRunID) async throws(DomainError) -> PipelineRun
  {
    let outcome = try await apply(event, to: id)
    for case .stop in outcome.actions { await stop(id) }
    wake()
    return outcome.run
  }

  /// Ends what a user's runs are doing, before the account goes; true when nothing of it is left.
  func stopAll(of user: UserID) async throws(DomainError) -> Bool {
    let unfinished = try await store.unfinished().filter { $0.userID == user }
    // One that ended meanwhile needs no cancelling.
    for run in unfinished { _ = try? await request(.cancelRequested, for: run.id) }
    return unfinished.isEmpty
  }

  /// Puts an event through the machine and stores what came of it, with its event, in one step.
  private func apply(
    _ event: PipelineMachine.Event, to id: PipelineRunID
  ) async throws(DomainError) -> (run: PipelineRun, actions: [PipelineMachine.Action]) {
    while true {
      guard let current = try await store.run(id, owner: nil) else { throw .notFound("The pipeline") }
      var machine = PipelineMachine(current)
      let step = try machine.apply(event, at: clock.now())
      guard step.changed else { return (current, step.actions) }
      // Nil: somebody else changed the run meanwhile; decide again on what it is now.
      if let stored = try await store.update(machine.run, events: [PipelineEvents.changed(machine.run)]) {
        events.publish(stored.events)
        log.info(
          "pipeline changed",
          [
            "pipeline": id.rawValue, "state": stored.run.state.rawValue,
            "step": stored.run.current.map { stored.run.pipeline.steps[$0].id } ?? "",
          ])
        return (stored.run, step.actions)
      }
    }
  }

  // MARK: Carrying

  private func carry(_ id: PipelineRunID) async {
    defer {
      carried.remove(id)
      // It may have been resumed while this one was leaving.
      wake()
    }
    var event = PipelineMachine.Event.begun
    var backoff = Backoff()
    while !Task.isCancelled {
      let outcome: (run: PipelineRun, actions: [PipelineMachine.Action])
      do {
        outcome = try await apply(event, to: id)
      } catch {
        // Gone with its user.
        if error.code == .notFound { return }
        log.warning(
          "a pipeline could not be stored", ["pipeline": id.rawValue, "error": error.debugDescription])
        guard await backoff.wait() else { return }
        continue
      }
      backoff.reset()
      guard case .carry(let place)? = outcome.actions.first,
        let next = await perform(place, of: outcome.run)
      else { return }
      event = next
    }
  }

  /// Does a step; nil where this process ends meanwhile.
  private func perform(_ place: Int, of run: PipelineRun) async -> PipelineMachine.Event? {
    let id = run.id
    defer {
      stoppers[id] = nil
      progresses[id] = nil
      stopping.remove(id)
    }
    if run.cancelRequested { stopping.insert(id) }
    let (outcomes, sink) = AsyncStream.makeStream(of: Result<[String: PipelineOutput], any Error>.self)
    let work = PipelineWork(runner: self, run: run, place: place)
    // Of its own: a stop ends it alone, and the end of the process does not wait for what cannot be cancelled.
    let step = Task {
      do { sink.yield(.success(try await work.perform())) } catch { sink.yield(.failure(error)) }
      sink.finish()
    }
    if stoppers[id] == nil { stoppers[id] = { step.cancel() } }
    if stopping.contains(id) { await stop(id) }
    var outcome: Result<[String: PipelineOutput], any Error>?
    for await one in outcomes { outcome = one }
    guard let outcome, !Task.isCancelled else {
      step.cancel()
      return nil
    }
    switch outcome {
    case .success(let outputs): return .completed(step: place, outputs)
    case .failure where stopping.contains(id): return .stopped(step: place)
    case .failure(let error as DomainError) where error.code == .databaseUnreachable:
      // No fault of the step, which is taken up again as after a restart.
      try? await Task.sleep(for: .seconds(5))
      return nil
    case .failure(let error):
      let told =
        error as? DomainError
        ?? DomainError(
          .internalFault, "The step could not be done.", hint: "The server's log says more.",
          detail: "\(error)")
      log.warning(
        "a step of a pipeline failed",
        ["pipeline": id.rawValue, "step": run.pipeline.steps[place].id, "error": told.debugDescription])
      return .failed(step: place, PipelineFailure(told))
    }
  }

  private func stop(_ id: PipelineRunID) async {
    stopping.insert(id)
    await stoppers[id]?()
  }

  // MARK: What steps tell

  /// How the step under way is ended, in place of cancelling it.
  func ends(_ id: PipelineRunID, by stopper: @escaping @Sendable () async -> Void) async {
    stoppers[id] = stopper
    if stopping.contains(id) { await stopper() }
  }

  func submitted(_ task: TaskID, _ place: Int, of id: PipelineRunID) async throws(DomainError) {
    _ = try await apply(.submitted(step: place, task), to: id)
  }

  func progress(of id: PipelineRunID) -> PipelineProgress? { progresses[id]?.progress }

  /// A change is told at once where it is another phase, else every other second.
  func tell(_ progress: PipelineProgress, of run: PipelineRun, step: String) async {
    let now = clock.now()
    let last = progresses[run.id]
    guard last?.progress != progress else { return }
    let isNews =
      last.map { $0.progress.phase != progress.phase || now.seconds(since: $0.toldAt) >= 2 } ?? true
    progresses[run.id] = (progress, isNews ? now : last?.toldAt ?? now)
    if isNews { await events.record(PipelineEvents.progressed(run, step, progress), at: now) }
  }
}
