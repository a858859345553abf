import Domain

extension ModelRuntime {
  func stop(_ key: ServiceKey, _ service: LiveService, reason: String?) async {
    guard let now = live[key], now.id == service.id else { return }
    if let stopping = now.stopping { return await stopping.value }
    now.loading?.cancel()
    // A task of its own, so that everyone who meets the service meanwhile waits for the same end.
    let task = Task {
      if let loading = now.loading { _ = try? await loading.value }
      if let record = live[key]?.record { await end(record, reason: reason) }
      await gpus.release(service.id)
      forget(key, service.id)
    }
    live[key]?.stopping = task
    await task.value
  }

  /// Stops the process, waits for its end, and takes its record away.
  func end(_ record: ServiceRecord, reason: String?) async {
    var record = record
    record.state = .stopping
    await tell(record)
    do {
      let host = try await fleet.host(record.hostID)
      var status = try await host.stop(record.directory)
      if status.state == .running || status.state == .starting {
        for try await change in try await host.watch(record.directory, files: []) {
          status = change.status
          if status.state != .running && status.state != .starting { break }
        }
      }
      await host.closeAddress(ofPort: record.port)
      try await host.remove(record.directory)
    } catch {
      log.warning(
        "a model service could not be stopped", ["service": record.id.rawValue, "error": "\(error)"])
    }
    record.state = .stopped
    record.reason = reason
    await tell(record)
    try? await services.delete(record.id)
    log.info("model unloaded", ["service": record.id.rawValue])
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
      if record.state == .ready, live[key] == nil, await isItself(record) {
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

  /// Whether the service's own name is served at its address: another program on that port is not it.
  private func isItself(_ record: ServiceRecord) async -> Bool {
    guard let address = try? await address(of: record), let served = try? await calling.models(at: address)
    else { return false }
    return served.contains(record.id.rawValue)
  }
}
