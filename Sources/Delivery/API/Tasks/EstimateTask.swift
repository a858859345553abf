import Contract
import Domain
import HTTPServing
import Services

extension Tasks {
  static func estimate(_ call: Call) async throws -> Response {
    let made = try await call.services.estimates.estimate(try await draft(call), for: try call.user.id)
    return try .json(made.wire)
  }
}

extension TaskEstimates.Result {
  var wire: TaskEstimateReply {
    TaskEstimateReply(
      rows: data.rows, steps: estimate.steps, stepsPerEpoch: estimate.stepsPerEpoch, tokens: estimate.tokens,
      cutRows: data.cutRows, parameters: estimate.parameters, trained: estimate.trained,
      memory: estimate.memory.map {
        .init(
          weights: $0.weights, training: $0.trained + $0.gradients + $0.optimizer,
          activations: $0.activations,
          overhead: $0.overhead, total: $0.total, errorPercent: TrainingMemory.errorPercent,
          available: device.memory, fit: estimate.memoryFit.wire)
      },
      disk: estimate.disk.map {
        .init(
          checkpoint: $0.checkpoint, checkpoints: $0.checkpoints, result: $0.result, total: $0.total,
          free: device.diskFree, fit: estimate.diskFit.wire)
      },
      cures: estimate.cures.map { .init(kind: $0.kind.wire, total: $0.total) }, hostName: hostName,
      gpu: device.usesGPU ? device.name : nil, devices: device.count,
      time: time.map {
        .init(
          seconds: $0.seconds, shortest: $0.shortest, longest: $0.longest, trainings: $0.trainings)
      })
  }
}

extension TrainingEstimate.Fit {
  fileprivate var wire: TaskEstimateReply.Fit {
    switch self {
    case .fits: .fits
    case .tight: .tight
    case .exceeds: .exceeds
    case .unknown: .unknown
    }
  }
}

extension TrainingEstimate.Cure.Kind {
  fileprivate var wire: TaskEstimateReply.Kind {
    switch self {
    case .gradientCheckpointing: .gradientCheckpointing
    case .smallerBatch: .smallerBatch
    case .shorterCutoff: .shorterCutoff
    case .lora: .lora
    case .qlora: .qlora
    }
  }
}
