import Domain

/// Turns a draft into a checked plan: everything that can be known to fail is refused here, before a
/// slot is taken.
struct TaskPlanner: Sendable {
  let datasets: any DatasetStoring
  let models: any ModelStoring
  let fleet: any HostFleet
  let gauge: HostGauge
  let clock: WallClock

  func plan(_ draft: TaskDraft, for user: UserID) async throws(DomainError) -> TaskPlan {
    try checkNames(draft)
    let host = try await host(draft.hostID)
    try await checkGPUs(draft, on: host)
    try checkCluster(draft, on: host)
    let base = try await baseModel(draft.modelName, on: host, for: user)
    let arguments = try arguments(of: draft)
    let used = try await datasetRecords(draft.datasetPath, of: user)
    for dataset in used { try DatasetFitness.check(dataset, stage: arguments.stage) }
    try checkTemplate(draft.template)
    let choice = PromptTemplates.template(
      forModelNamed: base.name, modelType: base.modelType, hasChatTemplate: base.hasChatTemplate)
    let id = TaskID.make()
    let output = "\(try host.description.userDataFolder())/\(user.rawValue)/models/\(id.rawValue)"
    let task = TaskRecord(
      id: id, userID: user, name: draft.name, modelName: base.path,
      datasetPath: draft.datasetPath, datasetIDs: used.map(\.id), epochs: arguments.epochs,
      learningRate: arguments.learningRate, batchSize: arguments.batchSize,
      arguments: try encodeJSON(arguments), template: draft.template ?? choice.template,
      hostID: host.description.id, outputDirectory: output, priority: draft.priority ?? 0,
      gpus: draft.gpus, gpuIDs: draft.gpuIDs ?? [],
      clusterRequest: draft.cluster?.tasks ?? ClusterRequest(),
      idempotencyKey: draft.idempotencyKey, createdAt: clock.now())
    let configuration = try RunFiles.configuration(
      for: task, arguments: arguments, datasets: used, device: .cpu, resumeFrom: nil)
    return TaskPlan(
      task: task, arguments: arguments, configuration: configuration, datasets: used,
      templateReason: draft.template == nil ? TemplateWords.reason(choice) : TemplateWords.chosen,
      warnings: warnings(for: used, arguments: arguments, choice: choice, draft: draft))
  }

  /// Where a model would be trained, and how it is spoken to.
  struct Ground: Sendable {
    let host: any Host
    /// A folder on the host, or a name of the hub.
    let path: String
    let template: String
    let templateReason: String
  }

  func ground(model: String, host: HostID?, template: String?, for user: UserID) async throws(DomainError)
    -> Ground
  {
    let host = try await self.host(host)
    let base = try await baseModel(model, on: host, for: user)
    try checkTemplate(template)
    let choice = PromptTemplates.template(
      forModelNamed: base.name, modelType: base.modelType, hasChatTemplate: base.hasChatTemplate)
    return Ground(
      host: host, path: base.path, template: template ?? choice.template,
      templateReason: template == nil ? TemplateWords.reason(choice) : TemplateWords.chosen)
  }

  private func checkTemplate(_ template: String?) throws(DomainError) {
    if let template, !PromptTemplates.exists(template) {
      throw .invalid(
        "There is no template called \"\(template.prefix(60))\".",
        hint: "Leave the template out to have it chosen.", field: "template")
    }
  }

  private func checkNames(_ draft: TaskDraft) throws(DomainError) {
    guard (1...100).contains(draft.name.count), AccountRules.isPrintable(draft.name) else {
      throw .invalid("A task's name has 1 to 100 printable characters.", field: "name")
    }
    if let priority = draft.priority, !(-10...10).contains(priority) {
      throw .invalid("The priority is from -10 to 10.", field: "priority")
    }
    guard (1...4096).contains(draft.datasetPath.utf8.count) else {
      throw .invalid(
        "The dataset's path has 1 to 4096 bytes.", hint: "Give dataset_path.", field: "dataset_path")
    }
    if let epochs = draft.epochs, !(epochs > 0 && epochs <= 10_000) {
      throw .invalid(
        "The epochs are more than 0 and at most 10000.", hint: "3 is a good beginning.", field: "epochs")
    }
    if let key = draft.idempotencyKey, !(1...200).contains(key.utf8.count) || !AccountRules.isPrintable(key) {
      throw .invalid("An idempotency key has 1 to 200 printable characters.")
    }
  }

  /// More GPUs than the host has, or others, will never be free; what a host that is away has is seen later.
  private func checkGPUs(_ draft: TaskDraft, on host: any Host) async throws(DomainError) {
    let ids = draft.gpuIDs ?? []
    if let gpus = draft.gpus, !(0...64).contains(gpus) {
      throw .invalid("The number of GPUs is from 0 to 64.", hint: "0 trains on the processor.", field: "gpus")
    }
    guard ids.count <= 64, ids.allSatisfy({ (0...1023).contains($0) }), Set(ids).count == ids.count else {
      throw .invalid(
        "gpu_ids are different numbers of GPUs.", hint: "luthier host show says which there are.",
        field: "gpu_ids")
    }
    if let gpus = draft.gpus, !ids.isEmpty, gpus != ids.count {
      throw .invalid("gpus and gpu_ids contradict each other.", hint: "Give one of the two.")
    }
    if host.description.cluster != nil { return }
    let wanted = ids.isEmpty ? draft.gpus ?? 0 : ids.count
    guard wanted > 0, case .seen(let measurement) = await gauge.view(of: host.description.id),
      !measurement.gpusUnreadable
    else { return }
    let name = host.description.name
    let there = measurement.gpus.map(\.index)
    guard wanted <= there.count else {
      throw .invalid(
        there.isEmpty ? "\(name) has no GPU." : "\(name) has \(there.count) of the \(wanted) GPUs asked for.",
        hint: "Ask for fewer GPUs, or choose another host.", field: ids.isEmpty ? "gpus" : "gpu_ids")
    }
    if let missing = ids.first(where: { !there.contains($0) }) {
      throw .invalid(
        "\(name) has no GPU \(missing).",
        hint: "There are: " + there.map(String.init).joined(separator: ", ") + ".", field: "gpu_ids")
    }
  }

