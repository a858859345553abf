import Concurrency
import Domain

/// Takes one task from its slot to its end.
///
/// What it does once is not inlined, nor in `TaskWatch`: frames that big would be kept for as long as the task runs.
struct TaskCarrier: Sendable {
  let supervisor: TaskSupervisor
  let host: HostID
  private var log: ServerLog { supervisor.log }

  init(supervisor: TaskSupervisor, host: HostID) {
    self.supervisor = supervisor
    self.host = host
  }

  /// Returns when the task has ended, or when the server stops (the trainer then goes on alone).
  func carry(_ id: TaskID) async {
    var patience = Backoff()
    var faults = 0
    var isQuick = false
    while !Task.isCancelled {
      let began = ContinuousClock.now
      do {
        try await advance(id)
        break
      } catch let error as DomainError where error.code == .notFound && error.origin == .luthier {
        // Deleted meanwhile, or its host is not configured any more: then it waits for it like for one
        // that is switched off, since releasing it would only have it carried again at once.
        guard await exists(id) else { break }
        _ = try? await supervisor.apply(.hostLost(since: nil), to: id)
      } catch let refusal as StagingRefusal {
        await end(id, .failed(refusal.error))
        break
      } catch let error as DomainError where error.code == .hostUnreachable {
        let contact = await supervisor.gauge.lastContact(host)
        _ = try? await supervisor.apply(.hostLost(since: contact), to: id)
        do { try await supervisor.gauge.back(host) } catch { break }
        // A host that answers is gone back to at once, but not in circles.
        defer { isQuick = began.duration(to: .now) < .seconds(5) }
        if !isQuick { continue }
      } catch {
        // A launched task is lost only on evidence; whatever this was, its files will tell the truth.
        if Task.isCancelled { break }
        faults += 1
        log.warning(
          "a task is looked at again",
          ["task": id.rawValue, "faults": String(faults), "error": String(reflecting: error)])
      }
      guard await patience.wait() else { break }
    }
    if !Task.isCancelled { await supervisor.release(id) }
  }

  /// A store that does not answer is no evidence that the task is gone.
  private func exists(_ id: TaskID) async -> Bool {
    do { return try await supervisor.tasks.task(id, owner: nil) != nil } catch { return true }
  }

  /// One go at bringing the task to its end; throws what stopped it.
  @inline(never)
  private func advance(_ id: TaskID) async throws {
    guard let task = try await supervisor.tasks.task(id, owner: nil), task.isCarried else { return }
    let host = try await supervisor.fleet.host(task.hostID)
    if task.state == .staging {
      do throws(DomainError) {
        try await inChildTask { () async throws(DomainError) in try await start(task, on: host) }
      } catch  where error.isTransient {
        throw error
      } catch {
        throw StagingRefusal(error: error)
      }
    }
    try await TaskWatch(supervisor: supervisor, host: host, taskID: id).follow()
  }

  private func start(_ task: TaskRecord, on host: any Host) async throws(DomainError) {
    let present = try await host.status(of: [task.attemptDirectory]).first
    var status = present
    if present == nil || present?.state == .absent || present?.state == .prepared {
      if task.cancelRequested {
        _ = try await supervisor.apply(
          .ended(TaskEnding(state: .cancelled, reason: .cancelled)), to: task.id)
        return
      }
      status = try await TaskStaging(supervisor: supervisor, host: host).stageAndLaunch(task)
    }
    if task.unreachableSince != nil { _ = try await supervisor.apply(.hostBack, to: task.id) }
    let event: TaskMachine.Event =
      if let job = status?.cluster, status?.state == .waiting {
        .submitted(job: job.id)
      } else {
        .launched(startedAt: status?.startedAt)
      }
    let launched = try await supervisor.apply(event, to: task.id)
    if launched.actions.contains(.stop) { _ = try await host.stop(task.attemptDirectory) }
  }

  @inline(never)
  private func end(_ id: TaskID, _ ending: TaskEnding) async {
    log.warning(
      "a task could not be started", ["task": id.rawValue, "reason": ending.reason?.rawValue ?? ""])
    do {
      _ = try await supervisor.apply(.ended(ending), to: id)
    } catch {
      log.error("an ending could not be stored", ["task": id.rawValue, "error": error.debugDescription])
    }
  }
}

/// Why a task could not be launched, for good: nothing of it runs.
private struct StagingRefusal: Error {
  let error: DomainError
}

extension TaskEnding {
  fileprivate static func failed(_ error: DomainError) -> TaskEnding {
    TaskEnding(state: .failed, reason: EndReason(refusal: error), detail: error.message)
  }
}

extension DomainError {
  /// Worth another try: nothing is wrong with the task itself.
  var isTransient: Bool {
    [.hostUnreachable, .timedOut, .databaseUnreachable, .storageUnreachable].contains(code)
  }
}

extension EndReason {
  /// The reason that a refused launch amounts to.
  init(refusal error: DomainError) {
    switch error.code {
    case .trainerMissing: self = .notInstalled
    case .clusterRefused: self = .clusterRefused
    case .modelMissing: self = .missingModel
    case .storageFull: self = .diskFull
    case .invalidInput: self = .badDataset
    case .notFound: self = .missingDataset
    case .forbidden: self = .permissionDenied
    default: self = .launchFailed
    }
  }
}
