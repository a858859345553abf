package enum ListedModelType: String, WireEnum { case pretrained, sft, rl, external }
package enum LoadStatus: String, WireEnum { case unloaded, loading, ready, failed }

package enum ListedModelKind: String, WireEnum { case base, adapter, merged, full, file }

/// A checkpoint of a run, by its step.
package struct CheckpointReply: Codable, Sendable {
  /// Behind the model's name and a slash it is a model's name too.
  package let name: String
  package let step: Int64
  /// Bytes of its weights.
  package let size: Int64
  package let modified: String

  package init(name: String, step: Int64, size: Int64, modified: String) {
    self.name = name
    self.step = step
    self.size = size
    self.modified = modified
  }
}

/// Where a model came from.
package struct LineageReply: Codable, Sendable {
  package let taskID: String
  package let attempt: Int
  /// SHA-256 of each dataset that is still there.
  package let datasetHashes: [String]

  package init(taskID: String, attempt: Int, datasetHashes: [String]) {
    self.taskID = taskID
    self.attempt = attempt
    self.datasetHashes = datasetHashes
  }

  private enum CodingKeys: String, CodingKey {
    case taskID = "task_id", attempt, datasetHashes = "dataset_hashes"
  }
}

/// A model as the web chat lists it.
package struct ListedModelReply: Codable, Sendable {
  /// What the other routes take; URL-encoded in a path.
  package let name: String
  package let type: ListedModelType
  /// Bytes; 0 where nobody tells.
  package let size: Int64
  /// For a model that others run and tell no time of: when the server started.
  package let modified: String
  package let status: LoadStatus
  /// The type in words: `Pretrained`, `SFT`, `RL` or `External`.
  package let group: String
  package let modelID: String?
  package let kind: ListedModelKind?
  /// The stage it was trained in, in LLaMA-Factory's word, where a task or a file says it; `rm` is a reward model,
  /// which scores answers and writes none.
  package let stage: String?
  /// The base model of an adapter.
  package let base: String?
  /// The host's identifier.
  package let host: String?
  package let checkpoints: [CheckpointReply]?
  package let lineage: LineageReply?
  /// Since when its folder is gone.
  package let goneAt: String?
  /// The model_id of the adapter that it was merged from.
  package let mergedFrom: String?
  /// Bytes on the host that go when it is deleted; left out where its files stay.
  package let frees: Int64?
  /// Why it cannot be loaded.
  package let error: String?

  package init(
    name: String, type: ListedModelType, size: Int64, modified: String, status: LoadStatus, group: String,
    modelID: String?, kind: ListedModelKind?, stage: String?, base: String?, host: String?,
    checkpoints: [CheckpointReply]?, lineage: LineageReply?, goneAt: String?, mergedFrom: String?,
    frees: Int64?, error: String?
  ) {
    self.stage = stage
    self.mergedFrom = mergedFrom
    self.frees = frees
    self.name = name
    self.type = type
    self.size = size
    self.modified = modified
    self.status = status
    self.group = group
    self.modelID = modelID
    self.kind = kind
    self.base = base
    self.host = host
    self.checkpoints = checkpoints
    self.lineage = lineage
    self.goneAt = goneAt
    self.error = error
  }

  private enum CodingKeys: String, CodingKey {
    case name, type, size, modified, status, group, modelID = "model_id", kind, stage, base, host
    case checkpoints, lineage, goneAt = "gone_at", mergedFrom = "merged_from", frees, error
  }
}

/// What came of looking through one host for models.
package struct ScannedHostReply: Codable, Sendable {
  package let hostID: String
  package let name: String
  /// How many the caller sees there now.
  package let models: Int
  /// False where a bound was met.
  package let complete: Bool
  /// Why it could not be looked at.
  package let problem: String?

  package init(hostID: String, name: String, models: Int, complete: Bool, problem: String?) {
    self.hostID = hostID
    self.name = name
    self.models = models
    self.complete = complete
    self.problem = problem
  }

  private enum CodingKeys: String, CodingKey { case hostID = "host_id", name, models, complete, problem }
}

/// `POST /api/models/scan`.
package struct ModelScanReply: Codable, Sendable {
  package let hosts: [ScannedHostReply]
  package init(hosts: [ScannedHostReply]) { self.hosts = hosts }
}

