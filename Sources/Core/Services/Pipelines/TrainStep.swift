import Domain

/// A step that submits a task, and waits for its end however long that takes.
struct TrainStep: Sendable {
  let work: PipelineWork

  func perform() async throws -> [String: PipelineOutput] {
    let (tools, user, run) = (work.tools, work.user, work.run)
    let task = try await task()
    try await work.runner.submitted(task.id, work.place, of: run.id)
    await work.runner.ends(run.id) { _ = try? await tools.tasks.cancel(task.id, of: user) }
    let ended = try await end(of: task.id)
    guard ended.state == .completed else { throw Self.failure(of: ended) }
    guard let model = try await tools.tasks.model(of: ended) else {
      throw DomainError(
        .conflict, "The training ended without a model.", hint: "See luthier task logs \(ended.id.rawValue).")
    }
    return [
      "model": PipelineOutput(.model, model.id.rawValue, name: model.name),
      "task": PipelineOutput(.text, ended.id.rawValue, name: ended.name),
    ]
  }

  /// The step's task: the one it submitted before, or a new one.
  ///
  /// A server that was ended between submitting and noting it down submits with the same key, and gets the same task.
  private func task() async throws(DomainError) -> TaskRecord {
    let (tools, user, kept) = (work.tools, work.user, work.run.steps[work.place])
    if let id = kept.taskID.flatMap(TaskID.init(checking:)),
      let found = try await tools.tasks.list(of: user).first(where: { $0.id == id })
    {
      guard kept.retries, found.state == .failed || found.state == .cancelled else { return found }
      return try await tools.tasks.retry(id, resume: true, of: user)
    }
    let draft = try work.step.draft(
      of: work.run.pipeline.name, model: try work.needed("model"), datasets: try await work.datasets(),
      key: "pipeline/\(work.run.id.rawValue)/\(work.step.id)")
    return try await tools.tasks.submit(draft, for: user)
  }

  private func end(of id: TaskID) async throws -> TaskRecord {
    while true {
      // Subscribed before the look: nothing falls between.
      let news = work.runner.events.committed()
      let task = try await work.tools.tasks.task(id, of: work.user)
      if task.state.isFinal { return task }
      await work.tell(
        task.state.rawValue, percentage: task.progress?.percentage, remaining: task.progress?.remaining)
      var isNews = false
      for await record in news where record.event.subject == id.rawValue {
        isNews = true
        break
      }
      try Task.checkCancellation()
      // A listener that fell behind, or a server that is about to end.
      if !isNews { try await Task.sleep(for: .milliseconds(200)) }
    }
  }

  private static func failure(of task: TaskRecord) -> DomainError {
    guard task.state == .failed else {
      return DomainError(
        .taskFailed, "The training was cancelled.", hint: "Resume the pipeline to go on with it.")
    }
    let hint = task.reason?.hint ?? ""
    return DomainError(
      .taskFailed, task.reason?.message ?? "The training failed.",
      hint: hint.isEmpty ? "See luthier task logs \(task.id.rawValue)." : hint)
  }
}

extension DomainError.Code {
  /// The training of a pipeline's step.
  static let taskFailed = Self("task_failed")
  /// The evaluation of a pipeline's step.
  static let scoreTooLow = Self("score_too_low")
}
