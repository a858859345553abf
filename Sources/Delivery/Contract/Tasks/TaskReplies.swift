/// A task, in a list and alone.
package struct TaskReply: Codable, Sendable {
  package let taskID: String
  package let name: String
  package let modelName: String
  package let datasetPath: String
  package let epochs: Double
  package let learningRate: Double
  package let batchSize: Int
  package let outputDir: String
  package let status: TaskStatus
  package let createdAt: String
  package let updatedAt: String
  package let queuedAt: String?
  package let startedAt: String?
  package let endedAt: String?
  package let template: String
  package let hostID: String
  package let priority: Int
  /// 1 for the first execution.
  package let attempt: Int
  package let progress: ProgressReply?
  /// A cancel was asked for and has not ended the task yet.
  package let cancelRequested: Bool
  /// Since when the host has not answered; the task is as it was.
  package let unreachableSince: String?
  /// Why it ended as it did; null for a plain success.
  package let reason: ReasonReply?
  /// GPUs asked for; null: one where the host has any.
  package let gpus: Int?
  /// The GPUs asked for by number.
  package let gpuIDs: [Int]
  /// The GPUs it was given; none on the processor.
  package let assignedGPUs: [AssignedGPUReply]
  /// Why it waits, and its place; null where it does not wait.
  package let queue: QueueReply?
  /// Its job in the cluster's queue; null before it stands there, and on other hosts.
  package let clusterJob: String?
  /// What the cluster was asked for, beside the host's own settings.
  package let slurm: SlurmSettings?
  /// The file on its way to the host, while the task is being staged; null where none is, or not for long.
  package let sending: SendingReply?
  /// Waiting tasks before this one; null where it does not wait.
  package let queuePosition: Int?
  /// The model it made.
  package let modelID: String?

  package init(
    taskID: String, name: String, modelName: String, datasetPath: String, epochs: Double,
    learningRate: Double, batchSize: Int, outputDir: String, status: TaskStatus, createdAt: String,
    updatedAt: String, queuedAt: String?, startedAt: String?, endedAt: String?, template: String,
    hostID: String, priority: Int, attempt: Int, progress: ProgressReply?, cancelRequested: Bool,
    unreachableSince: String?, reason: ReasonReply?, gpus: Int? = nil, gpuIDs: [Int] = [],
    assignedGPUs: [AssignedGPUReply] = [], queue: QueueReply? = nil, clusterJob: String? = nil,
    slurm: SlurmSettings? = nil, sending: SendingReply? = nil,
    queuePosition: Int?, modelID: String?
  ) {
    self.taskID = taskID
    self.name = name
    self.modelName = modelName
    self.datasetPath = datasetPath
    self.epochs = epochs
    self.learningRate = learningRate
    self.batchSize = batchSize
    self.outputDir = outputDir
    self.status = status
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.queuedAt = queuedAt
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.template = template
    self.hostID = hostID
    self.priority = priority
    self.attempt = attempt
    self.progress = progress
    self.cancelRequested = cancelRequested
    self.unreachableSince = unreachableSince
    self.reason = reason
    self.gpus = gpus
    self.gpuIDs = gpuIDs
    self.assignedGPUs = assignedGPUs
    self.queue = queue
    self.clusterJob = clusterJob
    self.slurm = slurm
    self.sending = sending
    self.queuePosition = queuePosition
    self.modelID = modelID
  }

  private enum CodingKeys: String, CodingKey {
    case taskID = "task_id", name, modelName = "model_name", datasetPath = "dataset_path", epochs
    case learningRate = "learning_rate", batchSize = "batch_size", outputDir = "output_dir", status
    case createdAt = "created_at", updatedAt = "updated_at", queuedAt = "queued_at"
    case startedAt = "started_at", endedAt = "ended_at", template, hostID = "host_id", priority, attempt
    case progress, cancelRequested = "cancel_requested", unreachableSince = "unreachable_since", reason
    case gpus, gpuIDs = "gpu_ids", assignedGPUs = "assigned_gpus", queue, clusterJob = "cluster_job", slurm,
      sending
    case queuePosition = "queue_position", modelID = "model_id"
  }
}

/// A file on its way to a task's host.
package struct SendingReply: Codable, Sendable {
  package let file: String
  /// Bytes that are there or on their way.
  package let sent: Int64
  package let total: Int64
  /// 0 to 100.
  package let percentage: Double

  package init(file: String, sent: Int64, total: Int64, percentage: Double) {
    self.file = file
    self.sent = sent
    self.total = total
    self.percentage = percentage
  }
}

package struct ProgressReply: Codable, Sendable {
  package let step: Int
  package let totalSteps: Int
  /// 0 to 100.
  package let percentage: Double
  package let epoch: Double?
  package let loss: Double?
  package let learningRate: Double?
  package let elapsedSeconds: Double?
  package let remainingSeconds: Double?

  package init(
    step: Int, totalSteps: Int, percentage: Double, epoch: Double?, loss: Double?, learningRate: Double?,
    elapsedSeconds: Double?, remainingSeconds: Double?
  ) {
    self.step = step
    self.totalSteps = totalSteps
    self.percentage = percentage
    self.epoch = epoch
    self.loss = loss
    self.learningRate = learningRate
    self.elapsedSeconds = elapsedSeconds
    self.remainingSeconds = remainingSeconds
  }

  private enum CodingKeys: String, CodingKey {
    case step, totalSteps = "total_steps", percentage, epoch, loss, learningRate = "learning_rate"
    case elapsedSeconds = "elapsed_seconds", remainingSeconds = "remaining_seconds"
  }
}

