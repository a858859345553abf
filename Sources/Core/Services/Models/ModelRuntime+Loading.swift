import Concurrency
import Domain

extension ModelRuntime {
  /// A ready service, with one more who uses it.
  ///
  /// The claim is made before anything is waited for: nobody who waits is overtaken by an unloading.
  func claim(
    _ model: ResolvedModel, for user: UserID, retriesAtOnce: Bool = false
  ) async throws(DomainError) -> ServiceUse {
    try model.checkAnswers()
    await look(at: model)
    let key = key(of: model)
    var isFirst = true
    while true {
      guard let service = live[key] else {
        if let failure = failures[key], !(retriesAtOnce && isFirst), failure.rests(at: clock.now()) {
          throw failure.error
        }
        isFirst = false
        begin(model, key, user)
        continue
      }
      if service.stopping != nil || service.isLeaving {
        do { try await service.end.wait() } catch { throw Self.gone }
        continue
      }
      live[key]?.claims += 1
      if let loading = service.loading {
        do {
          _ = try await loading.value
        } catch let error as DomainError {
          throw error
        } catch {
          throw DomainError(.modelStartFailed, "The model could not be loaded.", detail: "\(error)")
        }
      }
      if let base = try await address(of: key, service.id) {
        let address = try await adapted(base, to: model, key, service.id)
        return ServiceUse(address: address, key: key, service: service.id)
      }
    }
  }

  /// Where a claimed service answers; nil where it has gone, and the claim with it.
  private func address(of key: ServiceKey, _ id: ServiceID) async throws(DomainError) -> EngineAddress? {
    if let look = live[key]?.look { await look.value }
    guard let service = live[key], service.id == id, let record = service.record else { return nil }
    let address: EngineAddress
    do {
      address = try await self.address(of: record)
    } catch {
      unclaim(key, id)
      throw error
    }
    // Not for each of many at once: an engine that works for many is slow to say who it is.
    if let asked = service.identifiedAt, service.claims > 1, clock.now().seconds(since: asked) < 5 {
      return address
    }
    let served = try? await calling.models(at: address)
    guard live[key]?.id == id, live[key]?.stopping == nil else { return nil }
    let isItself = served?.contains(record.id.rawValue)
    // Silent, while others are being answered: it is busy.
    if isItself == true || (isItself == nil && live[key].map { $0.claims > 1 } == true) {
      live[key]?.identifiedAt = clock.now()
      live[key]?.lastUsed = clock.now()
      return address
    }
    if record.isClusterJob, isItself == nil {
      await lookAtSilentJob(key, record, at: address)
      guard let service = live[key], service.id == id, service.stopping == nil else { return nil }
      if await isServing(record, at: address) { return address }
    }
    log.warning("a model service does not answer", ["service": record.id.rawValue])
    if let service = live[key], service.id == id {
      await stop(key, service, reason: "It stopped answering.")
    }
    return nil
  }

  /// The address of the model itself: an adapter on a shared base is loaded there under its own name.
  private func adapted(_ base: EngineAddress, to model: ResolvedModel, _ key: ServiceKey, _ id: ServiceID)
    async throws(DomainError) -> EngineAddress
  {
    guard key.engine == .vllm, key.baseModel == nil, model.baseModel != nil else { return base }
    let address = EngineAddress(baseURL: base.baseURL, key: base.key, model: model.path)
    if live[key]?.adapters.contains(model.path) == true { return address }
    do {
      // One of an earlier process may be there already.
      if try await !calling.models(at: base).contains(model.path) {
        try await calling.loadAdapter(model.path, named: model.path, at: base)
      }
    } catch {
      unclaim(key, id)
      throw error
    }
    if live[key]?.id == id { live[key]?.adapters.insert(model.path) }
    return address
  }

  /// The load goes on when the one who asked first has gone: others may wait for it too.
  func begin(_ model: ResolvedModel, _ key: ServiceKey, _ user: UserID, port: Int? = nil) {
    let now = clock.now()
    let id = ServiceID.make()
    var service = LiveService(id: id, userID: user, readyAt: now, lastUsed: now)
    service.load = ModelLoad(at: now)
    // Of its own, so that it outlives the request that began it.
    service.loading = Task {
      do {
        let record = try await carry(model, key, id, user, port)
        await finish(key, with: record)
        return record
      } catch {
        // Ended by an unloading: whatever the request that was cancelled by it says.
        let isUnloaded = live[key]?.id == id && live[key]?.stopping != nil
        let reason = isUnloaded ? Self.gone : error as? DomainError ?? Self.gone
        await fail(key, id, reason)
        throw reason
      }
    }
    live[key] = service
  }

  private func carry(
    _ model: ResolvedModel, _ key: ServiceKey, _ id: ServiceID, _ user: UserID, _ port: Int?
  ) async throws(DomainError) -> ServiceRecord {
    await advance(key, id, .passed)
    // Before it has room: nothing is held meanwhile.
    let merged = try await merged(model, key, for: user)
    try await room(for: model, key, id)
    let expected = try? await loadTimes.expectedSeconds(of: key.subject)
    // A cluster has a queue of its own: what stands there is not being loaded yet.
    if try await fleet.host(key.hostID).description.serviceRequest == nil {
      await advance(key, id, .admitted(expected: expected ?? nil))
    }
    let start = ServiceStart(
      runtime: self, model: model, merged: merged, key: key, id: id, user: user, gpu: live[key]?.gpu,
      memory: live[key]?.memory ?? 0, port: port, expected: expected ?? nil)
    let record = try await start.start()
    await advance(key, id, .answered)
    return record
  }

