import Concurrency
package import Domain
import FoundationEssentials

/// Loads models and keeps them loaded while they are used.
///
/// | a service is | `use` |
/// |---|---|
/// | not there | starts one and waits |
/// | waiting for room, or starting | waits with the others |
/// | ready | uses it, after asking who answers on its port |
/// | leaving: others wait for its room | waits for its end, then behind them |
/// | stopping | waits, then starts one |
/// | failed a moment ago | fails alike; later it is tried again |
/// | ended by its cluster, and the next one would be | fails alike; later it is tried again |
///
/// Services are jobs on a host like trainers, so they outlive this process: after a crash they are
/// found again by their records and asked who they are.
package actor ModelRuntime {
  package struct Settings: Sendable {
    /// Seconds a model may take to load, and as many to wait for room.
    package let loadTimeout: Double
    /// Seconds without a request after which it is unloaded.
    package let idleTimeout: Double
    package let limits: ModelRoom.Limits
    package let engine: EngineChoice

    package init(
      loadTimeout: Double = 600, idleTimeout: Double = 900, limits: ModelRoom.Limits = .init(),
      engine: EngineChoice = .init()
    ) {
      self.loadTimeout = loadTimeout
      self.idleTimeout = idleTimeout
      self.limits = limits
      self.engine = engine
    }
  }

  let services: any ServiceStoring
  let loadTimes: any LoadTimeStoring
  let fleet: any HostFleet
  let gpus: ServiceGPUs
  /// Nil: adapters go to their engine as they are.
  private let merging: ModelMerging?
  let calling: any ModelCalling
  let events: EventBus
  let clock: WallClock
  let log: ServerLog
  let settings: Settings
  var live: [ServiceKey: LiveService] = [:]
  /// Why the last loads of a model failed, until one succeeds.
  var failures: [ServiceKey: LoadFailure] = [:]
  /// Loads that wait for room, the first first, for each host.
  var queues: [HostID: [RoomWish]] = [:]
  /// Why there will be no room for a load.
  var refusals: [ServiceID: DomainError] = [:]
  /// Hosts whose queue is being looked at, and whether it has to be looked at once more.
  var arranging: [HostID: Bool] = [:]
  /// Adapters, by host and folder, that were looked at: whether vLLM can give them to a running base.
  private var sharable: [String: Bool] = [:]
  /// Jobs of clusters that could not be ended, because nobody could ask their cluster; tried again until they are.
  var unended: [ServiceID: ServiceRecord] = [:]
  /// Those of them that are being tried.
  var endingAgain: Set<ServiceID> = []
  private var adopted = false

  package init(
    services: any ServiceStoring, loadTimes: any LoadTimeStoring, fleet: any HostFleet, gpus: ServiceGPUs,
    merging: ModelMerging? = nil, calling: any ModelCalling, events: EventBus, clock: WallClock,
    log: ServerLog, settings: Settings
  ) {
    self.services = services
    self.loadTimes = loadTimes
    self.fleet = fleet
    self.gpus = gpus
    self.merging = merging
    self.calling = calling
    self.events = events
    self.clock = clock
    self.log = log
    self.settings = settings
  }

  /// Takes back what was running, loads `preloaded`, then unloads what nobody uses, until it is cancelled.
  package func run(preload: @Sendable () async -> Void = {}) async {
    if !adopted {
      adopted = true
      await adopt()
    }
    await preload()
    while !Task.isCancelled {
      do { try await Task.sleep(for: .seconds(min(15, max(1, settings.idleTimeout / 4)))) } catch { return }
      await unloadIdle()
      await lookAfterClusterJobs()
    }
  }

  /// Runs `body` with a ready service of the model, which is not unloaded meanwhile.
  package func use<Result: Sendable>(
    _ model: ResolvedModel, for user: UserID, _ body: (EngineAddress) async throws -> Result
  ) async throws -> Result {
    let use = try await claim(model, for: user)
    defer { release(use) }
    return try await body(use.address)
  }

  /// The same for a use that outlasts the call: ends with `release`, which must follow on every path.
  package func acquire(_ model: ResolvedModel, for user: UserID) async throws(DomainError) -> ServiceUse {
    try await claim(model, for: user)
  }

  /// Nothing to count where another service has taken the place meanwhile.
  package func release(_ use: ServiceUse) { unclaim(use.key, use.service) }

  func unclaim(_ key: ServiceKey, _ id: ServiceID) {
    guard live[key]?.id == id else { return }
    live[key]?.claims -= 1
    live[key]?.lastUsed = clock.now()
    leaveIfIdle(key)
  }

  /// Loads the model and waits until it answers; what failed a moment ago is tried again.
  package func start(_ model: ResolvedModel, for user: UserID) async throws(DomainError) -> ServiceRecord {
    let use = try await claim(model, for: user, retriesAtOnce: true)
    defer { release(use) }
    guard let record = live[use.key]?.record else { throw Self.gone }
    return record
  }

  /// Makes sure that the model answers, as a question does that is about to be asked.
  package func prepare(_ model: ResolvedModel, for user: UserID) async throws(DomainError) {
    release(try await claim(model, for: user))
  }

  /// Begins to load the model, and does not wait for it.
  ///
  /// - Parameter port: where it is to be served on its host; throws `conflict` where that is another program's, before
  ///   anything is begun. A model that is loaded already stays where it is, and a job of a cluster chooses for itself.
  package func load(_ model: ResolvedModel, for user: UserID, port: Int? = nil) async throws(DomainError) {
    try model.checkAnswers()
    await look(at: model)
    let key = key(of: model)
    if let port, live[key] == nil {
      let host = try await fleet.host(model.hostID)
      if host.description.serviceRequest == nil { _ = try await host.reservePort(port) }
    }
    if live[key] == nil { begin(model, key, user, port: port) }
  }

  /// What is loaded, loading or not yet ended: the user's own, or everyone's for `user` nil.
  package func list(for user: UserID?) -> [ServiceRecord] {
    (live.values.compactMap(\.record)
      + unended.values.filter { record in
        !live.values.contains { $0.id == record.id }
      }).filter { user == nil || $0.userID == user }
      .sorted { $0.createdAt > $1.createdAt }
  }

  /// Who had the model loaded; nil where it is not, and is not being loaded.
  func owner(of model: ResolvedModel) -> UserID? { live[key(of: model)]?.userID }

  /// How far a model is loaded, and why its last load failed.
  func standing(of model: ResolvedModel) -> ModelStanding {
    let key = key(of: model)
    guard let service = live[key], service.stopping == nil else {
      guard let failure = failures[key], live[key] == nil else { return ModelStanding(status: .unloaded) }
      return ModelStanding(status: .failed, error: failure.sentence)
    }
    guard let load = service.load else { return ModelStanding(status: .ready) }
    return ModelStanding(
      status: .loading, progress: load.progress(at: clock.now()), error: failures[key]?.sentence)
  }

  /// Unloads a model, or ends its load; whoever waits for it is told so.
  @discardableResult
  package func unload(_ model: ResolvedModel) async -> UnloadOutcome {
    let key = key(of: model)
    guard let service = live[key] else { return .notLoaded }
    await stop(key, service, reason: nil)
    return await outcome(of: service.id)
  }

  /// Unloads a service.
  @discardableResult
  package func stop(_ id: ServiceID, for user: UserID?) async throws(DomainError) -> UnloadOutcome {
    if let record = unended[id], user == nil || record.userID == user {
      await endAgain(record)
      return await outcome(of: id)
    }
    guard
      let (key, service) = live.first(where: {
        $0.value.id == id && (user == nil || $0.value.userID == user)
      })
    else { throw .notFound("The service") }
    await stop(key, service, reason: nil)
    return await outcome(of: id)
  }

  private func outcome(of id: ServiceID) async -> UnloadOutcome {
    guard let record = unended[id] else { return .unloaded }
    let host = try? await fleet.host(record.hostID)
    return .jobLeft(host: host?.description.name ?? "the cluster")
  }

  /// Unloads everything: an orderly end of the server frees the memory it holds.
  package func stopAll() async {
    for (key, service) in live { await stop(key, service, reason: nil) }
  }

  func key(of model: ResolvedModel) -> ServiceKey {
    ServiceKey(
      model, engine: engine(of: model), sharesBase: sharable[Self.place(of: model)] ?? true)
  }

  private func engine(of model: ResolvedModel) -> ModelEngine { model.engine ?? settings.engine.engine }

  private static func place(of model: ResolvedModel) -> String { "\(model.hostID.rawValue):\(model.path)" }

  /// Looks at an adapter that vLLM is to serve, whether it goes to a running base or has to be merged first.
  func look(at model: ResolvedModel) async {
    let place = Self.place(of: model)
    guard engine(of: model) == .vllm, model.baseModel != nil, sharable[place] == nil else { return }
    guard let host = try? await fleet.host(model.hostID),
      let file = try? await host.read("\(model.path)/adapter_config.json", from: 0, limit: 1 << 20),
      let found = try? JSONDecoder().decode(AdapterConfiguration.self, from: Data(file.bytes))
    else { return }  // vLLM itself will say what is wrong with it.
    if sharable.count > 10_000 { sharable = [:] }
    sharable[place] = found.fitsSharedBase
  }

  /// The folder that an adapter is merged into, where its engine cannot load it; nil for every other model.
  func merged(_ model: ResolvedModel, _ key: ServiceKey, for user: UserID) async throws(DomainError)
    -> String?
  {
    guard key.engine == .vllm, key.baseModel != nil, let merging else { return nil }
    do {
      return try await merging.merge(model, name: nil, for: user).path
    } catch let error as DomainError {
      throw error
    } catch {
      throw Self.gone
    }
  }

  static var gone: DomainError {
    DomainError(.modelStartFailed, "The model was unloaded meanwhile.", hint: "Try again.")
  }
}