  private func checkCluster(_ draft: TaskDraft, on host: any Host) throws(DomainError) {
    guard host.description.cluster != nil else {
      guard draft.cluster == nil else {
        throw .invalid(
          "\(host.description.name) is no cluster: it takes no slurm settings.",
          hint: "Leave them out, or choose a host of kind slurm.")
      }
      return
    }
    try draft.cluster?.check()
    guard draft.cluster?.services == nil else {
      throw .invalid(
        "Where models are served is a setting of the host, not of a task.", hint: "Leave slurm.services out.",
        field: "slurm.services")
    }
    guard (draft.gpuIDs ?? []).isEmpty else {
      throw .invalid(
        "A cluster chooses the GPUs itself.", hint: "Give gpus, or slurm.gres, such as gpu:h100:2.")
    }
  }

  private func host(_ id: HostID?) async throws(DomainError) -> any Host {
    if let id { return try await fleet.host(id) }
    guard let first = await fleet.hosts().first else {
      throw DomainError(.notFound, "There is no host to train on.", hint: "Add one with `luthier host add`.")
    }
    return first
  }

  private struct Base {
    let path: String
    let name: String
    let modelType: String?
    let hasChatTemplate: Bool
  }

  /// The base model, looked at where it is a folder; a host that is down now is not an error yet.
  private func baseModel(_ text: String, on host: any Host, for user: UserID) async throws(DomainError)
    -> Base
  {
    let own = try await models.models(owner: user)
    let record = own.first { $0.id.rawValue == text } ?? own.first { $0.path == text }
    if let record, record.kind == .adapter {
      throw .invalid(
        "\(record.name) is an adapter, not a base model.",
        hint: "Train on its base model, or merge the adapter first.", field: "model_name")
    }
    let path = try HostPath.check(model: record?.path ?? text, on: host.description, for: user)
    guard path.hasPrefix("/") else {
      return Base(path: path, name: path, modelType: nil, hasChatTemplate: false)
    }
    let missing = DomainError(
      .modelMissing, "There is no base model in this folder on the host.",
      hint: "Give a folder that holds config.json and the weights.", origin: .host)
    do throws(DomainError) {
      guard try await host.facts(of: ["\(path)/config.json"]) != [nil] else { throw missing }
      guard let found = try await host.models(in: [path]).first(where: { $0.path == path }) else {
        throw missing
      }
      return Base(path: path, name: path, modelType: found.modelType, hasChatTemplate: found.hasChatTemplate)
    } catch  where error.code == .hostUnreachable {
      return Base(path: path, name: path, modelType: nil, hasChatTemplate: false)
    }
  }

  private func arguments(of draft: TaskDraft) throws(DomainError) -> TrainingArguments {
    var values = draft.arguments
    if let epochs = draft.epochs { values["num_train_epochs"] = .number(epochs) }
    if let rate = draft.learningRate { values["learning_rate"] = .number(rate) }
    if let size = draft.batchSize { values["per_device_train_batch_size"] = .integer(size) }
    return try TrainingArguments(values)
  }

  /// Each part of a comma-separated list: a dataset's identifier, path or name.
  private func datasetRecords(_ text: String, of user: UserID) async throws(DomainError) -> [DatasetRecord] {
    let all = try await datasets.datasets(owner: user)
    // A name may hold a comma itself, so the whole text is tried first.
    if let whole = all.first(where: { $0.matches(text) }) { return [whole] }
    var found: [DatasetRecord] = []
    for part in text.split(separator: ",") {
      let wanted = String(part).trimmingSpaces
      guard let record = all.first(where: { $0.matches(wanted) }) else {
        throw DomainError(
          .notFound, "You have no dataset called \"\(wanted.prefix(200))\".",
          hint: "Upload it first, then give its file_path, file_id or filename.")
      }
      if !found.contains(record) { found.append(record) }
    }
    guard !found.isEmpty else {
      throw .invalid("No dataset was given.", hint: "Give dataset_path.", field: "dataset_path")
    }
    return found
  }

  private func warnings(
    for datasets: [DatasetRecord], arguments: TrainingArguments, choice: TemplateChoice, draft: TaskDraft
  ) -> [String] {
    var warnings: [String] = []
    for dataset in datasets where dataset.problemCount > 0 {
      warnings.append(
        dataset.problemCount == 1
          ? "\(dataset.filename): 1 row has problems and would be left out of training."
          : "\(dataset.filename): \(dataset.problemCount) rows have problems and would be left out of training."
      )
    }
    let rows = datasets.reduce(0) { $0 + $1.rows }
    if rows < arguments.batchSize {
      warnings.append("There are fewer rows (\(rows)) than fit in one batch (\(arguments.batchSize)).")
    }
    if draft.template == nil && (choice.source == .fallback || choice.source == .modelType) {
      warnings.append("The template \"\(choice.template)\" is a guess; check it against the model's card.")
    }
    return warnings
  }
}

extension DatasetRecord {
  /// It is called so: by its identifier, its path or its file name.
  func matches(_ text: String) -> Bool {
    id.rawValue == text || path == text || filename == text
  }
}

extension String {
  fileprivate var trimmingSpaces: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
