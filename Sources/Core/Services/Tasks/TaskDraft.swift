package import Domain

/// A submission before it is a task.
package struct TaskDraft: Sendable, Equatable {
  package var name: String
  package var modelName: String
  package var datasetPath: String
  package var epochs: Double?
  package var learningRate: Double?
  package var batchSize: Int?
  package var template: String?
  /// Further LLaMA-Factory arguments by their own names.
  package var arguments: [String: ArgumentValue]
  package var priority: Int?
  /// How many GPUs; nil: one where the host has any.
  package var gpus: Int?
  /// Those GPUs and no others, by their indices.
  package var gpuIDs: [Int]?
  package var hostID: HostID?
  /// What a cluster is asked for beside its defaults.
  package var cluster: ClusterSettings?
  package var idempotencyKey: String?

  package init(
    name: String, modelName: String, datasetPath: String, epochs: Double? = nil, learningRate: Double? = nil,
    batchSize: Int? = nil, template: String? = nil, arguments: [String: ArgumentValue] = [:],
    priority: Int? = nil, gpus: Int? = nil, gpuIDs: [Int]? = nil, hostID: HostID? = nil,
    cluster: ClusterSettings? = nil, idempotencyKey: String? = nil
  ) {
    self.cluster = cluster
    self.name = name
    self.modelName = modelName
    self.datasetPath = datasetPath
    self.epochs = epochs
    self.learningRate = learningRate
    self.batchSize = batchSize
    self.template = template
    self.arguments = arguments
    self.priority = priority
    self.gpus = gpus
    self.gpuIDs = gpuIDs
    self.hostID = hostID
    self.idempotencyKey = idempotencyKey
  }
}

/// What a submission would run.
package struct TaskPlan: Sendable {
  package let task: TaskRecord
  package let arguments: TrainingArguments
  package let configuration: RunConfiguration
  package let datasets: [DatasetRecord]
  /// How the template was found, in words.
  package let templateReason: String
  package let warnings: [String]
}
