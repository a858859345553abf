import Domain

/// One step of a run, as it is done.
struct PipelineWork: Sendable {
  let runner: PipelineRunner
  let run: PipelineRun
  let place: Int

  var step: PipelineStep { run.pipeline.steps[place] }
  var tools: PipelineTools { runner.tools }
  var user: UserID { run.userID }

  /// What the step made.
  ///
  /// A host that is away is waited for, ten minutes at most: a run that goes on after a restart comes before the
  /// hosts are connected.
  func perform() async throws -> [String: PipelineOutput] {
    let start = runner.clock.now()
    var backoff = Backoff()
    while true {
      do {
        return try await once()
      } catch let error as DomainError {
        guard error.code == .hostUnreachable, runner.clock.now().seconds(since: start) < 600 else {
          throw error
        }
        await tell("waiting")
        guard await backoff.wait() else { throw CancellationError() }
      }
    }
  }

  private func once() async throws -> [String: PipelineOutput] {
    switch step.kind {
    case .prepare: try await PrepareStep(work: self).perform()
    case .train: try await TrainStep(work: self).perform()
    case .evaluate: try await EvaluateStep(work: self).perform()
    case .merge: try await merge()
    case .serve: try await serve()
    case .index: try await IndexStep(work: self).perform()
    case .notify: try await notify()
    }
  }

  /// What stands in a field, references filled in.
  func text(_ field: String) throws(DomainError) -> String? { try step.text(field, run.outputs) }

  /// Throws for a field that the check lets nobody leave out.
  func needed(_ field: String) throws(DomainError) -> String {
    guard let text = try text(field) else { throw .invalid("The step has no \(field).") }
    return text
  }

  func model() async throws(DomainError) -> ResolvedModel {
    try await tools.catalog.resolve(try needed("model"), baseModel: nil, for: user)
  }

  func datasets() async throws(DomainError) -> [DatasetRecord] {
    try await tools.datasets(try step.texts("dataset", run.outputs), of: user)
  }

  func tell(_ phase: String, percentage: Double? = nil, remaining: Double? = nil) async {
    await runner.tell(
      PipelineProgress(phase, percentage: percentage, remaining: remaining), of: run, step: step.id)
  }

  private func merge() async throws -> [String: PipelineOutput] {
    let (model, user, merging) = (try await model(), user, tools.merging)
    if try await tools.quotas.room(of: user) == 0 { throw UserQuota.storageExceeded(room: 0) }
    await runner.ends(run.id) { try? await merging.stop(model, for: user) }
    let made = try await merging.merge(model, name: try text("name"), for: user) { progress in
      let share = progress.total > 0 ? 100 * Double(progress.done) / Double(progress.total) : nil
      await tell(progress.phase, percentage: share)
    }
    return ["model": PipelineOutput(.model, made.id.rawValue, name: made.name)]
  }

  private func serve() async throws -> [String: PipelineOutput] {
    try tools.mustServe()
    let (model, runtime) = (try await model(), tools.runtime)
    await runner.ends(run.id) {
      if await runtime.standing(of: model).status == .loading { await runtime.unload(model) }
    }
    await tell("loading")
    let service = try await runtime.start(model, for: user)
    var outputs = [
      "model": PipelineOutput(.model, try needed("model"), name: model.name),
      "service": PipelineOutput(.text, service.id.rawValue),
    ]
    if let question = try text("question") {
      await tell("asking")
      // By its likeliest words, so that a run can be compared with the one before.
      let asked = GenerationRequest(
        turns: [ChatTurn(role: .user, content: question)], temperature: 0, maxTokens: 256)
      let answer = try await runtime.use(model, for: user) {
        try await tools.calling.reply(to: asked, at: $0)
      }
      outputs["answer"] = PipelineOutput(.text, String(answer.content.prefix(4000)))
    }
    return outputs
  }

  private func notify() async throws -> [String: PipelineOutput] {
    let message = String(try needed("message").prefix(8000))
    if let address = try text("webhook") {
      await tell("telling")
      let body = Notice(
        pipeline: run.pipeline.name, pipelineID: run.id.rawValue, step: step.id, message: message)
      try await tools.webhooks.post(Array(try encodeJSON(body).utf8), to: try WebhookURL(address))
    }
    await runner.events.record(PipelineEvents.notice(message, step.id, run), at: runner.clock.now())
    return [:]
  }

  /// What a webhook gets.
  private struct Notice: Encodable {
    let pipeline: String
    let pipelineID: String
    let step: String
    let message: String

    private enum CodingKeys: String, CodingKey { case pipeline, pipelineID = "pipeline_id", step, message }
  }
}
