/// What a scan of a host's folders says of one model.
package struct ScannedModel: Sendable, Equatable {
  package enum Kind: String, Sendable { case base, adapter, merged, full, file }
  package enum Group: String, Sendable { case pretrained, sft, rl }

  /// A checkpoint of a run.
  package struct Checkpoint: Sendable, Equatable, Codable {
    package let name: String
    package let step: Int64
    /// Bytes of its weights.
    package let size: Int64
    /// Milliseconds since 1970.
    package let modified: Int64

    package init(name: String, step: Int64, size: Int64, modified: Int64) {
      self.name = name
      self.step = step
      self.size = size
      self.modified = modified
    }
  }

  /// A folder on the host, or one file of weights.
  package let path: String
  /// Its path within the folder that was scanned.
  package let name: String
  package let kind: Kind
  package var group: Group
  /// LLaMA-Factory's word, where a file or the task says it.
  package var stage: String?
  package let baseModel: String?
  package let modelType: String?
  package let hasChatTemplate: Bool
  package let size: Int64
  package let modifiedAt: Timestamp
  /// By their steps, the last one last.
  package let checkpoints: [Checkpoint]
  /// Its path within the user data folder, wherever the scan came upon it; nil outside.
  package let privatePath: String?

  package init(
    path: String, name: String, kind: Kind, group: Group, stage: String? = nil, baseModel: String? = nil,
    modelType: String? = nil, hasChatTemplate: Bool = false, size: Int64, modifiedAt: Timestamp,
    checkpoints: [Checkpoint] = [], privatePath: String? = nil
  ) {
    self.path = path
    self.name = name
    self.kind = kind
    self.group = group
    self.stage = stage
    self.baseModel = baseModel
    self.modelType = modelType
    self.hasChatTemplate = hasChatTemplate
    self.size = size
    self.modifiedAt = modifiedAt
    self.checkpoints = checkpoints
    self.privatePath = privatePath
  }
}

/// What a scan found; what is missing in an incomplete one may be there.
package struct ModelScan: Sendable, Equatable {
  package let models: [ScannedModel]
  package let isComplete: Bool

  package init(models: [ScannedModel], isComplete: Bool) {
    self.models = models
    self.isComplete = isComplete
  }
}

/// Where a model came from.
package struct ModelLineage: Sendable, Equatable {
  package let taskID: TaskID
  package let attempt: Int
  /// SHA-256 of each dataset that is still there.
  package let datasetHashes: [String]

  package init(taskID: TaskID, attempt: Int, datasetHashes: [String]) {
    self.taskID = taskID
    self.attempt = attempt
    self.datasetHashes = datasetHashes
  }
}

/// A model that a scan came upon, as it is kept.
package struct DiscoveredModel: Sendable, Equatable {
  package let id: ModelID
  package let hostID: HostID
  /// Whose task's output it lies in; nil: everyone's.
  package let owner: UserID?
  package let scanned: ScannedModel
  package let template: String
  package let lineage: ModelLineage?
  /// When a scan found it no more; nil while it is there.
  package var goneAt: Timestamp?

  package init(
    id: ModelID, hostID: HostID, owner: UserID?, scanned: ScannedModel, template: String,
    lineage: ModelLineage? = nil, goneAt: Timestamp? = nil
  ) {
    self.id = id
    self.hostID = hostID
    self.owner = owner
    self.scanned = scanned
    self.template = template
    self.lineage = lineage
    self.goneAt = goneAt
  }
}

extension ScannedModel.Group {
  /// The group of a stage of the trainer.
  package init(stage: String) {
    switch stage {
    case "pt": self = .pretrained
    case "rm", "ppo", "dpo", "kto": self = .rl
    default: self = .sft
    }
  }
}
