package import Domain

/// What users do with pipelines: plan one, run it, look, cancel, go on.
package struct PipelineService: Sendable {
  /// Of a user, at once.
  static let mostUnfinished = 10

  private let store: any PipelineStoring
  private let reader: any PipelineFileReading
  private let planner: PipelinePlanner
  private let runner: PipelineRunner
  private let events: EventBus
  private let clock: WallClock

  package init(
    store: any PipelineStoring, reader: any PipelineFileReading, tools: PipelineTools,
    runner: PipelineRunner, events: EventBus, clock: WallClock
  ) {
    self.store = store
    self.reader = reader
    planner = PipelinePlanner(tools: tools)
    self.runner = runner
    self.events = events
    self.clock = clock
  }

  /// What a file's pipeline would do, with everything that is wrong with it.
  package func plan(_ text: String, for user: UserID) async throws(DomainError) -> PipelinePlan {
    let pipeline: Pipeline
    do throws(PipelineRefusal) {
      pipeline = try read(text)
    } catch {
      return PipelinePlan(pipeline: nil, problems: error.problems, steps: [])
    }
    return try await planner.plan(pipeline, for: user)
  }

  /// Begins a pipeline; with an idempotency key seen before, the first one's run.
  ///
  /// Throws `PipelineRefusal` for one that cannot be run, and `quota_exceeded`.
  package func start(_ text: String, key: String?, for user: UserID) async throws -> PipelineRun {
    if let key, !(1...200).contains(key.utf8.count) || !AccountRules.isPrintable(key) {
      throw DomainError.invalid("An idempotency key has 1 to 200 printable characters.")
    }
    let pipeline = try read(text)
    let plan = try await planner.plan(pipeline, for: user)
    guard plan.problems.isEmpty else { throw PipelineRefusal(plan.problems) }
    var machine = PipelineMachine(
      PipelineRun(
        id: .make(), userID: user, pipeline: pipeline, idempotencyKey: key, createdAt: clock.now()))
    _ = try machine.apply(.begun, at: clock.now())
    let stored = try await store.insert(
      machine.run, events: [PipelineEvents.changed(machine.run)], mostUnfinished: Self.mostUnfinished)
    events.publish(stored.events)
    runner.wake()
    return stored.run
  }

  private func read(_ text: String) throws(PipelineRefusal) -> Pipeline {
    guard text.utf8.count <= PipelineCheck.largest else {
      throw PipelineRefusal([
        PipelineProblem(
          path: "", line: 1, "A pipeline's file has at most \(PipelineCheck.largest / 1024) KiB.")
      ])
    }
    let node: PipelineNode
    do throws(PipelineProblem) {
      let isJSON = text.unicodeScalars.first { !$0.properties.isWhitespace } == "{"
      node = isJSON ? try PipelineNode.json(text) : try reader.node(ofYAML: text)
    } catch {
      throw PipelineRefusal([error])
    }
    return try PipelineCheck.pipeline(of: node)
  }

  package func list(
    of user: UserID, states: [PipelineRun.State] = [], limit: Int = 100
  ) async throws(DomainError) -> [PipelineRun] {
    try await store.runs(owner: user, states: states, limit: limit)
  }

  /// Throws `not_found` for one that is not the user's.
  package func run(_ id: PipelineRunID, of user: UserID) async throws(DomainError) -> PipelineRun {
    guard let run = try await store.run(id, owner: user) else { throw .notFound("The pipeline") }
    return run
  }

  /// How far the step under way is; nil where nothing is known.
  package func progress(of run: PipelineRun) async -> PipelineProgress? {
    run.state == .running ? await runner.progress(of: run.id) : nil
  }

  /// Ends the step under way, and the run with it.
  package func cancel(_ id: PipelineRunID, of user: UserID) async throws(DomainError) -> PipelineRun {
    _ = try await run(id, of: user)
    return try await runner.request(.cancelRequested, for: id)
  }

  /// Goes on at the step that failed or was cancelled.
  package func resume(_ id: PipelineRunID, of user: UserID) async throws(DomainError) -> PipelineRun {
    _ = try await run(id, of: user)
    return try await runner.request(.resumeRequested, for: id)
  }

  /// Deletes an ended run; what it made stays.
  package func delete(_ id: PipelineRunID, of user: UserID) async throws(DomainError) {
    let run = try await run(id, of: user)
    let event = NewEvent(kind: .pipelineDeleted, userID: user, subject: id.rawValue)
    guard let record = try await store.delete(id, owner: user, event: event) else {
      throw .conflict("The pipeline has not ended yet (\(run.state.rawValue)).", hint: "Cancel it first.")
    }
    events.publish([record])
  }
}
