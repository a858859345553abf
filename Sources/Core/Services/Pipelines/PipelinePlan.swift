package import Domain

/// What a pipeline would do.
package struct PipelinePlan: Sendable {
  /// Nil where the file cannot be read.
  package let pipeline: Pipeline?
  package let problems: [PipelineProblem]
  package let steps: [Step]

  package struct Step: Sendable {
    package let id: String
    package let kind: PipelineStep.Kind
    package var summary: String
    package var creates: [String] = []
    package var warnings: [String] = []
    package var estimate: TaskEstimates.Result?

    init(_ step: PipelineStep, _ summary: String = "") {
      id = step.id
      kind = step.kind
      self.summary = summary
    }
  }
}

/// Looks up everything that a pipeline names, and tells what each step will do and take.
struct PipelinePlanner: Sendable {
  let tools: PipelineTools

  /// Throws only what is nobody's fault who wrote the pipeline.
  func plan(_ pipeline: Pipeline, for user: UserID) async throws(DomainError) -> PipelinePlan {
    let look = PipelineLook(pipeline: pipeline, tools: tools, user: user)
    var steps: [PipelinePlan.Step] = []
    for step in pipeline.steps {
      switch step.kind {
      case .prepare: steps.append(try await look.prepare(step))
      case .train: steps.append(try await look.train(step))
      case .evaluate: steps.append(try await look.evaluate(step))
      case .merge: steps.append(try await look.merge(step))
      case .serve: steps.append(try await look.serve(step))
      case .index: steps.append(try await look.index(step))
      case .notify: steps.append(look.notify(step))
      }
    }
    return PipelinePlan(pipeline: pipeline, problems: look.problems, steps: steps)
  }
}

/// One walk over a pipeline's steps.
private final class PipelineLook {
  private let pipeline: Pipeline
  private let tools: PipelineTools
  private let user: UserID
  private(set) var problems: [PipelineProblem] = []
  /// What steps that were looked at will make: of which dataset, and how much of its rows.
  private var coming: [PipelineReference: (of: DatasetRecord, share: Double)] = [:]

  init(pipeline: Pipeline, tools: PipelineTools, user: UserID) {
    self.pipeline = pipeline
    self.tools = tools
    self.user = user
  }

  func prepare(_ step: PipelineStep) async throws(DomainError) -> PipelinePlan.Step {
    let names = written(step, "dataset")
    let operation = PreparationPlan.operations.first { step.inputs[$0] != nil } ?? ""
    var made = PipelinePlan.Step(
      step, "Prepares \(names.map(said).joined(separator: ", ")): \(operation)")
    guard let record = try await datasets(names, step, &made)?.first else { return made }
    let (tools, inputs) = (tools, step.inputs)
    let look = try await found(step, operation, &made) { () async throws(DomainError) in
      try await tools.preparation.look(at: record, by: try PreparationPlan(inputs: inputs))
    }
    guard let report = look ?? nil else { return made }
    made.summary += ", \(report.rowsRead) rows"
    for part in report.parts where report.rowsRead > 0 {
      let output = PrepareStep.output(of: part)
      coming[PipelineReference(step: step.id, output: output)] =
        (record, Double(part.rows) / Double(report.rowsRead))
    }
    made.creates = report.parts.map { "the dataset \($0.filename) of \($0.rows) rows" }
    made.warnings += report.reasons.map { "\($0.rows) rows: \($0.message)" }
    return made
  }

  func train(_ step: PipelineStep) async throws(DomainError) -> PipelinePlan.Step {
    var made = PipelinePlan.Step(step)
    let base = written(step, "model").first ?? ""
    let names = written(step, "dataset")
    made.summary = "Fine-tunes \(said(base)) on \(names.map(said).joined(separator: ", "))"
    let name = (try? step.text("name", [:])) ?? "\(pipeline.name)-\(step.id)"
    made.creates = ["the task \(name)", "the model \(name)"]
    let records = try await datasets(names, step, &made)
    let isOpen = isReference(base)
    if !isOpen {
      _ = try await found(step, "model", &made) { () async throws(DomainError) in
        try await tools.tasks.planner.ground(
          model: base, host: try step.draft(of: pipeline.name, model: base, datasets: []).hostID,
          template: nil, for: user)
      }
    }
    guard !problems.contains(where: { $0.path == step.path || $0.path.hasPrefix(step.path + ".") }) else {
      return made
    }
    guard let records, !isOpen else {
      try await foresee(step, base: isOpen ? nil : base, names, &made)
      return made
    }
    let estimate = try await found(step, "", &made) { () async throws(DomainError) in
      let draft = try step.draft(of: pipeline.name, model: base, datasets: records)
      let plan = try await tools.tasks.preview(draft, for: user)
      return (plan.warnings, try await tools.estimates.estimate(draft, for: user))
    }
    guard let (warnings, result) = estimate else { return made }
    made.warnings += warnings
    made.estimate = result
    made.summary += ": \(Self.work(result))"
    return made
  }

