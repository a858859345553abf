/// `GET /api/tasks/{task_id}/gpus`.
package struct TaskGPUsReply: Codable, Sendable {
  package let attempt: Int
  /// Those that the attempt was given, by index; empty on the processor.
  package let gpus: [TaskGPUReply]

  package init(attempt: Int, gpus: [TaskGPUReply]) {
    self.attempt = attempt
    self.gpus = gpus
  }
}

/// What one GPU did while a task ran.
package struct TaskGPUReply: Codable, Sendable {
  /// As nvidia-smi counts.
  package let index: Int
  package let uuid: String
  package let memoryTotalBytes: Int64
  /// By time: every 5 seconds in the first hour, then further apart, 720 at most.
  package let samples: [GPUSampleReply]

  package init(index: Int, uuid: String, memoryTotalBytes: Int64, samples: [GPUSampleReply]) {
    self.index = index
    self.uuid = uuid
    self.memoryTotalBytes = memoryTotalBytes
    self.samples = samples
  }

  private enum CodingKeys: String, CodingKey {
    case index, uuid, memoryTotalBytes = "memory_total_bytes", samples
  }
}

/// A GPU at one moment.
package struct GPUSampleReply: Codable, Sendable {
  /// Since the attempt began.
  package let seconds: Int
  /// Percent; absent where the driver does not say.
  package let utilization: Double?
  package let memoryUsedBytes: Int64

  package init(seconds: Int, utilization: Double?, memoryUsedBytes: Int64) {
    self.seconds = seconds
    self.utilization = utilization
    self.memoryUsedBytes = memoryUsedBytes
  }

  private enum CodingKeys: String, CodingKey {
    case seconds, utilization, memoryUsedBytes = "memory_used_bytes"
  }
}
