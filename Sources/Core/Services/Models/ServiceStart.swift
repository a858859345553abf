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
    var record = try newRecord(
      on: host, port: isReserved ? try await host.reservePort(port) : try await freePort(on: host))
    let event = NewEvent(
      kind: .serviceChanged, userID: user, subject: record.id.rawValue,
      fields: ["status": .text(record.state.rawValue), "model_path": .text(record.modelPath)])
    runtime.events.publish([try await runtime.services.insert(record, event: event)])
    await runtime.note(record, for: key)
    do {
      _ = try await host.launch(job(record, command: command, isReserved: isReserved))
      guard try await waitUntilReady(record, on: host) else {
        await end(record, "Its port was taken.")
        return nil
      }
    } catch {
      await end(record, error.message)
      throw error
    }
    record.state = .ready
    record.lastUsedAt = runtime.clock.now()
    await runtime.tell(record)
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

  private func job(_ record: ServiceRecord, command: String, isReserved: Bool) -> JobSpec {
    let engine = EngineCommand(record, command: command, merged: merged)
    var environment = engine.environment
    if let gpu = record.gpu { environment.merge(GPUEnvironment.of([gpu.index])) { _, new in new } }
    return JobSpec(
      directory: record.directory, arguments: engine.arguments, environment: environment,
      workingDirectory: nil,
      stop: [
        StopStep(signal: "TERM", target: .all, wait: 8), StopStep(signal: "KILL", target: .all, wait: 5),
      ], port: isReserved ? record.port : nil)
  }

  /// False where it ended because its port was taken.
  private func waitUntilReady(_ record: ServiceRecord, on host: any Host) async throws(DomainError) -> Bool {
    let address = try await runtime.address(of: record)
    let began = runtime.clock.now()
    var looks = 0
    while true {
      if let served = try? await runtime.calling.models(at: address), served.contains(record.id.rawValue) {
        return true
      }
      let status = try await host.status(of: [record.directory]).first
      if status?.state == .ended || status?.state == .lost {
        let tail = await logTail(of: record, on: host)
        if LoadLog.tellsOfTakenPort(tail) { return false }
        if key.engine == .vllm, status?.exitCode == 127 {
          throw .noVLLM(command: runtime.settings.engine.command, on: host.description.name)
        }
        throw failure(status, tail)
      }
      guard runtime.clock.now().seconds(since: began) < runtime.settings.loadTimeout else {
        throw DomainError(
          .timedOut, "The model did not load within \(Int(runtime.settings.loadTimeout)) seconds.",
          hint: "Raise LUTHIER_MODEL_LOAD_TIMEOUT, or use a smaller model.", origin: .host)
      }
      looks += 1
      if looks % 5 == 0 {
        let phase = LoadLog.phase(await logTail(of: record, on: host))
        await runtime.advance(key, id, phase.map { .logged($0) } ?? .passed)
      }
      do {
        try await Task.sleep(for: .milliseconds(200))
      } catch {
        throw ModelRuntime.gone
      }
    }
  }

  private func logTail(of record: ServiceRecord, on host: any Host) async -> String {
    let slice = try? await host.read("\(record.directory)/train.log", from: -16_384, limit: 16_384)
    return String(decoding: slice?.bytes ?? [], as: UTF8.self)
  }

  /// Why it ended, from the end of its log.
  private func failure(_ status: JobStatus?, _ tail: String) -> DomainError {
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