/// A service that is not unloaded before it is released.
package struct ServiceUse: Sendable {
  package let address: EngineAddress
  let key: ServiceKey
  let service: ServiceID
}

/// Why a service that was ready has ended.
struct ServiceFailure: Sendable {
  let error: DomainError
  /// The next one would end in the same way.
  let comesAgain: Bool
}

/// How far a model is loaded.
package struct ModelStanding: Sendable, Equatable {
  package let status: ListedModel.Status
  /// While it loads.
  package let progress: LoadProgress?
  /// Why it could not be loaded; while it loads, why it could not the last time.
  package let error: String?

  init(status: ListedModel.Status, progress: LoadProgress? = nil, error: String? = nil) {
    self.status = status
    self.progress = progress
    self.error = error
  }
}

/// Equal keys share a service.
struct ServiceKey: Hashable, Sendable {
  let hostID: HostID
  let engine: ModelEngine
  let path: String
  let baseModel: String?
  let template: String
  let systemPrompt: String?

  /// - Parameter sharesBase: an adapter can be given to a running base; else it is merged and served by itself.
  init(_ model: ResolvedModel, engine: ModelEngine, sharesBase: Bool) {
    hostID = model.hostID
    self.engine = engine
    switch engine {
    case .vllm where sharesBase || model.baseModel == nil:
      // All adapters of a base share its server, which takes the base's own chat template.
      path = model.baseModel ?? model.path
      baseModel = nil
      template = ""
      systemPrompt = nil
    case .llamafactory, .vllm:
      path = model.path
      baseModel = model.baseModel
      template = model.template
      systemPrompt = model.systemPrompt
    }
  }

