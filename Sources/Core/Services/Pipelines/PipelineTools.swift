package import Domain

/// What pipelines do their work with: what a user's own requests go to as well, so that a step may do what its user may.
package struct PipelineTools: Sendable {
  let tasks: TaskService
  let estimates: TaskEstimates
  let datasets: DatasetService
  let preparation: DatasetPreparation
  let catalog: ModelCatalog
  let merging: ModelMerging
  let runtime: ModelRuntime
  let calling: any ModelCalling
  let indexes: IndexService
  let webhooks: any WebhookSending
  let quotas: UserQuotas
  /// Models are loaded (CHAT_MODE service), not run by scripts.
  let serves: Bool

  package init(
    tasks: TaskService, estimates: TaskEstimates, datasets: DatasetService,
    preparation: DatasetPreparation, catalog: ModelCatalog, merging: ModelMerging, runtime: ModelRuntime,
    calling: any ModelCalling, indexes: IndexService,
    webhooks: any WebhookSending, quotas: UserQuotas, serves: Bool
  ) {
    self.tasks = tasks
    self.estimates = estimates
    self.datasets = datasets
    self.preparation = preparation
    self.catalog = catalog
    self.merging = merging
    self.runtime = runtime
    self.calling = calling
    self.indexes = indexes
    self.webhooks = webhooks
    self.quotas = quotas
    self.serves = serves
  }

  /// A user's datasets by identifiers, paths or file names; throws `not_found` for another's.
  func datasets(_ names: [String], of user: UserID) async throws(DomainError) -> [DatasetRecord] {
    let all = try await datasets.list(of: user)
    var found: [DatasetRecord] = []
    for name in names {
      guard let record = all.first(where: { $0.matches(name) }) else {
        throw DomainError(
          .notFound, "You have no dataset called \"\(name.prefix(200))\".",
          hint: "Upload it first: luthier dataset upload FILE.")
      }
      if !found.contains(record) { found.append(record) }
    }
    return found
  }

  /// Throws `conflict` where models are run by scripts.
  func mustServe() throws(DomainError) {
    guard !serves else { return }
    throw .conflict(
      "Models are not loaded on this server: scripts run them.",
      hint: "Ask the operator for CHAT_MODE=service.")
  }
}

extension PipelineStep {
  /// The task that a step of kind train submits.
  func draft(
    of pipeline: String, model: String, datasets: [DatasetRecord], key: String? = nil
  ) throws(DomainError) -> TaskDraft {
    var draft = TaskDraft(
      name: try text("name", [:]) ?? String("\(pipeline)-\(id)".prefix(100)), modelName: model,
      datasetPath: Self.path(of: datasets))
    draft.epochs = number("epochs")
    draft.learningRate = number("learning_rate")
    draft.batchSize = integer("batch_size")
    draft.template = try text("template", [:])
    if case .object(let arguments)? = inputs["arguments"] { draft.arguments = arguments }
    draft.priority = integer("priority")
    draft.gpus = integer("gpus")
    if case .list(let ids)? = inputs["gpu_ids"] {
      draft.gpuIDs = ids.compactMap { if case .integer(let id) = $0 { id } else { nil } }
    }
    if let host = try text("host", [:]) {
      guard let id = HostID(checking: host) else { throw .notFound("The host") }
      draft.hostID = id
    }
    draft.idempotencyKey = key
    return draft
  }

  /// As people know them, and by identifiers where their names would be parted wrongly.
  private static func path(of datasets: [DatasetRecord]) -> String {
    let isPlain = datasets.count == 1 || datasets.allSatisfy { !$0.filename.contains(",") }
    return datasets.map { isPlain ? $0.filename : $0.id.rawValue }.joined(separator: ",")
  }
}
