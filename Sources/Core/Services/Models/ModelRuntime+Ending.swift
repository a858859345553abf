import Concurrency
import Domain

extension ModelRuntime {
  /// - Parameter failure: what who asks next is told, where the service did not end for a person's wish.
  func stop(
    _ key: ServiceKey, _ service: LiveService, reason: String?, failure: ServiceFailure? = nil
  ) async {
    guard let now = live[key], now.id == service.id else { return }
    if let stopping = now.stopping { return await stopping.value }
    now.loading?.cancel()
    // A task of its own, so that everyone who meets the service meanwhile waits for the same end.
    let task = Task {
      if let loading = now.loading { _ = try? await loading.value }
      if let record = live[key]?.record { await end(record, reason: reason) }
      await gpus.release(service.id)
      // Before those who wait for its end go on: they would begin another one.
      if let failure, live[key]?.id == service.id {
        let isSoon = clock.now().seconds(since: now.readyAt) < Self.soon
        failures[key] = LoadFailure(
          failure.error, at: clock.now(), after: failure.comesAgain && isSoon ? now.before : nil,
          mayLoadAtOnce: !failure.comesAgain)
      }
      forget(key, service.id)
      if failure != nil { await tellFailure(of: key, service.id, for: service.userID) }
    }
    live[key]?.stopping = task
    await task.value
  }

  /// Seconds after it was ready in which an end follows from what the one before it ended of: who asks then waits longer.
  private static let soon = 600.0

  /// Stops the process, waits for its end, and takes its record away.
  func end(_ record: ServiceRecord, reason: String?) async {
    var record = record
    record.state = .stopping
    await tell(record)
    do {
      let host = try await fleet.host(record.hostID)
      try await endProcess(of: record, on: host)
    } catch {
      log.warning(
        "a model service could not be stopped", ["service": record.id.rawValue, "error": "\(error)"])
      // A job would hold its node until the cluster ends it: it is ended when the cluster can be asked.
      if record.isClusterJob, error.code != .notFound {
        record.reason = reason
        unended[record.id] = record
        return
      }
    }
    unended[record.id] = nil
    record.state = .stopped
    record.reason = reason
    await tell(record)
    try? await services.delete(record.id)
    log.info("model unloaded", ["service": record.id.rawValue])
  }

  /// Tries once more to end what could not be ended before; nothing where that is being tried.
  func endAgain(_ record: ServiceRecord) async {
    guard endingAgain.insert(record.id).inserted else { return }
    await end(record, reason: record.reason)
    endingAgain.remove(record.id)
  }

  private func endProcess(of record: ServiceRecord, on host: any Host) async throws(DomainError) {
    let status = try await host.stop(record.directory)
    let endpoint = status.endpoint
    if status.state == .waiting, status.cluster?.awaySince != nil {
      // A job that runs ends by its folder. One that waits can be taken out of the queue by Slurm alone.
      throw DomainError(
        .hostUnreachable, "Slurm does not answer on \(host.description.name).",
        hint: "The job is ended when it does.", origin: .host)
    }
    if status.isUnderWay {
      do {
        if record.isClusterJob {
          // Longer than the ladder and Slurm's own end of it; a controller that is away may take hours.
          try await withTimeout(.seconds(90)) { try await Self.waitForEnd(of: record, on: host) }
        } else {
          try await Self.waitForEnd(of: record, on: host)
        }
      } catch let error as DomainError {
        throw error
      } catch is TimeoutError {
        throw DomainError(.timedOut, "The cluster has not ended the model's job yet.", origin: .host)
      } catch {
        throw Self.gone
      }
    }
    if !record.isClusterJob {
      await host.closeAddress(ofPort: record.port)
    } else if let endpoint {
      await host.closeAddress(of: endpoint)
    }
    try await host.remove(record.directory)
  }

  private nonisolated static func waitForEnd(of record: ServiceRecord, on host: any Host) async throws {
    for try await change in try await host.watch(record.directory, files: []) where !change.status.isUnderWay
    {
      return
    }
  }

  func tell(_ record: ServiceRecord) async {
    let event = NewEvent(
      kind: .serviceChanged, userID: record.userID, subject: record.id.rawValue,
      fields: ["status": .text(record.state.rawValue), "model_path": .text(record.modelPath)])
    if let stored = try? await services.update(record, event: event) { events.publish([stored]) }
  }

  func unloadIdle() async {
    let now = clock.now()
    for (key, service) in live
    where service.loading == nil && service.stopping == nil && service.claims <= 0
      && now.seconds(since: service.lastUsed) > settings.idleTimeout
    {
      await stop(key, service, reason: "Nobody used it for a while.")
    }
  }

  /// Takes back the services an earlier process left: those that answer by their name are used on,
  /// the others are ended.
  func adopt() async {
    guard let records = try? await services.live() else { return }
    for record in records { await gpus.keep(record) }
    for record in records {
      let key = ServiceKey(record)
      if record.isClusterJob {
        resume(record, key)
      } else if record.state == .ready, live[key] == nil, await isItself(record) {
        let now = clock.now()
        var service = LiveService(id: record.id, userID: record.userID, readyAt: now, lastUsed: now)
        service.record = record
        service.hasRoom = true
        service.gpu = record.gpu
        service.memory = record.memory
        live[key] = service
        log.info("model service found again", ["service": record.id.rawValue])
      } else {
        await end(record, reason: "The server was restarted while it was loading.")
        await gpus.release(record.id)
      }
    }
  }

