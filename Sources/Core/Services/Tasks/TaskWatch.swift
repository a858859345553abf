import Domain

/// Watches a launched task: progress while it runs, and the truth about its end.
struct TaskWatch: Sendable {
  let supervisor: TaskSupervisor
  let host: any Host
  let taskID: TaskID

  /// Returns when the task's end is stored; throws when the host is lost.
  func follow() async throws {
    guard let task = try await supervisor.tasks.task(taskID, owner: nil), task.state.holdsSlot else { return }
    if task.cancelRequested { _ = try await host.stop(task.attemptDirectory) }
    var metrics = MetricsTail(path: task.metricsPath)
    var told = Timestamp(milliseconds: 0)
    let changes = try await host.watch(task.attemptDirectory, files: [task.metricsPath])
    for try await change in changes {
      if change.sizes.first.map({ $0 != metrics.offset }) ?? false {
        try await metrics.advance(on: host)
        // Four times a second is as live as a person can see, and each is a durable write.
        let now = supervisor.clock.now()
        if let progress = metrics.progress, now.seconds(since: told) >= 0.25 {
          told = now
          _ = try await supervisor.apply(.progressed(progress), to: taskID)
        }
      }
      if change.status.state == .ended || change.status.state == .lost {
        try await conclude(task, change.status, metrics)
        return
      }
      if change.status.state == .absent {
        let ending = TaskEnding(
          state: .failed, reason: .lost, detail: "The task's folder was deleted on the host.")
        _ = try await supervisor.apply(.ended(ending), to: taskID, status: change.status)
        return
      }
    }
    try Task.checkCancellation()
    throw DomainError(.hostUnreachable, "The connection to the host ended.", origin: .host)
  }

  private func conclude(_ task: TaskRecord, _ status: JobStatus, _ tail: MetricsTail) async throws {
    var metrics = tail
    try await metrics.advance(on: host)
    if let progress = metrics.progress {
      _ = try await supervisor.apply(.progressed(progress), to: taskID)
    }
    let current = try await supervisor.tasks.task(taskID, owner: nil) ?? task
    let made = try await host.models(in: [task.outputDirectory]).first { $0.path == task.outputDirectory }
    let ending = try await ending(of: current, status, metrics: metrics, made: made)
    var model: ModelRecord?
    if ending.madeModel, let made {
      model = ModelRecord(
        id: .make(), userID: task.userID, name: task.name, kind: made.kind == .base ? .full : made.kind,
        hostID: task.hostID, path: task.outputDirectory,
        baseModel: made.kind == .adapter ? task.modelName : nil, template: task.template, taskID: task.id,
        size: made.size, createdAt: supervisor.clock.now())
    }
    _ = try await supervisor.apply(.ended(ending), to: taskID, status: status, model: model)
  }

  private func ending(
    of task: TaskRecord, _ status: JobStatus, metrics: MetricsTail, made: FoundModel?
  ) async throws(DomainError) -> TaskEnding {
    let results = try await host.facts(of: ["\(task.outputDirectory)/all_results.json"])
    let evidence = EndEvidence(
      ending: status.ending, stopped: status.stopped || task.cancelRequested,
      logTail: try await logTail(task), metrics: metrics.recent, hasResults: results != [nil],
      diskFree: try? await host.measure().diskFree, memoryKill: status.why == "oom_kill")
    guard let reading = FailureReading.read(evidence) else {
      return TaskEnding(state: .completed, at: status.endedAt, madeModel: made != nil)
    }
    if reading.reason == .cancelled {
      // The graceful stop ends with 0 and has saved what was learned so far.
      let saved = status.exitCode == 0 && made != nil
      return TaskEnding(state: .cancelled, reason: .cancelled, at: status.endedAt, madeModel: saved)
    }
    return TaskEnding(state: .failed, reason: reading.reason, detail: reading.detail, at: status.endedAt)
  }

  private func logTail(_ task: TaskRecord) async throws(DomainError) -> String {
    do {
      let slice = try await host.read(
        RunFiles.logPath(task, attempt: task.attempt), from: -32_768, limit: 32_768)
      return String(decoding: slice.bytes, as: UTF8.self)
    } catch  where error.code == .notFound {
      return ""
    }
  }
}
