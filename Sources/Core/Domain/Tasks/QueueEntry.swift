/// What the queue has to know of a task that has not ended.
package struct QueueEntry: Sendable, Equatable {
  package let id: TaskID
  package let userID: UserID
  package let hostID: HostID
  package let state: TaskState
  package let priority: Int
  /// GPUs asked for; nil: one where the host has any.
  package let gpus: Int?
  /// Indices of the GPUs asked for by name; empty: any will do.
  package let gpuIDs: [Int]
  package let assignedGPUs: [GPUShare]
  package let waitingSince: Timestamp
  /// Seconds, of a running task as it last said, at `updatedAt`.
  package let elapsed: Double?
  package let remaining: Double?
  package let updatedAt: Timestamp
  /// It stands in its cluster's own queue.
  package let isSubmitted: Bool

  package init(
    id: TaskID, userID: UserID, hostID: HostID, state: TaskState, priority: Int = 0, gpus: Int? = nil,
    gpuIDs: [Int] = [], assignedGPUs: [GPUShare] = [], waitingSince: Timestamp, elapsed: Double? = nil,
    remaining: Double? = nil, updatedAt: Timestamp? = nil,
    isSubmitted: Bool = false
  ) {
    self.isSubmitted = isSubmitted
    self.id = id
    self.userID = userID
    self.hostID = hostID
    self.state = state
    self.priority = priority
    self.gpus = gpus
    self.gpuIDs = gpuIDs
    self.assignedGPUs = assignedGPUs
    self.waitingSince = waitingSince
    self.elapsed = elapsed
    self.remaining = remaining
    self.updatedAt = updatedAt ?? waitingSince
  }

  /// It waits for its turn here.
  package var isWaiting: Bool { state == .queued && !isSubmitted }
  /// Somebody has to see to it: it runs, or is about to.
  package var isCarried: Bool { state.holdsSlot || isSubmitted }

  /// Slots that it counts for when users are compared.
  var weight: Int { max(1, assignedGPUs.count, gpuIDs.count, gpus ?? 0) }

  /// Seconds it still takes, where it said so.
  func secondsLeft(at now: Timestamp) -> Double? {
    remaining.map { max(0, $0 - max(0, now.seconds(since: updatedAt))) }
  }
}
