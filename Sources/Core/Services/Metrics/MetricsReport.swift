import Concurrency
package import Domain

/// What of the process the system tells.
package struct ProcessFigures: Sendable {
  package let cpuSeconds: Double
  package let residentBytes: Int
  package let virtualBytes: Int
  package let openDescriptors: Int
  /// Nil: without a limit.
  package let mostDescriptors: Int?
  package let threads: Int

  package init(
    cpuSeconds: Double, residentBytes: Int, virtualBytes: Int, openDescriptors: Int, mostDescriptors: Int?,
    threads: Int
  ) {
    self.cpuSeconds = cpuSeconds
    self.residentBytes = residentBytes
    self.virtualBytes = virtualBytes
    self.openDescriptors = openDescriptors
    self.mostDescriptors = mostDescriptors
    self.threads = threads
  }
}

/// Writes the answer of `GET /metrics`: what was counted, and what is looked up when it is asked.
package struct MetricsReport: Sendable {
  /// What the report asks of rooms that Services does not know.
  package struct Sources: Sendable {
    let connections: @Sendable () -> Int
    let process: @Sendable () async -> ProcessFigures
    /// How many servers share the database, and whether this one is in charge; nil for one that is alone.
    let company: (@Sendable () async -> (servers: Int, isInCharge: Bool))?

    package init(
      connections: @escaping @Sendable () -> Int, process: @escaping @Sendable () async -> ProcessFigures,
      company: (@Sendable () async -> (servers: Int, isInCharge: Bool))? = nil
    ) {
      self.connections = connections
      self.process = process
      self.company = company
    }
  }

  private let metrics: ServerMetrics
  private let tasks: any TaskCounting
  private let fleet: any HostFleet
  private let sources: Sources
  private let version: String
  private let started: Timestamp
  private let clock: WallClock

  package init(
    metrics: ServerMetrics, tasks: any TaskCounting, fleet: any HostFleet, sources: Sources, version: String,
    started: Timestamp, clock: WallClock
  ) {
    self.metrics = metrics
    self.tasks = tasks
    self.fleet = fleet
    self.sources = sources
    self.version = version
    self.started = started
    self.clock = clock
  }

  package static let mediaType = MetricsText.mediaType

  /// The text; where the database does not answer, without what it holds.
  package func text() async -> String {
    var text = MetricsText()
    text.family("luthier_build_info", .gauge, "The program's version; always 1.")
    text.sample([("version", version)], 1)
    metrics.requests.write(to: &text)
    text.single(
      "luthier_http_connections", .gauge, "Connections of clients that are open.",
      Double(sources.connections()))
    text.single(
      "luthier_http_streams", .gauge, "Event streams that are open.", Double(metrics.streams.value))
    await writeTasks(to: &text)
    text.family(
      "luthier_task_queue_wait_seconds", .histogram, "How long tasks waited until they were given their slot."
    )
    text.histogram([], metrics.queueWait)
    await writeHosts(to: &text)
    text.family("luthier_agent_answer_seconds", .histogram, "How long agents took to answer a ping.")
    text.histogram([], metrics.agentAnswers)
    text.family(
      "luthier_database_seconds", .histogram,
      "How long transactions took, with the wait for their thread, by what they are.")
    text.histogram([("kind", "read")], metrics.databaseReads)
    text.histogram([("kind", "write")], metrics.databaseWrites)
    if let company = await sources.company?() {
      text.single(
        "luthier_servers", .gauge, "Servers on this database that were heard a moment ago.",
        Double(company.servers))
      text.single(
        "luthier_server_in_charge", .gauge, "1 while this server is the one in charge.",
        company.isInCharge ? 1 : 0)
    }
    write(await sources.process(), to: &text)
    return text.text
  }

  private func writeTasks(to text: inout MetricsText) async {
    let counts = try? await tasks.counts()
    text.single(
      "luthier_database_up", .gauge, "1 while the database answers.", counts == nil ? 0 : 1)
    guard let counts else { return }
    text.family("luthier_tasks", .gauge, "Tasks there are, by their state.")
    for state in TaskState.allCases {
      text.sample([("state", state.rawValue)], Double(counts.states[state] ?? 0))
    }
    text.single(
      "luthier_task_oldest_wait_seconds", .gauge,
      "How long the task that waits longest has waited; 0 without one.",
      counts.waitingSince.map { max(0, clock.now().seconds(since: $0)) } ?? 0)
  }

  /// Hosts that have a line of their own.
  ///
  /// Of more hosts only those that are away have one, and no more of them: whoever
  /// collects the figures keeps each line that there ever was.
  static let mostHostLines = 200

  private func writeHosts(to text: inout MetricsText) async {
    var isConnected: [(id: String, Bool)] = []
    for host in await fleet.hosts() {
      isConnected.append((host.description.id.rawValue, await host.connection().state == .connected))
    }
    let connected = isConnected.count { $0.1 }
    text.family("luthier_hosts", .gauge, "Hosts there are, by whether their agents are connected.")
    text.sample([("connected", "true")], Double(connected))
    text.sample([("connected", "false")], Double(isConnected.count - connected))
    text.family(
      "luthier_host_connected", .gauge,
      "1 while the host's agent is connected; of more than \(Self.mostHostLines) hosts, only those that are not."
    )
    let told = isConnected.count > Self.mostHostLines ? isConnected.filter { !$0.1 } : isConnected
    for (id, state) in told.prefix(Self.mostHostLines) { text.sample([("host", id)], state ? 1 : 0) }
  }

  private func write(_ process: ProcessFigures, to text: inout MetricsText) {
    text.single(
      "process_cpu_seconds_total", .counter, "Processor time used, the kernel's for it included.",
      process.cpuSeconds)
    text.single(
      "process_resident_memory_bytes", .gauge, "Memory in use.", Double(process.residentBytes))
    text.single(
      "process_virtual_memory_bytes", .gauge, "Address space in use.", Double(process.virtualBytes))
    text.single("process_open_fds", .gauge, "Open descriptors.", Double(process.openDescriptors))
    if let most = process.mostDescriptors {
      text.single("process_max_fds", .gauge, "Descriptors there may be.", Double(most))
    }
    text.single("process_threads", .gauge, "Threads.", Double(process.threads))
    text.single(
      "process_start_time_seconds", .gauge, "When the server began, in seconds since 1970.",
      Double(started.milliseconds) / 1000)
  }
}