package struct ReasonReply: Codable, Sendable {
  /// Stable, such as `out_of_memory_gpu`, `bad_dataset`, `cancelled`.
  package let code: String
  package let message: String
  package let hint: String
  package let messageZh: String
  package let hintZh: String
  /// The trainer's own last words.
  package let detail: String?

  package init(
    code: String, message: String, hint: String, messageZh: String, hintZh: String, detail: String?
  ) {
    self.code = code
    self.message = message
    self.hint = hint
    self.messageZh = messageZh
    self.hintZh = hintZh
    self.detail = detail
  }

  private enum CodingKeys: String, CodingKey {
    case code, message, hint, messageZh = "message_zh", hintZh = "hint_zh", detail
  }
}

package struct TaskListReply: Codable, Sendable {
  package let tasks: [TaskReply]
  package init(tasks: [TaskReply]) { self.tasks = tasks }
}

/// `GET /api/tasks/{task_id}`: the task with its attempts and what it runs.
package struct TaskDetailReply: Encodable, Sendable {
  package let task: TaskReply
  package let details: Details

  /// What only the single task has.
  package struct Details: Codable, Sendable {
    package let attempts: [AttemptReply]
    /// The LLaMA-Factory arguments beyond the usual ones.
    package let arguments: [String: JSONValue]
    /// The equivalent command line, for showing.
    package let sshCommand: String?

    package init(attempts: [AttemptReply], arguments: [String: JSONValue], sshCommand: String?) {
      self.attempts = attempts
      self.arguments = arguments
      self.sshCommand = sshCommand
    }

    private enum CodingKeys: String, CodingKey { case attempts, arguments, sshCommand = "ssh_command" }
  }

  package init(task: TaskReply, details: Details) {
    self.task = task
    self.details = details
  }

  /// Both in one flat object, as the document has it.
  package func encode(to encoder: any Encoder) throws {
    try task.encode(to: encoder)
    try details.encode(to: encoder)
  }
}

extension TaskDetailReply: Decodable {
  package init(from decoder: any Decoder) throws {
    self.init(task: try TaskReply(from: decoder), details: try Details(from: decoder))
  }
}

package struct AttemptReply: Codable, Sendable {
  package let number: Int
  package let status: TaskStatus
  package let resumed: Bool
  package let exitCode: Int?
  package let signal: Int?
  package let reason: String?
  /// The GPUs it was given; none on the processor.
  package let gpus: [AssignedGPUReply]
  package let createdAt: String
  package let startedAt: String?
  package let endedAt: String?

  package init(
    number: Int, status: TaskStatus, resumed: Bool, exitCode: Int?, signal: Int?, reason: String?,
    gpus: [AssignedGPUReply] = [], createdAt: String, startedAt: String?, endedAt: String?
  ) {
    self.number = number
    self.status = status
    self.resumed = resumed
    self.exitCode = exitCode
    self.signal = signal
    self.reason = reason
    self.gpus = gpus
    self.createdAt = createdAt
    self.startedAt = startedAt
    self.endedAt = endedAt
  }

  private enum CodingKeys: String, CodingKey {
    case number, status, resumed, exitCode = "exit_code", signal, reason, gpus, createdAt = "created_at"
    case startedAt = "started_at", endedAt = "ended_at"
  }
}

/// `GET /api/tasks/{task_id}/logs`.
package struct TaskLogsReply: Codable, Sendable {
  /// Text; a line that was written over with carriage returns is its last state.
  ///
  /// A carriage return can only stand at the beginning: drop what an earlier piece left of that line.
  package let logs: String
  /// Byte where this text begins, and where the next piece does.
  package let offset: Int64
  package let nextOffset: Int64
  /// Bytes in the whole log.
  package let size: Int64
  package let attempt: Int

  package init(logs: String, offset: Int64, nextOffset: Int64, size: Int64, attempt: Int) {
    self.logs = logs
    self.offset = offset
    self.nextOffset = nextOffset
    self.size = size
    self.attempt = attempt
  }

  private enum CodingKeys: String, CodingKey {
    case logs, offset, nextOffset = "next_offset", size, attempt
  }
}

/// `GET /api/tasks/{task_id}/metrics`.
package struct TaskMetricsReply: Codable, Sendable {
  package let metrics: [MetricReply]
  /// Byte of the trainer's file where the next piece begins: give it as `from`.
  package let nextOffset: Int64

  package init(metrics: [MetricReply], nextOffset: Int64) {
    self.metrics = metrics
    self.nextOffset = nextOffset
  }

  private enum CodingKeys: String, CodingKey { case metrics, nextOffset = "next_offset" }
}

/// One line of `trainer_log.jsonl`; a value that was not a number is left out.
package struct MetricReply: Codable, Sendable {
  package let step: Int
  package let totalSteps: Int
  package let epoch: Double?
  package let loss: Double?
  package let evalLoss: Double?
  package let learningRate: Double?
  package let elapsedSeconds: Double?
  package let remainingSeconds: Double?

  package init(
    step: Int, totalSteps: Int, epoch: Double?, loss: Double?, evalLoss: Double?, learningRate: Double?,
    elapsedSeconds: Double?, remainingSeconds: Double?
  ) {
    self.step = step
    self.totalSteps = totalSteps
    self.epoch = epoch
    self.loss = loss
    self.evalLoss = evalLoss
    self.learningRate = learningRate
    self.elapsedSeconds = elapsedSeconds
    self.remainingSeconds = remainingSeconds
  }

  private enum CodingKeys: String, CodingKey {
    case step, totalSteps = "total_steps", epoch, loss, evalLoss = "eval_loss"
    case learningRate = "learning_rate", elapsedSeconds = "elapsed_seconds"
    case remainingSeconds = "remaining_seconds"
  }
}