  /// Goes on with a job of a cluster, wherever it stands: in the queue, on its way, or answering.
  ///
  /// It is a load like any other, so that nobody starts a second one meanwhile, however long its cluster is away.
  private func resume(_ record: ServiceRecord, _ key: ServiceKey) {
    guard record.state != .stopping, live[key] == nil else {
      // Of its own: a cluster that is away does not hold up the others.
      Task { await end(record, reason: record.reason) }
      return
    }
    let now = clock.now()
    let id = record.id
    var service = LiveService(id: id, userID: record.userID, readyAt: now, lastUsed: now)
    service.record = record
    service.hasRoom = true
    service.load = ModelLoad(at: now)
    service.loading = Task {
      do {
        let found = try await resumed(record, key)
        await finish(key, with: found)
        return found
      } catch {
        let isUnloaded = live[key]?.id == id && live[key]?.stopping != nil
        let reason = isUnloaded ? Self.gone : error as? DomainError ?? Self.gone
        await fail(key, id, reason)
        throw reason
      }
    }
    live[key] = service
  }

  private func resumed(_ record: ServiceRecord, _ key: ServiceKey) async throws(DomainError) -> ServiceRecord
  {
    var record = record
    do throws(DomainError) {
      let expected = try? await loadTimes.expectedSeconds(of: key.subject)
      let wait = ServiceWait(runtime: self, key: key, id: record.id, expected: expected ?? nil)
      guard try await wait.wait(for: record, on: try await fleet.host(record.hostID)) else { throw Self.gone }
    } catch {
      let (ended, reason) = (record, error.message)
      await Task { await end(ended, reason: reason) }.value
      throw error
    }
    await advance(key, record.id, .answered)
    record.state = .ready
    log.info("model service found again", ["service": record.id.rawValue])
    return record
  }

  /// Looks whether the clusters have ended a model's job, and ends what could not be ended before.
  func lookAfterClusterJobs() async {
    // Of their own: a cluster that is away does not hold up what is asked of the others.
    for record in unended.values { Task { await endAgain(record) } }
    let ready = live.filter { _, service in
      service.loading == nil && service.stopping == nil && service.record?.isClusterJob == true
    }
    for (hostID, services) in Dictionary(grouping: ready, by: { $0.key.hostID }) {
      guard let host = try? await fleet.host(hostID) else { continue }
      let folders = services.compactMap { $0.value.record?.directory }
      guard let found = try? await host.status(of: folders) else { continue }
      for (service, status) in zip(services, found) where !status.isUnderWay {
        await takeEnd(service.key, service.value.id, status, on: host.description)
      }
    }
  }

  /// A job that was ready is no longer: unloads its model, and keeps why.
  private func takeEnd(_ key: ServiceKey, _ id: ServiceID, _ status: JobStatus, on host: HostDescription)
    async
  {
    guard let service = live[key], service.id == id, service.stopping == nil else { return }
    let end = ClusterServiceEnd(status)
    let error =
      end?.error(on: host)
      ?? DomainError(
        .modelStartFailed, "The model's job in the cluster has ended.",
        hint: "It is loaded again when it is used.", origin: .host)
    log.warning("a cluster ended a model's job", ["service": id.rawValue, "reason": error.message])
    await stop(
      key, service, reason: error.message,
      failure: ServiceFailure(error: error, comesAgain: end?.comesAgain == true))
  }

  /// Looks what has become of the job of a service that is silent, and unloads it where it has ended.
  ///
  /// Whoever asks meanwhile waits for the same look, which ends when the service answers again, at the latest after as
  /// long as a cluster may take to say why it ended a job.
  func lookAtSilentJob(_ key: ServiceKey, _ record: ServiceRecord, at address: EngineAddress) async {
    guard let service = live[key], service.id == record.id else { return }
    if let look = service.look { return await look.value }
    let look = Task {
      let began = clock.now()
      while clock.now().seconds(since: began) < Self.clusterWord {
        guard live[key]?.id == record.id, live[key]?.stopping == nil,
          let host = try? await fleet.host(record.hostID),
          let status = try? await host.status(of: [record.directory]).first
        else { break }
        guard status.isUnderWay else {
          await takeEnd(key, record.id, status, on: host.description)
          break
        }
        if await isServing(record, at: address) { break }
        try? await Task.sleep(for: .milliseconds(500))
      }
      if live[key]?.id == record.id { live[key]?.look = nil }
    }
    live[key]?.look = look
    await look.value
  }

  /// Seconds: the agent's for the word of Slurm, and those until it asks Slurm again.
  private static let clusterWord = 20.0

  /// Whether the service's own name is served at its address: another program on that port is not it.
  private func isItself(_ record: ServiceRecord) async -> Bool {
    guard let address = try? await address(of: record) else { return false }
    return await isServing(record, at: address)
  }

  func isServing(_ record: ServiceRecord, at address: EngineAddress) async -> Bool {
    (try? await calling.models(at: address))?.contains(record.id.rawValue) == true
  }
}

extension JobStatus {
  /// It waits in a cluster, starts or runs.
  fileprivate var isUnderWay: Bool { state == .waiting || state == .starting || state == .running }
}
