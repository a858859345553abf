import Contract
import Domain
import Services

extension TaskState {
  var wire: TaskStatus {
    switch self {
    case .pending: .pending
    case .queued: .queued
    case .staging: .staging
    case .running: .running
    case .completed: .completed
    case .failed: .failed
    case .cancelled: .cancelled
    }
  }
}

extension TaskProgress {
  var wire: ProgressReply {
    ProgressReply(
      step: step, totalSteps: totalSteps, percentage: (percentage * 100).rounded() / 100, epoch: epoch,
      loss: loss, learningRate: learningRate, elapsedSeconds: elapsed, remainingSeconds: remaining)
  }
}

extension TaskRecord {
  /// - Parameter wait: for a task that waits.
  func wire(wait: QueueWait?, sending: TaskSending? = nil, modelID: ModelID?) -> TaskReply {
    TaskReply(
      taskID: id.rawValue, name: name, modelName: modelName, datasetPath: datasetPath, epochs: epochs,
      learningRate: learningRate, batchSize: batchSize, outputDir: outputDirectory, status: state.wire,
      createdAt: createdAt.iso8601, updatedAt: updatedAt.iso8601, queuedAt: queuedAt?.iso8601,
      startedAt: startedAt?.iso8601, endedAt: endedAt?.iso8601, template: template, hostID: hostID.rawValue,
      priority: priority, attempt: attempt, progress: progress?.wire, cancelRequested: cancelRequested,
      unreachableSince: (unreachableSince ?? wait?.unreachableSince)?.iso8601, reason: reasonWire,
      gpus: gpus, gpuIDs: gpuIDs, assignedGPUs: assignedGPUs.map(\.wire), queue: wait?.wire,
      clusterJob: clusterJob, slurm: clusterRequest.wire,
      sending: sending?.wire,
      queuePosition: wait?.ahead,
      modelID: modelID?.rawValue)
  }

  private var reasonWire: ReasonReply? {
    reason.map {
      ReasonReply(
        code: $0.rawValue, message: $0.message, hint: $0.hint, messageZh: $0.messageZh, hintZh: $0.hintZh,
        detail: reasonDetail)
    }
  }
}

extension TaskSending {
  var wire: SendingReply {
    let part = progress.total > 0 ? Double(progress.sent) / Double(progress.total) : 1
    return SendingReply(
      file: filename, sent: progress.sent, total: progress.total,
      percentage: (part * 10_000).rounded() / 100)
  }
}

extension QueueWait {
  var wire: QueueReply {
    QueueReply(
      position: ahead + 1, ahead: ahead, reason: reason.rawValue, message: message, messageZh: messageZh,
      expectedSeconds: expected)
  }
}

extension GPUShare {
  var wire: AssignedGPUReply { AssignedGPUReply(index: index, uuid: uuid) }
}

extension AttemptRecord {
  var wire: AttemptReply {
    AttemptReply(
      number: number, status: state.wire, resumed: resumes, exitCode: exitCode, signal: signal,
      reason: reason?.rawValue, gpus: gpus.map(\.wire), createdAt: createdAt.iso8601,
      startedAt: startedAt?.iso8601,
      endedAt: endedAt?.iso8601)
  }
}

extension TrainingMetric {
  var wire: MetricReply {
    MetricReply(
      step: step, totalSteps: totalSteps, epoch: epoch, loss: loss, evalLoss: evalLoss,
      learningRate: learningRate, elapsedSeconds: elapsed, remainingSeconds: remaining)
  }
}

extension JSONValue {
  /// The value as a trainer argument.
  var argument: ArgumentValue {
    switch self {
    case .null: .null
    case .bool(let value): .bool(value)
    case .integer(let value): .integer(Int(value))
    case .number(let value): .number(value)
    case .string(let value): .string(value)
    case .array(let values): .list(values.map(\.argument))
    case .object(let values): .object(values.mapValues(\.argument))
    }
  }
}

extension ArgumentValue {
  var json: JSONValue {
    switch self {
    case .null: .null
    case .bool(let value): .bool(value)
    case .integer(let value): .integer(Int64(value))
    case .number(let value): .number(value)
    case .string(let value): .string(value)
    case .list(let values): .array(values.map(\.json))
    case .object(let values): .object(values.mapValues(\.json))
    }
  }
}
