package import Domain
package import Services

/// Everything the routes ask for; made once, by Assembly.
///
/// A class, since every request hands it on several times, and each wait would otherwise hold copies of it all.
package final class APIServices: Sendable {
  package let accounts: AccountService
  package let users: UserAdministration
  package let accountRemovals: AccountRemovals
  package let datasets: DatasetService
  package let uploads: ResumableUploads
  package let rendering: RowRendering
  package let preparation: DatasetPreparation
  package let tasks: TaskService
  package let estimates: TaskEstimates
  package let catalog: ModelCatalog
  package let runtime: ModelRuntime
  package let chat: ChatService
  package let conversations: ConversationService
  package let presets: PresetService
  package let comparisons: ComparisonService
  package let indexes: IndexService
  package let pipelines: PipelineService
  package let chatConfigs: ChatConfigService
  package let gateway: GatewayService
  package let gatewayModels: GatewayModels
  package let shelf: ModelShelf
  package let discovered: DiscoveredModels
  package let discovery: ModelDiscovery
  package let verification: ModelVerification
  package let merging: ModelMerging
  package let archiving: ModelArchiving
  /// The account of callers without a login; nil where they are not let in.
  package let guest: UserAccount?
  package let hosts: HostService
  package let hostAdministration: HostAdministration
  package let hostSetup: HostSetup
  package let events: EventBus
  package let metrics: ServerMetrics
  package let report: MetricsReport
  /// The web page; nil in a program that was built without it.
  package let page: WebPage?
  let health: HealthReplies
  package let clock: WallClock
  package let log: ServerLog
  package let options: APIOptions
  let taskReplies = TaskReplies()

  package init(
    accounts: AccountService, users: UserAdministration, accountRemovals: AccountRemovals,
    datasets: DatasetService,
    uploads: ResumableUploads, rendering: RowRendering, preparation: DatasetPreparation, tasks: TaskService,
    estimates: TaskEstimates,
    catalog: ModelCatalog, runtime: ModelRuntime, chat: ChatService, conversations: ConversationService,
    presets: PresetService, comparisons: ComparisonService, indexes: IndexService, pipelines: PipelineService,
    chatConfigs: ChatConfigService,
    gateway: GatewayService, gatewayModels: GatewayModels, shelf: ModelShelf,
    discovered: DiscoveredModels, discovery: ModelDiscovery, verification: ModelVerification,
    merging: ModelMerging, archiving: ModelArchiving,
    guest: UserAccount?, hosts: HostService, hostAdministration: HostAdministration, hostSetup: HostSetup,
    events: EventBus, metrics: ServerMetrics, report: MetricsReport, page: WebPage?,
    health: @escaping @Sendable () async -> ServerHealth, clock: WallClock, log: ServerLog,
    options: APIOptions
  ) {
    self.accounts = accounts
    self.users = users
    self.accountRemovals = accountRemovals
    self.datasets = datasets
    self.uploads = uploads
    self.rendering = rendering
    self.preparation = preparation
    self.tasks = tasks
    self.estimates = estimates
    self.catalog = catalog
    self.runtime = runtime
    self.chat = chat
    self.conversations = conversations
    self.presets = presets
    self.comparisons = comparisons
    self.indexes = indexes
    self.pipelines = pipelines
    self.chatConfigs = chatConfigs
    self.gateway = gateway
    self.gatewayModels = gatewayModels
    self.shelf = shelf
    self.discovered = discovered
    self.discovery = discovery
    self.verification = verification
    self.merging = merging
    self.archiving = archiving
    self.guest = guest
    self.hosts = hosts
    self.hostAdministration = hostAdministration
    self.hostSetup = hostSetup
    self.events = events
    self.metrics = metrics
    self.report = report
    self.page = page
    self.health = HealthReplies(version: options.version, ask: health)
    self.clock = clock
    self.log = log
    self.options = options
  }
}

/// How the server does, for `GET /api/health`.
package struct ServerHealth: Sendable {
  package let uptimeSeconds: Double
  /// Nil while the database answers.
  package let databaseProblem: String?

  package init(uptimeSeconds: Double, databaseProblem: String?) {
    self.uptimeSeconds = uptimeSeconds
    self.databaseProblem = databaseProblem
  }
}

/// What an operator sets about the API.
package struct APIOptions: Sendable {
  package let version: String
  /// Bytes of one uploaded dataset.
  package let maximumUpload: Int64
  /// Origins a browser page may call from; `*` alone allows every one, without credentials.
  package let corsOrigins: [String]
  /// Whether `/metrics` needs no login.
  package let metricsAreOpen: Bool

  package init(version: String, maximumUpload: Int64, corsOrigins: [String], metricsAreOpen: Bool = false) {
    self.metricsAreOpen = metricsAreOpen
    self.version = version
    self.maximumUpload = maximumUpload
    self.corsOrigins = corsOrigins
  }
}
