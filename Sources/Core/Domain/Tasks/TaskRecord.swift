/// One fine-tuning run a user asked for.
package struct TaskRecord: Sendable, Equatable {
  /// What was asked for once and never changes; one for all copies of a record, which are many.
  private struct Asked: Sendable, Equatable {
    let id: TaskID
    let userID: UserID
    let name: String
    let modelName: String
    let datasetPath: String
    let datasetIDs: [DatasetID]
    let epochs: Double
    let learningRate: Double
    let batchSize: Int
    let arguments: String
    let template: String
    let hostID: HostID
    let outputDirectory: String
    let gpus: Int?
    let gpuIDs: [Int]
    let clusterRequest: ClusterRequest
    let idempotencyKey: String?
    let createdAt: Timestamp
  }

  private let asked: Shared<Asked>

  package var id: TaskID { asked.value.id }
  package var userID: UserID { asked.value.userID }
  package var name: String { asked.value.name }
  /// The base: a hub name or a folder on the host.
  package var modelName: String { asked.value.modelName }
  /// As the caller gave it; resolved datasets stand in `datasetIDs`.
  package var datasetPath: String { asked.value.datasetPath }
  package var datasetIDs: [DatasetID] { asked.value.datasetIDs }
  package var epochs: Double { asked.value.epochs }
  package var learningRate: Double { asked.value.learningRate }
  package var batchSize: Int { asked.value.batchSize }
  /// Further LLaMA-Factory arguments, checked, as a JSON object.
  package var arguments: String { asked.value.arguments }
  package var template: String { asked.value.template }
  package var hostID: HostID { asked.value.hostID }
  /// `{user data}/{user_id}/models/{task_id}` on the host.
  package var outputDirectory: String { asked.value.outputDirectory }
  /// GPUs asked for; nil: one where the host has any.
  package var gpus: Int? { asked.value.gpus }
  /// The GPUs' indices where the caller named them; empty: any will do.
  package var gpuIDs: [Int] { asked.value.gpuIDs }
  /// What it asks a cluster for beside the host's defaults.
  package var clusterRequest: ClusterRequest { asked.value.clusterRequest }
  /// The caller's key: a repeated submission with it returns the first one's task.
  package var idempotencyKey: String? { asked.value.idempotencyKey }
  package var createdAt: Timestamp { asked.value.createdAt }

  /// Higher runs first; -10...10.
  package var priority: Int
  package var state: TaskState
  /// 1 for the first execution; a retry is a new attempt.
  package var attempt: Int
  /// The attempt goes on from the newest checkpoint.
  package var resumes: Bool
  /// The stop ladder was asked for.
  package var cancelRequested: Bool
  package var reason: EndReason?
  /// What the trainer said, safe to show to the task's owner.
  package var reasonDetail: String?
  package var progress: TaskProgress?
  /// The GPUs the present attempt was given; empty on the processor.
  package var assignedGPUs: [GPUShare]
  /// Its number in its cluster's queue, once it stands there.
  package var clusterJob: String?
  /// When the host was last not reachable while the task needed it; nil while it is.
  package var unreachableSince: Timestamp?
  package var updatedAt: Timestamp
  package var queuedAt: Timestamp?
  package var startedAt: Timestamp?
  package var endedAt: Timestamp?
  /// Counts the changes; an update is refused where another one came first.
  package var revision: Int

  package init(
    id: TaskID, userID: UserID, name: String, modelName: String, datasetPath: String,
    datasetIDs: [DatasetID], epochs: Double, learningRate: Double, batchSize: Int, arguments: String,
    template: String, hostID: HostID, outputDirectory: String, priority: Int = 0,
    gpus: Int? = nil, gpuIDs: [Int] = [], clusterRequest: ClusterRequest = ClusterRequest(),
    idempotencyKey: String? = nil, createdAt: Timestamp,
    state: TaskState = .pending, attempt: Int = 1,
    resumes: Bool = false, cancelRequested: Bool = false, reason: EndReason? = nil,
    reasonDetail: String? = nil, progress: TaskProgress? = nil, assignedGPUs: [GPUShare] = [],
    clusterJob: String? = nil, unreachableSince: Timestamp? = nil, updatedAt: Timestamp? = nil,
    queuedAt: Timestamp? = nil,
    startedAt: Timestamp? = nil,
    endedAt: Timestamp? = nil, revision: Int = 0
  ) {
    asked = Shared(
      Asked(
        id: id, userID: userID, name: name, modelName: modelName, datasetPath: datasetPath,
        datasetIDs: datasetIDs, epochs: epochs, learningRate: learningRate, batchSize: batchSize,
        arguments: arguments, template: template, hostID: hostID, outputDirectory: outputDirectory,
        gpus: gpus, gpuIDs: gpuIDs, clusterRequest: clusterRequest, idempotencyKey: idempotencyKey,
        createdAt: createdAt))
    self.priority = priority
    self.state = state
    self.attempt = attempt
    self.resumes = resumes
    self.cancelRequested = cancelRequested
    self.reason = reason
    self.reasonDetail = reasonDetail
    self.progress = progress
    self.assignedGPUs = assignedGPUs
    self.clusterJob = clusterJob
    self.unreachableSince = unreachableSince
    self.updatedAt = updatedAt ?? createdAt
    self.queuedAt = queuedAt
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.revision = revision
  }

  /// It waits in its cluster's own queue.
  package var isSubmitted: Bool { state == .queued && clusterJob != nil }
  /// Somebody has to see to it: it runs, or is about to.
  package var isCarried: Bool { state.holdsSlot || isSubmitted }

  /// The folder of the present attempt's job on the host.
  package var attemptDirectory: String { attemptDirectory(attempt) }

  package func attemptDirectory(_ number: Int) -> String { "\(outputDirectory)/attempts/\(number)" }

  /// LLaMA-Factory's own progress file.
  package var metricsPath: String { "\(outputDirectory)/trainer_log.jsonl" }
}