  private static func work(_ result: TaskEstimates.Result) -> String {
    let rows = result.data.rows == 1 ? "1 row" : "\(result.data.rows) rows"
    let steps = result.estimate.steps == 1 ? "1 step" : "\(result.estimate.steps) steps"
    return "\(rows), \(steps) on \(result.hostName)"
  }

  /// What a training takes whose data, or whose model, is made by a step before it, as far as that can be told.
  private func foresee(
    _ step: PipelineStep, base: String?, _ names: [String], _ made: inout PipelinePlan.Step
  ) async throws(DomainError) {
    if let base, let (records, shares) = try await expected(names),
      let draft = try? step.draft(of: pipeline.name, model: base, datasets: records),
      // What is wrong with the data as it is may be what the step before it puts right.
      let result = try? await tools.estimates.estimate(draft, for: user, shares: shares)
    {
      made.estimate = result
      made.summary += ": about \(Self.work(result))"
      return
    }
    let open = ((base == nil ? written(step, "model") : []) + names).filter { isReference($0) }
    guard !open.isEmpty else { return }
    let missing = open.map(said).joined(separator: ", ")
    made.warnings.append("What it takes is not known before there is \(missing).")
  }

  /// The datasets that what is named will be made of, and how much of them; nil where that cannot be told.
  private func expected(
    _ names: [String]
  ) async throws(DomainError) -> (records: [DatasetRecord], shares: [DatasetID: Double])? {
    var records: [DatasetRecord] = []
    var shares: [DatasetID: Double] = [:]
    for name in names {
      var part: (of: DatasetRecord, share: Double)?
      if let reference = try? PipelineText(name).whole {
        part = coming[reference]
      } else {
        part = try await tools.datasets([name], of: user).first.map { ($0, 1) }
      }
      guard let part else { return nil }
      if shares[part.of.id] == nil { records.append(part.of) }
      shares[part.of.id, default: 0] += part.share
    }
    return records.isEmpty ? nil : (records, shares)
  }

  func evaluate(_ step: PipelineStep) async throws(DomainError) -> PipelinePlan.Step {
    var made = PipelinePlan.Step(step)
    try await model(step, &made)
    let names = written(step, "dataset")
    let rows = step.integer("rows") ?? EvaluateStep.usualRows
    let (asked, data) = (said(written(step, "model").first ?? ""), names.map(said).joined(separator: ", "))
    made.summary =
      rows == 1
      ? "Asks \(asked) up to 1 question of \(data)" : "Asks \(asked) up to \(rows) questions of \(data)"
    if let least = step.number("at_least") {
      made.summary += ", and goes on with a score of \(least) or more"
    }
    if let record = try await datasets(names, step, &made)?.first, !EvaluateStep.takes(record) {
      problems.append(
        PipelineProblem(
          path: "\(step.path).dataset", line: line(step, "dataset"),
          "\(record.filename) has no questions with answers.",
          hint: "Take a dataset of questions and answers, or of conversations."))
    }
    return made
  }

  func merge(_ step: PipelineStep) async throws(DomainError) -> PipelinePlan.Step {
    let adapter = written(step, "model").first ?? ""
    var made = PipelinePlan.Step(step, "Merges \(said(adapter)) into its base")
    let name = (try? step.text("name", [:])) ?? nil
    made.creates = [name.map { "the model \($0)" } ?? "a whole model, as large as the base"]
    if let resolved = try await model(step, &made) {
      _ = try await found(step, "model", &made) { () async throws(DomainError) in
        try ModelMerging.check(resolved, name: name)
      }
    }
    return made
  }