/// `GET /api/models`.
package struct ListedModelsReply: Codable, Sendable {
  package let models: [ListedModelReply]
  package init(models: [ListedModelReply]) { self.models = models }
}

/// What a model that loads is at.
package enum LoadPhase: String, WireEnum { case waiting, starting, weights, preparing }

/// `GET /api/models/{name}/status`.
package struct LoadStatusReply: Codable, Sendable {
  package let name: String
  package let status: LoadStatus
  /// 0 to 1 while it loads; left out where no earlier load tells how long it takes.
  package let progress: Double?
  /// While it loads; `waiting`: other models hold the room it needs, or its job stands in a cluster's queue.
  package let phase: LoadPhase?
  /// Its place in the cluster's queue, while it stands there.
  package let queue: QueueReply?
  /// How long it has been loading.
  package let seconds: Double?
  /// What earlier loads took.
  package let expectedSeconds: Double?
  /// Why it could not be loaded; while it loads, why it could not the last time.
  package let error: String?

  package init(
    name: String, status: LoadStatus, progress: Double? = nil, phase: LoadPhase? = nil,
    queue: QueueReply? = nil, seconds: Double? = nil, expectedSeconds: Double? = nil, error: String? = nil
  ) {
    self.queue = queue
    self.name = name
    self.status = status
    self.progress = progress
    self.phase = phase
    self.seconds = seconds
    self.expectedSeconds = expectedSeconds
    self.error = error
  }

  private enum CodingKeys: String, CodingKey {
    case name, status, progress, phase, queue, seconds, expectedSeconds = "expected_seconds", error
  }
}

/// `POST /api/generate`: `prompt` or `messages`.
package struct GenerateRequest: Codable, Sendable {
  /// With `session_id` it may be left out: the configuration's then.
  package let model: String?
  package let prompt: String?
  package let messages: [ChatMessage]?
  /// 0 to 2.
  package let temperature: Double?
  /// More than 0, at most 1.
  package let topP: Double?
  /// 1 to 1,000.
  package let topK: Int?
  /// 1 to 32,768.
  package let maxTokens: Int?
  /// 0 to 4,294,967,295; not every server knows it.
  package let seed: Int64?
  /// A stored conversation that `prompt` goes on with.
  package let sessionID: String?
  /// For guests: whose configuration holds.
  package let userID: String?
  /// A server for this answer, in place of `model` and of the configuration's.
  package let backend: AnsweringBackend?
  /// An index of mine, its identifier or its name: what it has of the last message goes along with it.
  package let index: String?
  /// Passages of the index, 1 to 50; default 5.
  package let indexTopK: Int?

  package init(
    model: String?, messages: [ChatMessage], temperature: Double? = nil, topP: Double? = nil,
    topK: Int? = nil, maxTokens: Int? = nil, seed: Int64? = nil, backend: AnsweringBackend? = nil,
    index: String? = nil, indexTopK: Int? = nil
  ) {
    self.index = index
    self.indexTopK = indexTopK
    self.model = model
    prompt = nil
    self.messages = messages
    self.temperature = temperature
    self.topP = topP
    self.topK = topK
    self.maxTokens = maxTokens
    self.seed = seed
    sessionID = nil
    userID = nil
    self.backend = backend
  }

  private enum CodingKeys: String, CodingKey {
    case model, prompt, messages, temperature, topP = "top_p", topK = "top_k", maxTokens = "max_tokens"
    case seed, sessionID = "session_id", userID = "user_id", backend, index
    case indexTopK = "index_top_k"
  }
}

/// `POST /api/chat/clear`.
package struct ClearChatRequest: Codable, Sendable {
  package let sessionID: String?

  private enum CodingKeys: String, CodingKey { case sessionID = "session_id" }
}

/// A piece of a streamed answer: one of them is set.
///
/// Where an index was named, `sources` comes first and `cited` last before `done`.
package struct ChatStreamEvent: Codable, Sendable {
  /// Of `/chat`.
  package let chunk: String?
  /// Of `/api/generate`.
  package let token: String?
  package let done: Bool?
  package let error: String?
  /// What went along with the question.
  package let sources: [SourceReply]?
  /// The numbers of the sources that the answer cites, in its order.
  package let cited: [Int]?
}
