import Domain

/// Watches a launched task: progress while it runs, and the truth about its end.
struct TaskWatch: Sendable {
  let supervisor: TaskSupervisor
  let host: any Host
  let taskID: TaskID

  /// Attempts after which a task that is displaced again and again is not tried again by itself.
  private static let mostDisplacements = 20
  /// Bytes of metrics that come with the news of them: some twenty lines.
  private static let carry = 4096

  /// How long the metrics are, and what came with the news.
  private struct Growth {
    let size: Int64
    let tail: FileSlice?
  }

  /// Returns when the task's end is stored; throws when the host is lost.
  func follow() async throws {
    guard let task = try await supervisor.tasks.task(taskID, owner: nil), task.isCarried else { return }
    if task.cancelRequested { _ = try await host.stop(task.attemptDirectory) }
    let changes = try await host.watch(
      task.attemptDirectory, files: [task.metricsPath], pace: await supervisor.progressInterval(),
      carry: Self.carry)
    let (sizes, growth) = AsyncStream.makeStream(of: Growth.self, bufferingPolicy: .bufferingNewest(1))
    let metrics = MetricsTail(path: task.metricsPath)
    let recorder = GPURecorder(
      ledger: supervisor.gpuLedger, gauge: supervisor.gauge, host: host, task: task, clock: supervisor.clock,
      log: supervisor.log)
    // Ends with this function.
    async let _ = recorder.run()
    try await withThrowingTaskGroup(of: MetricsTail.self) { group in
      group.addTask { await tell(sizes, metrics) }
      let last = try await watch(changes, growth)
      group.cancelAll()
      guard let read = try await group.next() else { return }
      if last.state == .absent {
        let ending = TaskEnding(
          state: .failed, reason: .lost, detail: "The task's folder was deleted on the host.")
        _ = try await supervisor.apply(.ended(ending), to: taskID, status: last)
      } else {
        try await conclude(task, last, read)
      }
    }
  }

  /// The status that says that the task is over.
  private func watch(
    _ changes: AsyncThrowingStream<JobChange, any Error>, _ growth: AsyncStream<Growth>.Continuation
  ) async throws -> JobStatus {
    var isFirst = true
    for try await change in changes {
      await supervisor.gauge.heard(host.description.id)
      // It answers: what was said of it before is over.
      if isFirst, change.status.cluster?.awaySince == nil {
        _ = try await supervisor.apply(.hostBack, to: taskID)
      }
      isFirst = false
      if let job = change.status.cluster { try await follow(job, change.status) }
      if change.status.state == .ended || change.status.state == .lost || change.status.state == .absent {
        return change.status
      }
      if let size = change.sizes.first { growth.yield(Growth(size: size, tail: change.tails.first ?? nil)) }
    }
    try Task.checkCancellation()
    throw DomainError(.hostUnreachable, "The connection to the host ended.", origin: .host)
  }

  /// Where a job stands in its cluster, as far as it is not over.
  @inline(never)
  private func follow(_ job: ClusterJob, _ status: JobStatus) async throws(DomainError) {
    switch status.state {
    case .waiting:
      await supervisor.note(job, of: taskID)
      _ = try await supervisor.apply(.submitted(job: job.id), to: taskID)
      // A job that waits has no files of its own: while Slurm is away nobody can say how it does.
      if let since = job.awaySince {
        _ = try await supervisor.apply(.hostLost(since: since), to: taskID)
      } else {
        _ = try await supervisor.apply(.hostBack, to: taskID)
      }
    case .starting, .running:
      await supervisor.note(nil, of: taskID)
      _ = try await supervisor.apply(.hostBack, to: taskID)
      _ = try await supervisor.apply(.launched(startedAt: status.startedAt), to: taskID)
    case .absent, .prepared, .ended, .lost: await supervisor.note(nil, of: taskID)
    }
  }

  /// Reads what the trainer wrote and records the progress, at the pace that the server can keep, until it
  /// is cancelled; returns how far it has read.
  private func tell(_ growths: AsyncStream<Growth>, _ tail: MetricsTail) async -> MetricsTail {
    var metrics = tail
    for await growth in growths where growth.size != metrics.offset && growth.size >= 0 {
      var read = metrics
      do {
        if !read.advance(by: growth.tail) { try await read.advance(on: host) }
        metrics = read
        if let progress = metrics.progress {
          _ = try await supervisor.apply(.progressed(progress), to: taskID)
        }
      } catch {
        // The watch ends where the host is lost; anything else is read again when there is more, and at
        // the end, where it counts.
      }
      try? await Task.sleep(for: .seconds(await supervisor.progressInterval()))
    }
    return metrics
  }

  @inline(never)
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
        baseModel: made.kind == .adapter ? task.modelName : nil, template: task.template,
        systemPrompt: task.systemPrompt, taskID: task.id, size: made.size, createdAt: supervisor.clock.now())
    }
    let displaced = ending.reason?.isDisplacement ?? false
    _ = try await supervisor.apply(
      displaced && current.attempt < Self.mostDisplacements ? .displaced(ending) : .ended(ending), to: taskID,
      status: status, model: model)
  }

  private func ending(
    of task: TaskRecord, _ status: JobStatus, metrics: MetricsTail, made: FoundModel?
  ) async throws(DomainError) -> TaskEnding {
    let results = try await host.facts(of: ["\(task.outputDirectory)/all_results.json"])
    let evidence = EndEvidence(
      ending: status.ending, stopped: status.stopped || task.cancelRequested,
      logTail: try await logTail(task), metrics: metrics.recent, hasResults: results != [nil],
      diskFree: try? await host.measure().diskFree, memoryKill: status.why == "oom_kill",
      cluster: status.cluster)
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
