import Domain

/// Starts one model service and waits until it answers by its own name; a failed start leaves nothing.
struct ServiceStart: Sendable {
  let runtime: ModelRuntime
  let model: ResolvedModel
  let user: UserID

  func start() async throws(DomainError) -> ServiceRecord {
    let host = try await runtime.fleet.host(model.hostID)
    let trainer = try await host.trainer(thorough: false)
    guard let command = trainer.command else {
      throw DomainError(
        .trainerMissing, trainer.problem ?? "LLaMA-Factory is not installed on the host.",
        hint: "Run `luthier doctor` to see how to install it.", origin: .host)
    }
    var record = try await newRecord(on: host)
    let event = NewEvent(
      kind: .serviceChanged, userID: user, subject: record.id.rawValue,
      fields: ["status": .text(record.state.rawValue), "model_path": .text(record.modelPath)])
    do {
      runtime.events.publish([try await runtime.services.insert(record, event: event)])
    } catch {
      await runtime.gpus.release(record.id)
      throw error
    }
    await runtime.note(record, for: model)
    do {
      _ = try await host.launch(job(record, command: command))
      try await waitUntilReady(record, on: host)
    } catch {
      await runtime.end(record, reason: error.message)
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

  private func newRecord(on host: any Host) async throws(DomainError) -> ServiceRecord {
    let id = ServiceID.make()
    let now = runtime.clock.now()
    let port = try await host.freePort()
    let gpu = try await runtime.gpus.take(for: id, on: host)
    return ServiceRecord(
      id: id, userID: user, hostID: model.hostID, modelPath: model.path, baseModel: model.baseModel,
      template: model.template,
      directory: "\(try host.description.userDataFolder())/\(user.rawValue)/services/\(id.rawValue)",
      port: port, gpu: gpu, key: randomUUID() + randomUUID(), state: .starting, createdAt: now,
      lastUsedAt: now)
  }

  private func job(_ record: ServiceRecord, command: String) -> JobSpec {
    var arguments = [command, "api", "--template", record.template, "--infer_backend", "huggingface"]
    if let base = record.baseModel {
      arguments += [
        "--model_name_or_path", base, "--adapter_name_or_path", record.modelPath, "--finetuning_type", "lora",
      ]
    } else {
      arguments += ["--model_name_or_path", record.modelPath]
    }
    var environment = [
      "API_HOST": "127.0.0.1", "API_PORT": String(record.port), "API_KEY": record.key,
      // Who answers on the port is told by this name.
      "API_MODEL_NAME": record.id.rawValue,
      // 1 would write every request into the log.
      "API_VERBOSE": "0", "MAX_CONCURRENT": "4", "PYTHONUNBUFFERED": "1", "GRADIO_ANALYTICS_ENABLED": "0",
    ]
    if let gpu = record.gpu { environment.merge(GPUEnvironment.of([gpu.index])) { _, new in new } }
    if (record.baseModel ?? record.modelPath).hasPrefix("/") { environment["HF_HUB_OFFLINE"] = "1" }
    return JobSpec(
      directory: record.directory, arguments: arguments, environment: environment,
      workingDirectory: nil,
      stop: [
        StopStep(signal: "TERM", target: .all, wait: 8), StopStep(signal: "KILL", target: .all, wait: 5),
      ])
  }

  private func waitUntilReady(_ record: ServiceRecord, on host: any Host) async throws(DomainError) {
    let address = try await runtime.address(of: record)
    let began = runtime.clock.now()
    while true {
      if let served = try? await runtime.calling.models(at: address), served.contains(record.id.rawValue) {
        return
      }
      let status = try await host.status(of: [record.directory]).first
      if status?.state == .ended || status?.state == .lost {
        throw await failure(record, status, on: host)
      }
      guard runtime.clock.now().seconds(since: began) < runtime.settings.loadTimeout else {
        throw DomainError(
          .timedOut, "The model did not load within \(Int(runtime.settings.loadTimeout)) seconds.",
          hint: "Raise LUTHIER_MODEL_LOAD_TIMEOUT, or use a smaller model.", origin: .host)
      }
      do {
        try await Task.sleep(for: .milliseconds(200))
      } catch {
        throw ModelRuntime.gone
      }
    }
  }

  /// Why it ended, from the end of its log.
  private func failure(_ record: ServiceRecord, _ status: JobStatus?, on host: any Host) async -> DomainError
  {
    let slice = try? await host.read("\(record.directory)/train.log", from: -16_384, limit: 16_384)
    let tail = String(decoding: slice?.bytes ?? [], as: UTF8.self)
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
