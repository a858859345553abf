/// A waiting task's place in the queue of its host.
package struct QueueReply: Codable, Sendable {
  /// 1 is next.
  package let position: Int
  /// Waiting tasks before it on its host.
  package let ahead: Int
  /// Stable, such as `gpus_busy`, `gpu_stranger`, `host_unreachable`, `slots_full`.
  package let reason: String
  /// One sentence.
  ///
  /// Such as "Waits for GPU 0 on gpu1, 2 ahead, about 40 min."
  package let message: String
  package let messageZh: String
  /// Seconds until it probably starts; null where that cannot be told.
  package let expectedSeconds: Double?

  package init(
    position: Int, ahead: Int, reason: String, message: String, messageZh: String, expectedSeconds: Double?
  ) {
    self.position = position
    self.ahead = ahead
    self.reason = reason
    self.message = message
    self.messageZh = messageZh
    self.expectedSeconds = expectedSeconds
  }

  private enum CodingKeys: String, CodingKey {
    case position, ahead, reason, message, messageZh = "message_zh", expectedSeconds = "expected_seconds"
  }
}

/// A GPU that a task was given.
package struct AssignedGPUReply: Codable, Sendable {
  /// As nvidia-smi counts.
  package let index: Int
  package let uuid: String

  package init(index: Int, uuid: String) {
    self.index = index
    self.uuid = uuid
  }
}

/// `PATCH /api/tasks/{task_id}`.
package struct ChangeTaskRequest: Codable, Sendable {
  /// Higher runs first; -10 to 10.
  package let priority: Int
  package init(priority: Int) { self.priority = priority }
}
