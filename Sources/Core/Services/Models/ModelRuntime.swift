import Concurrency
package import Domain

/// Loads models and keeps them loaded while they are used.
///
/// | a service is | `use` |
/// |---|---|
/// | not there | starts one and waits |
/// | starting | waits with the others |
/// | ready | uses it, after asking who answers on its port |
/// | stopping | waits, then starts one |
/// | failed | starts a new one |
///
/// Services are jobs on a host like trainers, so they outlive this process: after a crash they are
/// found again by their records and asked who they are.
package actor ModelRuntime {
  package struct Settings: Sendable {
    /// Seconds a model may take to load.
    package let loadTimeout: Double
    /// Seconds without a request after which it is unloaded.
    package let idleTimeout: Double

    package init(loadTimeout: Double = 600, idleTimeout: Double = 900) {
      self.loadTimeout = loadTimeout
      self.idleTimeout = idleTimeout
    }
  }

  let services: any ServiceStoring
  let fleet: any HostFleet
  let gpus: ServiceGPUs
  let calling: any ModelCalling
  let events: EventBus
  let clock: WallClock
  let log: ServerLog
  let settings: Settings
  private var live: [ServiceKey: LiveService] = [:]
  /// Why the last load of a model failed, until the next one.
  private var failures: [ServiceKey: String] = [:]
  private var adopted = false

  package init(
    services: any ServiceStoring, fleet: any HostFleet, gpus: ServiceGPUs, calling: any ModelCalling,
    events: EventBus, clock: WallClock, log: ServerLog, settings: Settings
  ) {
    self.services = services
    self.fleet = fleet
    self.gpus = gpus
    self.calling = calling
    self.events = events
    self.clock = clock
    self.log = log
    self.settings = settings
  }

  /// Takes back what was running, then unloads what nobody uses, until it is cancelled.
  package func run() async {
    await adopt()
    while !Task.isCancelled {
      do { try await Task.sleep(for: .seconds(min(15, max(1, settings.idleTimeout / 4)))) } catch { return }
      await unloadIdle()
    }
  }

  /// Runs `body` with a ready service of the model, which is not unloaded meanwhile.
  package func use<Result: Sendable>(
    _ model: ResolvedModel, for user: UserID, _ body: (EngineAddress) async throws -> Result
  ) async throws -> Result {
    let key = ServiceKey(model)
    let address = try await ready(model, for: user)
    let service = live[key]?.record?.id
    live[key]?.uses += 1
    defer { endUse(key, of: service) }
    return try await body(address)
  }

  /// The same for a use that outlasts the call: ends with `release`, which must follow on every path.
  package func acquire(_ model: ResolvedModel, for user: UserID) async throws(DomainError) -> ServiceUse {
    let key = ServiceKey(model)
    let address = try await ready(model, for: user)
    live[key]?.uses += 1
    return ServiceUse(address: address, key: key, service: live[key]?.record?.id)
  }

  package func release(_ use: ServiceUse) { endUse(use.key, of: use.service) }

  /// Loads the model and waits until it answers.
  package func start(_ model: ResolvedModel, for user: UserID) async throws(DomainError) -> ServiceRecord {
    _ = try await ready(model, for: user)
    guard let record = live[ServiceKey(model)]?.record else { throw Self.gone }
    return record
  }

  /// What is loaded or loading: the user's own, or everyone's for `user` nil.
  package func list(for user: UserID?) -> [ServiceRecord] {
    live.values.compactMap(\.record).filter { user == nil || $0.userID == user }
      .sorted { $0.createdAt > $1.createdAt }
  }

  /// The service of a model, loaded or loading.
  func service(of model: ResolvedModel) -> ServiceRecord? { live[ServiceKey(model)]?.record }

  /// How far a model is loaded, and why its last load failed.
  func progress(of model: ResolvedModel) -> (status: ListedModel.Status, error: String?) {
    let key = ServiceKey(model)
    guard let service = live[key] else {
      let failure = failures[key]
      return (failure == nil ? .unloaded : .failed, failure)
    }
    if service.stopping != nil { return (.unloaded, nil) }
    return (service.starting == nil && service.record?.state == .ready ? .ready : .loading, nil)
  }

  /// Unloads a service.
  package func stop(_ id: ServiceID, for user: UserID?) async throws(DomainError) {
    guard
      let (key, service) = live.first(where: {
        $0.value.record?.id == id && (user == nil || $0.value.record?.userID == user)
      })
    else { throw .notFound("The service") }
    await stop(key, service, reason: nil)
  }

  /// Unloads everything: an orderly end of the server frees the memory it holds.
  package func stopAll() async {
    for (key, service) in live { await stop(key, service, reason: nil) }
  }
}

/// A service that is not unloaded before it is released.
package struct ServiceUse: Sendable {
  package let address: EngineAddress
  let key: ServiceKey
  let service: ServiceID?
}

/// Equal keys share a service.
struct ServiceKey: Hashable, Sendable {
  let hostID: HostID
  let path: String
  let baseModel: String?
  let template: String

