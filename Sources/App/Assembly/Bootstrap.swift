package import API
import Concurrency
package import Domain
import EventLoop
import Fleet
import FoundationEssentials
import Glibc
import HTTPFetching
package import HTTPServing
import Inference
import Persistence
import ProcessRunning
import SQLAccess
import SecretSealing
package import Services
import Storage

/// The whole server, built once and in order: the only place that sees every room.
package struct Bootstrap {
  /// What lies outside of the server: the machines that train and the engines that answer.
  ///
  /// A test gives its own, so that everything between the socket and these ports is real.
  package struct Outside: Sendable {
    package let hosts: any HostFleet
    /// Lets hosts come and go.
    package let enrolling: any HostEnrolling
    /// Keeps the hosts connected until it is cancelled.
    package let connect: @Sendable () async -> Void
    package let calling: any ModelCalling
    /// Nil for the real one.
    package let relaying: (any RelayCalling)?

    package init(
      hosts: any HostFleet, enrolling: any HostEnrolling, connect: @escaping @Sendable () async -> Void,
      calling: any ModelCalling, relaying: (any RelayCalling)? = nil
    ) {
      self.hosts = hosts
      self.enrolling = enrolling
      self.connect = connect
      self.calling = calling
      self.relaying = relaying
    }
  }

  package let server: HTTPServer
  let loops: EventLoopGroup
  let client: HTTPClient
  let database: any SQLDatabase
  let outside: Outside
  let supervisor: TaskSupervisor
  let runtime: ModelRuntime
  let preload: ModelPreload?
  let accounts: AccountService
  let conversations: ConversationService
  let scripted: ScriptedChat?
  let hostWatch: HostWatch
  let discovery: ModelDiscovery
  package let uploads: ResumableUploads
  let accountRemovals: AccountRemovals
  let indexes: IndexService
  let pipelines: PipelineRunner
  let archiving: ModelArchiving
  package let usage: UsageLedger
  package let events: EventBus
  let eventStore: EventStore
  let clock: WallClock
  let log: ServerLog
  let company: ServerCompany?
  let follower: EventFollower?
  let objectStore: S3Store?
  private let hostAdministration: HostAdministration
  private let lock: DataFolderLock

  /// Throws what keeps the server from starting, in words for its operator.
  ///
  /// - Parameters:
  ///   - page: the web page to serve.
  ///   - replacing: the outside to use instead of this machine and OpenAI-compatible engines.
  package init(
    _ settings: Settings, environment: [String: String], log: ServerLog, clock: WallClock,
    page: WebPage? = nil, replacing: Outside? = nil
  ) async throws {
    self.log = log
    self.clock = clock
    let presets = try Presets.read(settings, environment: environment)
    let folders = try DataFolders(settings)
    lock = try DataFolderLock(folder: settings.dataDirectory)
    // What an earlier server left there, if it was killed.
    ServerFile(folder: settings.dataDirectory).remove()
    let secret =
      try settings.secretKey.map { try SecretKey(text: $0) } ?? SecretFile.loadOrMake(folders.secretFile)
    let metrics = ServerMetrics(routes: APIRouter.rows)
    let company =
      settings.isOneOfMany
      ? try await ServerCompany.join(settings, secret: secret, now: clock.now(), log: log) : nil
    self.company = company
    let shared = MeasuredDatabase(
      database: try await openDatabase(
        try DatabaseURL(settings.databaseURL), isForServer: company == nil),
      reads: metrics.databaseReads, writes: metrics.databaseWrites)
    if let charge = company?.charge {
      database = FencedDatabase(shared, by: .work) { charge.token }
    } else {
      database = shared
      try await UnfinishedCopy.refuse(shared)
      let applied = try await Schema.migrate(shared, now: clock.now().milliseconds)
      if !applied.isEmpty { log.info("database brought up to date", ["steps": String(applied.count)]) }
      if shared.dialect != .sqlite { try await ServerCompany.refuseOthers(on: shared) }
    }

    loops = try EventLoopGroup(count: 2)
    client = try HTTPClient(loops: loops)
    let files = try BlockingPool(threads: 4, name: "files")
    let (blobs, objectStore) = try await Self.openStorage(settings, client: client, clock: clock, log: log)
    self.objectStore = objectStore
    if let company, let objectStore { try await company.agree(on: objectStore) }
    if let replacing {
      outside = replacing
    } else {
      outside = try await Self.thisMachine(
        settings, isHere: company?.isLocalHere ?? true, folders: folders, environment: environment,
        blobs: blobs, loops: loops, client: client,
        answered: { metrics.agentAnswers.record($0) }, log: log)
    }
    let (hosts, calling) = (outside.hosts, MockedModels(others: outside.calling))

    let box = SealedBox(key: secret)
    let seal = ColumnSeal(
      seal: { bytes, context in box.seal(bytes, context: context) },
      open: { sealed, context in try box.open(sealed, context: context) })
    // Who calls is asked for by every server, also by one that is not in charge.
    let users = UserStore(shared, isAlone: company == nil)
    let quotas = UserQuotas(
      everyone: UserQuota(
        storageBytes: settings.userStorage, tasks: settings.userTasks,
        requestsPerMinute: settings.requestsPerMinute, tokensPerDay: settings.tokensPerDay),
      holdings: HoldingsStore(database), users: users)
    eventStore = EventStore(database)
    events = EventBus(store: eventStore)
    if let charge = company?.charge {
      follower = try await EventFollower(store: eventStore, bus: events, charge: charge)
    } else {
      follower = nil
    }
    let knownModels = KnownModels()
    let tasks = TaskStore(database, clock: clock, models: knownModels)
    let models = ModelStore(database, clock: clock, known: knownModels)
    let datasets = DatasetStore(database, clock: clock)
    let gauge = HostGauge(fleet: hosts, clock: clock)
    let serviceGPUs = ServiceGPUs(tasks: tasks)
    let removals = PendingRemovals(
      store: RemovalStore(database), fleet: hosts, gauge: gauge, log: log)
    supervisor = TaskSupervisor(
      tasks: tasks, datasets: datasets, gpuSamples: GPUSampleStore(database), fleet: hosts, gauge: gauge,
      serviceGPUs: serviceGPUs, removals: removals, events: events, clock: clock, log: log,
      queueWait: metrics.queueWait)
    let archiveStore = ModelArchiveStore(database, clock: clock)
    let discoveries = DiscoveredModelStore(database)
    let stages = ModelStages(tasks: tasks, discoveries: discoveries)
    let catalog = ModelCatalog(
      models: models, fleet: hosts, events: events, clock: clock, sharedFolders: settings.modelFolders,
      vllmCommand: settings.modelEngine.command, archives: archiveStore, blobs: blobs, stages: stages)
    archiving = ModelArchiving(
      catalog: catalog, store: archiveStore, models: models, blobs: blobs, fleet: hosts, quotas: quotas,
      removals: removals, events: events, clock: clock, log: log)
    let merging = ModelMerging(
      catalog: catalog, fleet: hosts, events: events, script: RemoteHosts.mergeScript, clock: clock, log: log)
    runtime = ModelRuntime(
      services: ServiceStore(database, clock: clock, seal: seal), loadTimes: LoadTimeStore(database),
      fleet: hosts, gpus: serviceGPUs, merging: merging, calling: calling, events: events, clock: clock,
      log: log,
      settings: .init(
        loadTimeout: settings.modelLoadSeconds, idleTimeout: settings.modelIdleSeconds,
        limits: settings.modelLimits, engine: settings.modelEngine))
    let discovered = DiscoveredModels(
      store: discoveries, fleet: hosts, guestsSeeAny: !settings.scanFolders.isEmpty)
    discovery = ModelDiscovery(
      store: discoveries, fleet: hosts, tasks: tasks, datasets: datasets, bus: events, clock: clock, log: log,
      folders: settings.scanFolders.map { ModelDiscovery.Folder(host: $0.host, path: $0.path) })
    let backends = BackendCatalog(
      catalog: catalog, presets: presets.single, aliases: presets.aliases, discovered: discovered,
      ollama: OllamaModels(base: settings.ollamaURL, calling: calling, clock: clock),
      contextTokens: settings.contextTokens)
    scripted = ScriptedChats.make(settings, fleet: hosts, log: log)
    usage = UsageLedger(store: UsageStore(database), clock: clock, log: log)
    let chat = ChatService(
      backends: backends, runtime: runtime, calling: calling, ledger: usage, scripted: scripted)
    let gateway = GatewayService(
      backends: backends, chat: chat, runtime: runtime,
      relaying: outside.relaying
        ?? OpenAIRelay(
          client: client, allowsPrivateAddresses: settings.allowsPrivateUpstreams,
          patience: settings.upstreamSeconds),
      limits: RequestLimits(
        everyone: quotas.everyone.use,
        ledger: usage, clock: clock),
      ledger: usage, clock: clock)
    let configs = ChatConfigService(
      configs: UserConfigStore(database, seal: seal), backends: backends, clock: clock)
    indexes = try IndexService(
      indexes: IndexStore(database, seal: seal), documents: IndexDocumentStore(database),
      searching: PassageSearch(database), vectors: VectorStore(database, seal: seal),
      changing: VectorChange(database, seal: seal),
      unread: UnreadDocuments(
        store: FailedDocumentStore(database),
        files: LocalParts(
          root: settings.dataDirectory + "/unread", executor: try QueueExecutor(name: "unread")),
        clock: clock, log: log),
      embedder: PassageEmbedder(
        backends: backends,
        calling: OpenAIClient(
          client: client, allowsPrivateAddresses: settings.allowsPrivateUpstreams,
          patience: settings.upstreamSeconds),
        local: HostEmbedding(backends: backends, fleet: hosts, script: RemoteHosts.embeddingScript),
        ledger: usage),
      reranker: PassageReranker(
        backends: backends,
        calling: OpenAIClient(
          client: client, allowsPrivateAddresses: settings.allowsPrivateUpstreams,
          patience: settings.upstreamSeconds), ledger: usage), quotas: quotas, digest: { StreamDigest() },
      pdf: PDFProgram(spawner: ProcessSpawner(loops: loops), path: environment["PATH"] ?? "/usr/bin:/bin"),
      inflating: ZlibInflating(), clock: clock, log: log)
    conversations = ConversationService(
      conversations: ConversationStore(database), messages: MessageStore(database),
      searching: MessageSearch(database), configs: configs, chat: chat, indexes: indexes, clock: clock,
      log: log, keeping: settings.keepConversations, improvesTitles: settings.improvesTitles)
    let trainers = KnownTrainers()
    hostWatch = HostWatch(
      fleet: hosts, enrolling: outside.enrolling, events: eventStore, bus: events, trainers: trainers,
      clock: clock, log: log)
    hostAdministration = HostAdministration(
      store: HostStore(database, clock: clock, seal: seal), enrolling: outside.enrolling, fleet: hosts,
      bus: events, clock: clock, log: log)
    if company == nil { try await Self.takeUp(conversations, hostAdministration, archiving) }
    let guest = settings.guestAccess ? try await users.guest(at: clock.now()) : nil
    // Models that are loaded for everyone are nobody's own.
    preload =
      settings.preloadedModels.isEmpty || scripted != nil
      ? nil
      : ModelPreload(
        names: settings.preloadedModels, catalog: catalog, runtime: runtime,
        user: try await users.guest(at: clock.now()).id, log: log)
    let started = clock.now()
    let view = ServerView()
    let datasetService = try DatasetService(
      datasets: datasets, tasks: tasks, blobs: blobs, fleet: hosts, removals: removals, events: events,
      quotas: quotas, clock: clock, log: log,
      path: { key in
        // On the first host, once its folder is known.
        let first = await hosts.hosts().first?.description
        let path = try? first?.datasetPath(key.filename, of: key.userID)
        return path ?? "\(settings.userDataDirectory)/\(key.userID.rawValue)/datasets/\(key.filename)"
      })
    uploads = try ResumableUploads(
      datasets: datasetService, store: UploadStore(database),
      parts: LocalParts(root: settings.userDataDirectory, executor: try QueueExecutor(name: "parts")),
      digest: { StreamDigest() }, clock: clock, log: log, limit: settings.maximumUpload)
    let taskService = TaskService(
      tasks: tasks, models: models, datasets: datasets, fleet: hosts, supervisor: supervisor,
      removals: removals, events: events, quotas: quotas, clock: clock)
    let passwords = PooledPasswords(pool: try BlockingPool(threads: 2, name: "passwords"))
    accounts = AccountService(
      users: users, keys: APIKeyStore(shared, isAlone: company == nil), passwords: passwords,
      credentials: SealedCredentials(key: secret.derived(for: "jwt")),
      lifetimes: .init(token: Double(settings.tokenMinutes) * 60), isOpen: settings.isRegistrationOpen,
      clock: clock)
    let estimates = TaskEstimates(tasks: taskService, fleet: hosts)
    let preparation = DatasetPreparation(
      datasets: datasetService, mostBytes: settings.maximumUpload, log: log)
    let pipelineTools = PipelineTools(
      tasks: taskService, estimates: estimates, datasets: datasetService, preparation: preparation,
      catalog: catalog, merging: merging,
      runtime: runtime, calling: calling, indexes: indexes,
      webhooks: WebhookClient(client: client, allowsPrivateAddresses: settings.allowsPrivateUpstreams),
      quotas: quotas, serves: scripted == nil)
    let pipelineStore = PipelineStore(database, clock: clock, seal: seal)
    pipelines = PipelineRunner(
      tools: pipelineTools, store: pipelineStore, events: events, clock: clock, log: log)
    accountRemovals = AccountRemovals(
      store: users, quotas: quotas, passwords: passwords,
      running: .init(
        supervisor: supervisor, runtime: runtime, merging: merging, archiving: archiving,
        uploads: uploads,
        conversations: conversations, pipelines: pipelines),
      stored: .init(tasks: tasks, models: models, datasets: datasets, blobs: blobs), fleet: hosts,
      removals: removals, clock: clock, log: log)
    let services = APIServices(
      accounts: accounts,
      users: UserAdministration(
        quotas: quotas, users: users, accounts: accounts, passwords: passwords, log: log),
      accountRemovals: accountRemovals, datasets: datasetService, uploads: uploads,
      rendering: RowRendering(
        datasets: datasetService, tasks: taskService, script: RemoteHosts.previewScript),
      preparation: preparation,
      tasks: taskService, estimates: estimates,
      catalog: catalog, runtime: runtime,
      chat: chat, conversations: conversations,
      presets: PresetService(store: PresetStore(database), clock: clock),
      comparisons: ComparisonService(store: ComparisonStore(database), clock: clock), indexes: indexes,
      pipelines: PipelineService(
        store: pipelineStore, reader: YAMLPipelines(), tools: pipelineTools, runner: pipelines,
        events: events, clock: clock),
      chatConfigs: configs,
      gateway: gateway,
      gatewayModels: GatewayModels(catalog: catalog, backends: backends, discovered: discovered),
      shelf: ModelShelf(
        catalog: catalog, backends: backends, runtime: runtime, stages: stages, discovered: discovered,
        started: started, loadsForEachAnswer: scripted != nil), discovered: discovered,
      discovery: discovery,
      verification: ModelVerification(
        backends: backends, runtime: runtime, fleet: hosts, script: RemoteHosts.verifyScript,
        serves: scripted == nil, log: log), merging: merging, archiving: archiving, guest: guest,
      hosts: HostService(fleet: hosts, supervisor: supervisor, trainers: trainers, chat: scripted),
      hostAdministration: hostAdministration,
      hostSetup: HostSetup(
        fleet: hosts, administration: hostAdministration, trainers: trainers, bundle: RemoteHosts.setupBundle,
        log: log), events: events, metrics: metrics,
      report: MetricsReport(
        metrics: metrics, tasks: TaskCounter(database), fleet: hosts,
        sources: .init(
          connections: { view.connectionCount },
          process: { (try? await files.run { ProcessReading.figures() }) ?? ProcessReading.figures() },
          company: company?.figures),
        version: Version.current, started: started, clock: clock), page: page,
      health: { [database] in
        let answer = try? await database.read { try $0.value("SELECT 1", as: Int.self) }
        return ServerHealth(
          uptimeSeconds: clock.now().seconds(since: started),
          databaseProblem: answer == 1 ? nil : "the database does not answer")
      },
      clock: clock, log: log,
      options: APIOptions(
        version: Version.current, maximumUpload: settings.maximumUpload, corsOrigins: settings.corsOrigins,
        metricsAreOpen: settings.metricsAreOpen))
    let router = try APIRouter(services: services)
    var configuration = ServerConfiguration()
    configuration.host = settings.host
    configuration.port = settings.port
    configuration.maximumConnections = DescriptorLimit.connections(wanted: settings.connections)
    configuration.maximumConnectionsPerAddress = settings.connectionsPerAddress
    if configuration.maximumConnections < settings.connections {
      log.warning(
        "fewer clients can be served than LUTHIER_CONNECTIONS says: the limit of open files is too low",
        ["clients": String(configuration.maximumConnections)])
    }
    configuration.tls = settings.tls
    // Names of models have slashes; every other route refuses them.
    configuration.allowsEncodedSlash = true
    server = HTTPServer(
      configuration: configuration, loops: loops, blocking: files,
      onError: { error, request in router.answer(to: error, request: request) },
      onExchange: { AccessLog.note($0, log) }, handler: Self.handler(router, company, client))
    view.set(server)
  }

  /// Sets right what an earlier server left, before this one begins to work.
  func takeUp() async throws(DomainError) {
    try await Self.takeUp(conversations, hostAdministration, archiving)
  }

  private static func takeUp(
    _ conversations: ConversationService, _ hosts: HostAdministration, _ archiving: ModelArchiving
  ) async throws(DomainError) {
    try await conversations.recover()
    try await hosts.recover()
    try await archiving.takeUp()
  }

  private static func handler(
    _ router: APIRouter, _ company: ServerCompany?, _ client: HTTPClient
  ) -> Handler {
    guard let company else { return router.handle }
    return ServerRelay(
      server: company.term.server.id, charge: company.charge, holder: company.holder, client: client,
      router: router
    ).handle
  }

  /// Where datasets are kept; an object store is looked at first.
  private static func openStorage(
    _ settings: Settings, client: HTTPClient, clock: WallClock, log: ServerLog
  ) async throws -> (any BlobStoring, S3Store?) {
    let drafts = try LocalFolderStore(
      root: settings.userDataDirectory,
      executors: [try QueueExecutor(name: "store-0"), try QueueExecutor(name: "store-1")],
      digest: { StreamDigest() })
    guard let storage = settings.storage else { return (drafts, nil) }
    let objects = S3Client(storage, http: client, clock: clock)
    let abilities = try await S3Client.prove(objects, clock: clock)
    let store = try S3Store(
      client: objects, abilities: abilities, drafts: drafts, journal: settings.dataDirectory + "/storage",
      executor: try QueueExecutor(name: "objects"), digest: { StreamDigest() }, clock: clock, log: log)
    log.info(
      "datasets are kept in an object store",
      ["at": storage.location.shown, "verifies": String(abilities.verifies)])
    return (store, store)
  }

  private static func thisMachine(
    _ settings: Settings, isHere: Bool, folders: DataFolders, environment: [String: String],
    blobs: any BlobStoring, loops: EventLoopGroup, client: HTTPClient,
    answered: @escaping @Sendable (Duration) -> Void,
    log: ServerLog
  ) async throws -> Outside {
    let spawner = ProcessSpawner(loops: loops)
    let report: @Sendable (HostID, DomainError) -> Void = { host, error in
      log.warning("the agent is not running", ["host": host.rawValue, "error": error.debugDescription])
    }
    func timing(_ timing: AgentChannel.Timing) -> AgentChannel.Timing {
      var timing = timing
      timing.answered = answered
      return timing
    }
    let work = (settings.ssh == nil ? settings.workDirectory : nil) ?? settings.dataDirectory
    let command = settings.ssh == nil ? settings.trainerCommand : nil
    let conda = settings.ssh == nil ? settings.condaEnvironment : nil
    // Only where nothing is named: else a wrong name would silently run another trainer.
    let found = command == nil && conda == nil ? folders.trainerBesideProgram() : nil
    let local = TrainerLocation(
      command: command, virtualEnvironment: settings.trainerEnvironment ?? found,
      condaEnvironment: conda, workDirectory: work)
    let program = AgentProgram(
      script: try folders.installAgent(), environment: AgentProgram.environment(from: environment))
    let here = LocalHost(
      description: HostDescription(
        id: HostID(rawValue: "local"), name: HostDescription.thisMachine, kind: .local,
        userDataDirectory: settings.userDataDirectory, slots: settings.slots,
        workDirectory: work),
      agent: program, trainer: local, blobs: blobs, spawner: spawner, timing: timing(AgentChannel.Timing()),
      elsewhere: isHere ? nil : ServerCompany.elsewhere, log: report)
    var factory = SSHHostFactory(
      agent: RemoteHosts.agent, blobs: blobs, spawner: spawner, environment: environment,
      folder: { folders.ssh($0) }, notice: { RemoteHosts.note($1, of: $0, log) }, log: report)
    factory.timing = timing(factory.timing)
    let fixed = settings.ssh.map { [RemoteHosts.record($0, settings: settings)] } ?? []
    folders.removeTrials()
    let hosts = HostRegistry()
    let enrolment = SSHEnrolment(
      registry: hosts, factory: factory,
      loginNode: LoginNode(
        agent: program, blobs: blobs, spawner: spawner, timing: timing(AgentChannel.Timing()), log: report),
      fixed: fixed)
    do throws(DomainError) {
      // First: tasks that name no host go there.
      for host in fixed { try await enrolment.enroll(host) }
    } catch {
      throw StartError("SSH_HOST, SSH_USERNAME or SSH_PASSWORD: \(error.message) \(error.hint ?? "")")
    }
    await hosts.put(here)
    return Outside(
      hosts: hosts, enrolling: enrolment, connect: { await hosts.run() },
      calling: OpenAIClient(
        client: client, allowsPrivateAddresses: settings.allowsPrivateUpstreams,
        patience: settings.upstreamSeconds))
  }
}
