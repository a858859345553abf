import Domain

/// Waits until a model service that was launched answers by its own name.
struct ServiceWait: Sendable {
  let runtime: ModelRuntime
  let key: ServiceKey
  let id: ServiceID
  /// What earlier loads took, for one that stands in a cluster's queue first.
  let expected: Double?

  /// False where it ended because its port was taken.
  func wait(for record: ServiceRecord, on host: any Host) async throws(DomainError) -> Bool {
    var address = record.isClusterJob ? nil : try await runtime.address(of: record)
    var began = runtime.clock.now()
    var looks = 0
    while true {
      if let address, let served = try? await runtime.calling.models(at: address),
        served.contains(record.id.rawValue)
      {
        return true
      }
      let status = try await status(of: record, on: host)
      if status?.state == .ended || status?.state == .lost
        || (record.isClusterJob && status?.state == .absent)
      {
        let tail = await logTail(of: record, on: host)
        if LoadLog.tellsOfTakenPort(tail) { return false }
        if key.engine == .vllm, status?.exitCode == 127 {
          throw .noVLLM(command: runtime.settings.engine.command, on: host.description.name)
        }
        throw failure(status, tail, host.description)
      }
      if record.isClusterJob {
        if status == nil || status?.state == .waiting {
          // What it waits in the queue is none of its loading; nor is what nobody can see.
          began = runtime.clock.now()
          if let job = status?.cluster {
            await runtime.advance(
              key, id, .queued(QueueWait(job, hostName: host.description.name, at: began)))
          }
        } else {
          await runtime.advance(key, id, .admitted(expected: expected))
          if address == nil, let endpoint = status?.endpoint {
            await runtime.note(endpoint, of: key, id)
            address = try? await runtime.address(of: record)
          }
        }
      }
      guard runtime.clock.now().seconds(since: began) < runtime.settings.loadTimeout else {
        throw DomainError(
          .timedOut, "The model did not load within \(Int(runtime.settings.loadTimeout)) seconds.",
          hint: "Raise LUTHIER_MODEL_LOAD_TIMEOUT, or use a smaller model.", origin: .host)
      }
      looks += 1
      if looks % 5 == 0, status?.state != .waiting {
        let phase = LoadLog.phase(await logTail(of: record, on: host))
        await runtime.advance(key, id, phase.map { .logged($0) } ?? .passed)
      }
      do {
        try await Task.sleep(for: .milliseconds(record.isClusterJob ? 500 : 200))
      } catch {
        throw ModelRuntime.gone
      }
    }
  }

  /// Nil where a cluster's login node is away: its job goes on without it.
  private func status(of record: ServiceRecord, on host: any Host) async throws(DomainError) -> JobStatus? {
    do throws(DomainError) {
      return try await host.status(of: [record.directory]).first
    } catch {
      if record.isClusterJob, error.code == .hostUnreachable || error.code == .timedOut, !Task.isCancelled {
        return nil
      }
      throw error
    }
  }

  private func logTail(of record: ServiceRecord, on host: any Host) async -> String {
    let slice = try? await host.read("\(record.directory)/train.log", from: -16_384, limit: 16_384)
    return String(decoding: slice?.bytes ?? [], as: UTF8.self)
  }

  /// Why it ended, from the end of its log.
  private func failure(_ status: JobStatus?, _ tail: String, _ host: HostDescription) -> DomainError {
    if let end = status.flatMap({ ClusterServiceEnd($0) }) { return end.error(on: host) }
    let evidence = EndEvidence(
      ending: status?.ending ?? .vanished, logTail: tail, memoryKill: status?.why == "oom_kill")
    let reading = FailureReading.read(evidence)
    let lastLine = tail.split(separator: "\n").last.map { String($0.prefix(500)) }
    return DomainError(
      .modelStartFailed,
      "The model could not be loaded: "
        + (reading.map(\.reason.message) ?? "its server ended at once.")
        + ((reading?.detail ?? lastLine).map { " (\($0))" } ?? ""),
      hint: reading?.reason.hint ?? "Look at the host with `luthier doctor`.", origin: .host)
  }
}

/// Why a cluster ended a model's job, which did not end by itself.
enum ClusterServiceEnd: Sendable, Equatable {
  case timeLimit, memory, cancelled, preempted, nodeFailed, deadline

  /// Nil where its own log says more.
  init?(_ status: JobStatus) {
    guard !status.stopped else { return nil }
    // A server that ended by itself left its own evidence; one that ended well was told to.
    if status.state == .ended, status.signal == nil, let code = status.exitCode, code != 0,
      !(129...159).contains(code)
    {
      return nil
    }
    switch status.cluster?.state?.endReason {
    case .timeLimit: self = .timeLimit
    case .clusterMemory: self = .memory
    case .clusterCancelled, .requeued: self = .cancelled
    case .preempted: self = .preempted
    case .nodeFailed: self = .nodeFailed
    case .clusterDeadline: self = .deadline
    default: return nil
    }
  }

  /// Whether another job would end in the same way: it is not begun before somebody could read why.
  var comesAgain: Bool {
    switch self {
    case .timeLimit, .memory, .deadline: true
    case .cancelled, .preempted, .nodeFailed: false
    }
  }

  func error(on host: HostDescription) -> DomainError {
    DomainError(.modelStartFailed, message, hint: hint(on: host), origin: .host)
  }

  var message: String {
    switch self {
    case .timeLimit: "The model's job reached its time limit in the cluster."
    case .memory: "The model's job used more memory than it had asked Slurm for."
    case .cancelled: "Somebody ended the model's job in the cluster, not through Luthier."
    case .preempted: "The cluster gave the node of the model's job to a job of higher priority."
    case .nodeFailed: "The node of the cluster that the model's job ran on failed."
    case .deadline: "The model's job reached the deadline that the cluster has for it."
    }
  }

  private func hint(on host: HostDescription) -> String {
    // Where models have settings of their own, those of tasks change nothing for them.
    let minutes = host.cluster?.serving.minutes == nil ? "--minutes" : "--serving-minutes"
    let memory = host.cluster?.serving.memory == nil ? "--memory" : "--serving-memory"
    return switch self {
    case .timeLimit:
      "It is loaded again when it is used; more time is given by luthier host edit \(host.name) \(minutes) N."
    case .deadline:
      "Slurm starts what can end before the deadline: a shorter time is given by luthier host edit \(host.name) \(minutes) N."
    case .memory: "More is given by luthier host edit \(host.name) \(memory) MIB."
    case .cancelled: "It is loaded again when it is used. Ask who may use scancel there."
    case .preempted:
      "It is loaded again when it is used; a QOS or partition that is not preempted avoids it."
    case .nodeFailed:
      "It is loaded again when it is used; if it stays so, tell the cluster's administrator."
    }
  }
}