  /// The model answers: keeps that, and tells it once it is so, for who hears of it asks how the model stands.
  func finish(_ key: ServiceKey, with record: ServiceRecord) async {
    guard live[key]?.id == record.id else { return }
    let now = clock.now()
    live[key]?.before = failures.removeValue(forKey: key)
    live[key]?.load = nil
    live[key]?.record = record
    live[key]?.readyAt = now
    live[key]?.lastUsed = now
    live[key]?.identifiedAt = now
    await tell(record)
    // Not before: who stops it waits for this task, so that its end is told last.
    guard live[key]?.id == record.id else { return }
    live[key]?.loading = nil
    lookAgain(at: key.hostID)
  }

  func fail(_ key: ServiceKey, _ id: ServiceID, _ error: DomainError) async {
    let isCancelled = live[key]?.stopping != nil
    // Of its own: nothing can be stored by a task that was cancelled.
    await Task { await advance(key, id, isCancelled ? .cancelled : .failed) }.value
    if !isCancelled {
      if failures.count > 1000 { failures = [:] }
      failures[key] = LoadFailure(error, at: clock.now(), after: failures[key])
      log.warning(
        "a model could not be loaded", ["model": key.path, "error": error.message, "service": id.rawValue])
    }
    // Its start has ended its process already.
    if live[key]?.id == id { live[key]?.record = nil }
    // One that is being stopped is taken away by who stops it.
    guard !isCancelled else { return }
    let user = live[key]?.id == id ? live[key]?.userID : nil
    await gpus.release(id)
    forget(key, id)
    if let user { await tellFailure(of: key, id, for: user) }
  }

  /// Takes a service that has ended out of the list, and tells those who wait for that.
  func forget(_ key: ServiceKey, _ id: ServiceID) {
    guard let service = live[key], service.id == id else { return }
    live[key] = nil
    service.end.open()
    lookAgain(at: key.hostID)
  }

  /// Tells that a model failed once that is so; what was told before were the steps on the way there.
  func tellFailure(of key: ServiceKey, _ id: ServiceID, for user: UserID) async {
    let event = NewEvent(
      kind: .serviceChanged, userID: user, subject: id.rawValue,
      fields: ["status": .text(ServiceRecord.State.failed.rawValue), "model_path": .text(key.path)])
    // Of its own: nothing can be stored by a task that was cancelled.
    await Task { await events.record(event, at: clock.now()) }.value
  }

  /// Moves a load on, and tells of it.
  func advance(_ key: ServiceKey, _ id: ServiceID, _ event: ModelLoad.Event) async {
    guard live[key]?.id == id, let actions = live[key]?.load?.apply(event, at: clock.now()) else { return }
    for action in actions {
      switch action {
      case .tell(let progress): await tell(progress, of: key, id)
      case .remember(let seconds):
        try? await loadTimes.remember(seconds, of: key.subject, at: clock.now())
      }
    }
  }

  private func tell(_ progress: LoadProgress, of key: ServiceKey, _ id: ServiceID) async {
    guard let user = live[key]?.userID else { return }
    var fields: [String: NewEvent.Field] = [
      "model_path": .text(key.path), "phase": .text(progress.phase.rawValue),
      "seconds": .number(progress.seconds),
    ]
    if let expected = progress.expectedSeconds { fields["expected_seconds"] = .number(expected) }
    if let fraction = progress.fraction { fields["progress"] = .number(fraction) }
    let event = NewEvent(kind: .serviceLoading, userID: user, subject: id.rawValue, fields: fields)
    await events.record(event, at: clock.now())
  }

  /// A start under way has a record now: lists show it as starting.
  func note(_ record: ServiceRecord, for key: ServiceKey) {
    if live[key]?.id == record.id { live[key]?.record = record }
  }

  func address(of record: ServiceRecord) async throws(DomainError) -> EngineAddress {
    let host = try await fleet.host(record.hostID)
    let base =
      record.isClusterJob
      ? try await host.address(of: try await endpoint(of: record, on: host))
      : try await host.address(ofPort: record.port)
    return EngineAddress(baseURL: base, key: record.key, model: record.id.rawValue)
  }

  private func endpoint(of record: ServiceRecord, on host: any Host) async throws(DomainError) -> JobEndpoint
  {
    let key = ServiceKey(record)
    if let known = live[key], known.id == record.id, let endpoint = known.endpoint { return endpoint }
    guard let endpoint = try await host.status(of: [record.directory]).first?.endpoint else {
      throw DomainError(
        .modelStartFailed, "The model's job in the cluster has not begun yet.", hint: "Try again.",
        origin: .host)
    }
    note(endpoint, of: key, record.id)
    return endpoint
  }

  /// A job of a cluster has said where it serves; it stays there to its end.
  func note(_ endpoint: JobEndpoint, of key: ServiceKey, _ id: ServiceID) {
    if live[key]?.id == id { live[key]?.endpoint = endpoint }
  }
}