/// Where a task stands.
package enum TaskState: String, Sendable, CaseIterable {
  /// Stored, not yet looked at.
  case pending
  /// Waits for a slot of its host, or in the queue of its cluster.
  case queued
  /// Its data and configuration are put on the host, its trainer is being started.
  case staging
  case running
  case completed, failed, cancelled

  package var isFinal: Bool { self == .completed || self == .failed || self == .cancelled }
  /// Holds a slot of its host.
  package var holdsSlot: Bool { self == .staging || self == .running }
}

/// How far training is, from the newest line of `trainer_log.jsonl`.
package struct TaskProgress: Sendable, Equatable {
  package let step: Int
  package let totalSteps: Int
  package let epoch: Double?
  package let loss: Double?
  package let learningRate: Double?
  /// Seconds.
  package let elapsed: Double?
  package let remaining: Double?

  package init(
    step: Int, totalSteps: Int, epoch: Double?, loss: Double?, learningRate: Double?, elapsed: Double?,
    remaining: Double?
  ) {
    self.step = step
    self.totalSteps = totalSteps
    self.epoch = epoch
    self.loss = loss
    self.learningRate = learningRate
    self.elapsed = elapsed
    self.remaining = remaining
  }

  /// 0...100.
  package var percentage: Double {
    totalSteps > 0 ? min(100, Double(step) * 100 / Double(totalSteps)) : 0
  }
}

/// One execution of a task.
package struct AttemptRecord: Sendable, Equatable {
  package let taskID: TaskID
  package let number: Int
  package let directory: String
  package let resumes: Bool
  package var state: TaskState
  package var exitCode: Int?
  package var signal: Int?
  package var reason: EndReason?
  /// The GPUs it was given; empty on the processor.
  package var gpus: [GPUShare]
  package let createdAt: Timestamp
  package var startedAt: Timestamp?
  package var endedAt: Timestamp?

  package init(
    taskID: TaskID, number: Int, directory: String, resumes: Bool, state: TaskState, exitCode: Int? = nil,
    signal: Int? = nil, reason: EndReason? = nil, gpus: [GPUShare] = [], createdAt: Timestamp,
    startedAt: Timestamp? = nil, endedAt: Timestamp? = nil
  ) {
    self.taskID = taskID
    self.number = number
    self.directory = directory
    self.resumes = resumes
    self.state = state
    self.exitCode = exitCode
    self.signal = signal
    self.reason = reason
    self.gpus = gpus
    self.createdAt = createdAt
    self.startedAt = startedAt
    self.endedAt = endedAt
  }
}
