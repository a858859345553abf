/// `POST /api/tasks/estimate`: what a submission would do and take, about.
package struct TaskEstimateReply: Codable, Sendable {
  /// Rows that can be trained on.
  package let rows: Int
  package let steps: Int
  package let stepsPerEpoch: Int
  /// Of the whole training; absent where the rows' lengths were not counted.
  package let tokens: Int64?
  /// Rows longer than cutoff_len.
  package let cutRows: Int?
  /// Weights of the base model; absent where its config.json does not tell, like all that follows from it.
  package let parameters: Int64?
  /// Weights that change.
  package let trained: Int64?
  package let memory: Memory?
  package let disk: Disk?
  /// What would need less memory, the smallest change first; none where it fits.
  package let cures: [Cure]
  package let hostName: String
  /// The device whose memory is meant; absent for the processor.
  package let gpu: String?
  /// GPUs that share a step.
  package let devices: Int
  /// Absent where you have no training like it: of the same base, method and host, with as many GPUs.
  package let time: Time?

  /// Seconds of the training's steps, without loading the model and saving what came of it.
  package struct Time: Codable, Sendable {
    package let seconds: Double
    /// As the quickest and the slowest of those trainings went.
    package let shortest: Double
    package let longest: Double
    /// How many trainings tell it.
    package let trainings: Int

    package init(seconds: Double, shortest: Double, longest: Double, trainings: Int) {
      self.seconds = seconds
      self.shortest = shortest
      self.longest = longest
      self.trainings = trainings
    }
  }

  /// Bytes on one device.
  package struct Memory: Codable, Sendable {
    package let weights: Int64
    /// What is trained, its gradients and the optimizer.
    package let training: Int64
    /// What a batch leaves on its way through.
    package let activations: Int64
    package let overhead: Int64
    package let total: Int64
    /// The estimate may be off by this much.
    package let errorPercent: Int
    /// What the device has; absent where it was not seen.
    package let available: Int64?
    package let fit: Fit

    package init(
      weights: Int64, training: Int64, activations: Int64, overhead: Int64, total: Int64, errorPercent: Int,
      available: Int64?, fit: Fit
    ) {
      self.weights = weights
      self.training = training
      self.activations = activations
      self.overhead = overhead
      self.total = total
      self.errorPercent = errorPercent
      self.available = available
      self.fit = fit
    }

    private enum CodingKeys: String, CodingKey {
      case weights, training, activations, overhead, total, errorPercent = "error_percent", available, fit
    }
  }

  /// Bytes on the host's disk.
  package struct Disk: Codable, Sendable {
    package let checkpoint: Int64
    /// As many as lie there at once.
    package let checkpoints: Int
    package let result: Int64
    package let total: Int64
    package let free: Int64?
    package let fit: Fit

    package init(checkpoint: Int64, checkpoints: Int, result: Int64, total: Int64, free: Int64?, fit: Fit) {
      self.checkpoint = checkpoint
      self.checkpoints = checkpoints
      self.result = result
      self.total = total
      self.free = free
      self.fit = fit
    }
  }

  package enum Fit: String, WireEnum {
    case fits
    /// Within what the estimate may be off.
    case tight
    case exceeds
    case unknown
  }

  package struct Cure: Codable, Sendable {
    package let kind: Kind
    /// Bytes needed then.
    package let total: Int64

    package init(kind: Kind, total: Int64) {
      self.kind = kind
      self.total = total
    }
  }

  package enum Kind: String, WireEnum {
    case gradientCheckpointing = "gradient_checkpointing"
    case smallerBatch = "smaller_batch"
    case shorterCutoff = "shorter_cutoff"
    case lora, qlora
  }

  package init(
    rows: Int, steps: Int, stepsPerEpoch: Int, tokens: Int64?, cutRows: Int?, parameters: Int64?,
    trained: Int64?, memory: Memory?, disk: Disk?, cures: [Cure], hostName: String, gpu: String?,
    devices: Int,
    time: Time? = nil
  ) {
    self.time = time
    self.rows = rows
    self.steps = steps
    self.stepsPerEpoch = stepsPerEpoch
    self.tokens = tokens
    self.cutRows = cutRows
    self.parameters = parameters
    self.trained = trained
    self.memory = memory
    self.disk = disk
    self.cures = cures
    self.hostName = hostName
    self.gpu = gpu
    self.devices = devices
  }

  private enum CodingKeys: String, CodingKey {
    case rows, steps, stepsPerEpoch = "steps_per_epoch", tokens, cutRows = "cut_rows", parameters, trained
    case memory, disk, cures, hostName = "host_name", gpu, devices, time
  }
}