  init(_ model: ResolvedModel) {
    hostID = model.hostID
    path = model.path
    baseModel = model.baseModel
    template = model.template
  }

  init(_ record: ServiceRecord) {
    hostID = record.hostID
    path = record.modelPath
    baseModel = record.baseModel
    template = record.template
  }
}

/// A service as this process knows it.
struct LiveService {
  var record: ServiceRecord?
  /// Set while it is being started; others wait on it.
  var starting: Task<ServiceRecord, any Error>?
  var stopping: Task<Void, Never>?
  var uses = 0
  var lastUsed: Timestamp
}

extension ModelRuntime {
  static var gone: DomainError {
    DomainError(.modelStartFailed, "The model was unloaded meanwhile.", hint: "Try again.")
  }

  private func ready(_ model: ResolvedModel, for user: UserID) async throws(DomainError) -> EngineAddress {
    let key = ServiceKey(model)
    while true {
      if let stopping = live[key]?.stopping {
        await stopping.value
        continue
      }
      if let record = live[key]?.record, record.state == .ready, live[key]?.starting == nil {
        if let address = await identified(record) {
          live[key]?.lastUsed = clock.now()
          return address
        }
        guard live[key]?.record?.id == record.id, live[key]?.stopping == nil else { continue }
        log.warning("a model service does not answer", ["service": record.id.rawValue])
        guard let service = live[key] else { continue }
        await stop(key, service, reason: "It stopped answering.")
        continue
      }
      let starting = live[key]?.starting ?? begin(model, key, user)
      do {
        let record = try await starting.value
        return try await address(of: record)
      } catch let error as DomainError {
        throw error
      } catch {
        throw DomainError(.modelStartFailed, "The model could not be loaded.", detail: "\(error)")
      }
    }
  }

  /// The load goes on when the one who asked first has gone: others may wait for it too.
  private func begin(_ model: ResolvedModel, _ key: ServiceKey, _ user: UserID) -> Task<
    ServiceRecord, any Error
  > {
    let task = Task {
      do {
        let record = try await ServiceStart(runtime: self, model: model, user: user).start()
        live[key]?.starting = nil
        live[key]?.record = record
        live[key]?.lastUsed = clock.now()
        return record
      } catch {
        live[key] = nil
        if failures.count > 1000 { failures = [:] }
        failures[key] = (error as? DomainError)?.message ?? "The model could not be loaded."
        throw error
      }
    }
    failures[key] = nil
    live[key] = LiveService(record: nil, starting: task, lastUsed: clock.now())
    return task
  }

  /// A start under way has a record now: lists show it as starting.
  func note(_ record: ServiceRecord, for model: ResolvedModel) { live[ServiceKey(model)]?.record = record }

  func address(of record: ServiceRecord) async throws(DomainError) -> EngineAddress {
    let host = try await fleet.host(record.hostID)
    return EngineAddress(
      baseURL: try await host.address(ofPort: record.port), key: record.key, model: record.id.rawValue)
  }

  /// The address where the service's own name is served: another program on that port is not it.
  private func identified(_ record: ServiceRecord) async -> EngineAddress? {
    guard let address = try? await address(of: record),
      let served = try? await calling.models(at: address), served.contains(record.id.rawValue)
    else { return nil }
    return address
  }

  /// Nothing to count where another service has taken the place meanwhile.
  private func endUse(_ key: ServiceKey, of service: ServiceID?) {
    guard let service, live[key]?.record?.id == service else { return }
    live[key]?.uses -= 1
    live[key]?.lastUsed = clock.now()
  }

  private func stop(_ key: ServiceKey, _ service: LiveService, reason: String?) async {
    if let stopping = service.stopping { return await stopping.value }
    service.starting?.cancel()
    // A task of its own, so that everyone who meets the service meanwhile waits for the same end.
    let task = Task {
      if let starting = service.starting { _ = try? await starting.value }
      if let record = live[key]?.record ?? service.record { await end(record, reason: reason) }
      live[key] = nil
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
    await gpus.release(record.id)
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

  private func unloadIdle() async {
    let now = clock.now()
    for (key, service) in live
    where service.starting == nil && service.stopping == nil && service.uses <= 0
      && now.seconds(since: service.lastUsed) > settings.idleTimeout
    {
      await stop(key, service, reason: "Nobody used it for a while.")
    }
  }

  /// Takes back the services an earlier process left: those that answer by their name are used on,
  /// the others are ended.
  private func adopt() async {
    guard !adopted else { return }
    adopted = true
    guard let records = try? await services.live() else { return }
    for record in records { await gpus.keep(record) }
    for record in records {
      let key = ServiceKey(record)
      if record.state == .ready, live[key] == nil, await identified(record) != nil {
        live[key] = LiveService(record: record, lastUsed: clock.now())
        log.info("model service found again", ["service": record.id.rawValue])
      } else {
        await end(record, reason: "The server was restarted while it was loading.")
      }
    }
  }
}
