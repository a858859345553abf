import Domain

/// Starts one model service and waits until it answers by its own name; a failed start leaves nothing.
struct ServiceStart: Sendable {
  let runtime: ModelRuntime
  let model: ResolvedModel
  /// The folder it was merged into, where its engine cannot load the adapter.
  let merged: String?
  let key: ServiceKey
  let id: ServiceID
  let user: UserID
  let gpu: GPUShare?
  let memory: Int64
  /// Where it is to be served; anywhere for nil.
  let port: Int?
  /// Seconds that earlier loads took.
  let expected: Double?

  func start() async throws(DomainError) -> ServiceRecord {
    let host = try await runtime.fleet.host(model.hostID)
    let command = try await command(on: host)
    // The host keeps the port for the engine, so that nobody else can have it. An engine that is no Python program,
    // or runs where it was not given the port, finds it taken: it gets one that is only free, and that another program
    // may take while the model loads.
    for isReserved in [true, false, false] {
      if let record = try await attempt(on: host, command: command, isReserved: isReserved) { return record }
      runtime.log.warning(
        isReserved
          ? "a model's engine did not take the port that was kept for it"
          : "a model service's port was taken meanwhile", ["service": id.rawValue])
    }
    throw DomainError(
      .modelStartFailed, "The model's server could not take the port it was given, three times.",
      hint: "Try again.", origin: .host)
  }

  private func freePort(on host: any Host) async throws(DomainError) -> Int {
    if let port { return port }
    return try await host.freePort()
  }

  private func command(on host: any Host) async throws(DomainError) -> String {
    if key.engine == .vllm { return runtime.settings.engine.command }
    let trainer = try await host.trainer(thorough: false)
    guard let command = trainer.command else {
      throw DomainError(
        .trainerMissing, trainer.problem ?? "LLaMA-Factory is not installed on the host.",
        hint: "Run `luthier doctor` to see how to install it.", origin: .host)
    }
    return command
  }

  /// One start; nil where something else had taken its port.
  private func attempt(on host: any Host, command: String, isReserved: Bool) async throws(DomainError)
    -> ServiceRecord?
  {
    let request = host.description.serviceRequest
    // A job of a cluster chooses its port on its node.
    let port =
      request != nil
      ? ServiceRecord.clusterPort
      : isReserved ? try await host.reservePort(port) : try await freePort(on: host)
    var record = try newRecord(on: host, port: port)
    let event = NewEvent(
      kind: .serviceChanged, userID: user, subject: record.id.rawValue,
      fields: ["status": .text(record.state.rawValue), "model_path": .text(record.modelPath)])
    runtime.events.publish([try await runtime.services.insert(record, event: event)])
    await runtime.note(record, for: key)
    do {
      _ = try await host.launch(job(record, request, command: command, isReserved: isReserved))
      let wait = ServiceWait(runtime: runtime, key: key, id: id, expected: expected)
      guard try await wait.wait(for: record, on: host) else {
        await end(record, "Its port was taken.")
        return nil
      }
    } catch {
      await end(record, error.message)
      throw error
    }
    record.state = .ready
    record.lastUsedAt = runtime.clock.now()
    runtime.log.info(
      "model loaded",
      [
        "service": record.id.rawValue,
        "seconds": String(runtime.clock.now().seconds(since: record.createdAt)),
      ])
    return record
  }

  /// In a task of its own: a cancelled one could not wait for the end of the process.
  private func end(_ record: ServiceRecord, _ reason: String) async {
    await Task { await runtime.end(record, reason: reason) }.value
  }

  private func newRecord(on host: any Host, port: Int) throws(DomainError) -> ServiceRecord {
    let now = runtime.clock.now()
    return ServiceRecord(
      id: id, userID: user, hostID: key.hostID, modelPath: key.path, baseModel: key.baseModel,
      template: key.template, systemPrompt: key.systemPrompt, engine: key.engine, memory: memory,
      directory: "\(try host.description.userDataFolder())/\(user.rawValue)/services/\(id.rawValue)",
      port: port, gpu: gpu, key: randomUUID() + randomUUID(), state: .starting, createdAt: now,
      lastUsedAt: now)
  }

  private func job(_ record: ServiceRecord, _ request: ClusterRequest?, command: String, isReserved: Bool)
    -> JobSpec
  {
    let engine = EngineCommand(record, command: command, merged: merged)
    var environment = engine.environment
    if let gpu = record.gpu { environment.merge(GPUEnvironment.of([gpu.index])) { _, new in new } }
    return JobSpec(
      directory: record.directory, arguments: engine.arguments, environment: environment,
      workingDirectory: nil,
      stop: [
        StopStep(signal: "TERM", target: .all, wait: 8), StopStep(signal: "KILL", target: .all, wait: 5),
      ], port: isReserved && request == nil ? record.port : nil,
      cluster: request.map { ClusterSubmission(name: "luthier-service-\(record.id.rawValue)", request: $0) },
      serving: request.map { _ in JobServing(key: record.key, isReserved: isReserved) })
  }
}