  func serve(_ step: PipelineStep) async throws(DomainError) -> PipelinePlan.Step {
    var made = PipelinePlan.Step(step, "Loads \(said(written(step, "model").first ?? "")) so that it answers")
    if step.inputs["question"] != nil { made.summary += ", and asks it a question" }
    made.creates = ["a service, unloaded when nobody uses it"]
    try await model(step, &made)
    return made
  }

  func index(_ step: PipelineStep) async throws(DomainError) -> PipelinePlan.Step {
    let names = written(step, "dataset")
    let index = ((try? step.text("name", [:])) ?? nil) ?? ""
    var made = PipelinePlan.Step(
      step, "Puts \(names.map(said).joined(separator: ", ")) into the index \(index)")
    _ = try await datasets(names, step, &made)
    let mine = try await tools.indexes.list(of: user)
    if !mine.contains(where: { $0.name == index || $0.id.rawValue == index }) {
      _ = try await found(step, "name", &made) { () async throws(DomainError) in
        try IndexService.check(name: index)
      }
      made.creates = ["the index \(index)"]
    }
    return made
  }

  func notify(_ step: PipelineStep) -> PipelinePlan.Step {
    guard let text = (try? step.text("webhook", [:])) ?? nil, let address = try? WebhookURL(text) else {
      return PipelinePlan.Step(step, "Tells you")
    }
    return PipelinePlan.Step(step, "Tells you, and \(address.shown)")
  }

  // MARK: Looking up

  /// The datasets that are named; nil where one is made on the way, or is not there.
  private func datasets(
    _ names: [String], _ step: PipelineStep, _ made: inout PipelinePlan.Step
  ) async throws(DomainError) -> [DatasetRecord]? {
    let named = names.filter { !isReference($0) }
    var records: [DatasetRecord] = []
    for name in named {
      let one = try await found(step, "dataset", &made) { () async throws(DomainError) in
        try await tools.datasets([name], of: user)
      }
      records += one ?? []
    }
    return records.count == names.count && !records.isEmpty ? records : nil
  }

  @discardableResult
  private func model(
    _ step: PipelineStep, _ made: inout PipelinePlan.Step
  ) async throws(DomainError) -> ResolvedModel? {
    if step.kind != .merge {
      _ = try await found(step, "", &made) { () async throws(DomainError) in try tools.mustServe() }
    }
    guard let name = written(step, "model").first, !isReference(name) else { return nil }
    return try await found(step, "model", &made) { () async throws(DomainError) in
      let model = try await tools.catalog.resolve(name, baseModel: nil, for: user)
      if step.kind != .merge { try model.checkAnswers() }
      return model
    }
  }

  /// What is looked up; what the writer can put right becomes a problem, and what a host keeps from being looked up a
  /// warning.
  private func found<Value>(
    _ step: PipelineStep, _ field: String, _ made: inout PipelinePlan.Step,
    _ body: () async throws(DomainError) -> Value
  ) async throws(DomainError) -> Value? {
    do throws(DomainError) {
      return try await body()
    } catch {
      switch error.code {
      case .hostUnreachable, .hostFailed, .trainerMissing, .timedOut:
        made.warnings.append("Not looked at yet: \(error.message)")
      case .internalFault, .storageFull, .databaseUnreachable: throw error
      default:
        problems.append(
          PipelineProblem(
            path: field.isEmpty ? step.path : "\(step.path).\(field)", line: line(step, field),
            code: error.code, error.message, hint: error.hint))
      }
      return nil
    }
  }

  private func line(_ step: PipelineStep, _ field: String) -> Int { step.lines[field] ?? step.lines[""] ?? 1 }

  /// What stands in a field, references as they are.
  private func written(_ step: PipelineStep, _ field: String) -> [String] {
    step.inputs[field]?.asTexts ?? []
  }

  private func isReference(_ text: String) -> Bool { (try? PipelineText(text).whole) != nil }

  private func said(_ text: String) -> String {
    guard let whole = try? PipelineText(text).whole else { return text }
    return "the \(whole.output) of \(whole.step)"
  }
}

extension ArgumentValue {
  /// A text, or the texts of a list.
  fileprivate var asTexts: [String] {
    switch self {
    case .string(let text): [text]
    case .list(let items): items.flatMap(\.asTexts)
    default: []
    }
  }
}
