/// What one of a task's GPUs did at one moment.
package struct GPUSample: Sendable, Equatable {
  /// Since the attempt began.
  package let seconds: Int
  package let gpu: GPUShare
  /// Percent; nil where the driver does not say.
  package let utilization: Double?
  /// Bytes.
  package let memoryUsed: Int64
  package let memoryTotal: Int64

  package init(
    seconds: Int, gpu: GPUShare, utilization: Double?, memoryUsed: Int64, memoryTotal: Int64
  ) {
    self.seconds = seconds
    self.gpu = gpu
    self.utilization = utilization
    self.memoryUsed = memoryUsed
    self.memoryTotal = memoryTotal
  }
}

/// What was seen of one attempt's GPUs, on its way to the record.
package struct GPUSampleBatch: Sendable, Equatable {
  package let task: TaskID
  package let attempt: Int
  package let samples: [GPUSample]
  /// What lies at no multiple of so many seconds is forgotten of that attempt; nil forgets nothing.
  package let thinning: Int?

  package init(task: TaskID, attempt: Int, samples: [GPUSample], thinning: Int? = nil) {
    self.task = task
    self.attempt = attempt
    self.samples = samples
    self.thinning = thinning
  }
}

/// How often a task's GPUs are looked at: the longer it runs, the further apart, so that no record grows without end.
///
/// The step depends on nothing but the time that has passed, so a server that was restarted goes on as before.
package enum GPUSampling {
  /// Seconds between two looks at first.
  package static let firstStep = 5
  /// Moments that are kept of one attempt, at most.
  package static let mostMoments = 720

  /// Seconds between two looks `elapsed` seconds after the beginning: the first step, doubled as often as needed.
  package static func step(after elapsed: Int) -> Int {
    var step = firstStep
    while step * mostMoments <= elapsed { step *= 2 }
    return step
  }
}