  init(_ record: ServiceRecord) {
    hostID = record.hostID
    engine = record.engine
    path = record.modelPath
    baseModel = record.baseModel
    template = record.template
    systemPrompt = record.systemPrompt
  }

  var subject: LoadSubject {
    LoadSubject(hostID: hostID, engine: engine, modelPath: path, baseModel: baseModel)
  }
}

/// A service as this process knows it.
struct LiveService {
  let id: ServiceID
  let userID: UserID
  var record: ServiceRecord?
  /// Where it serves, of a job of a cluster that has said so.
  var endpoint: JobEndpoint?
  /// Set while it loads.
  var load: ModelLoad?
  /// Set while it loads; others wait on it.
  var loading: Task<ServiceRecord, any Error>?
  var stopping: Task<Void, Never>?
  /// Why the one before it ended or failed.
  var before: LoadFailure?
  /// Set while its cluster is asked what has become of it.
  var look: Task<Void, Never>?
  /// Requests that use it or wait for it.
  var claims = 0
  /// It has room on its host: it is past the queue.
  var hasRoom = false
  /// Others wait for its room: it takes no new requests.
  var isLeaving = false
  var gpu: GPUShare?
  var memory: Int64 = 0
  var readyAt: Timestamp
  var lastUsed: Timestamp
  /// Folders of the adapters it was given while it runs.
  var adapters: Set<String> = []
  /// When it was last asked who it is.
  var identifiedAt: Timestamp?
  /// Opens when it is gone.
  let end = Gate()
}
