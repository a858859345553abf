/// Why a task waits.
package enum QueueReason: String, Sendable, CaseIterable {
  /// It can start at once and is about to.
  case starting
  case hostUnreachable = "host_unreachable"
  /// The host has not answered since the server was started.
  case hostNotSeen = "host_not_seen"
  /// There is no such host any more.
  case hostMissing = "host_missing"
  case slotsFull = "slots_full"
  case gpusBusy = "gpus_busy"
  /// A loaded chat model holds them.
  case gpusServing = "gpus_serving"
  case gpuStranger = "gpu_stranger"
  /// Memory is in use that no known process explains.
  case gpuMemory = "gpu_memory"
  /// Divided by MIG, or closed to computing.
  case gpuUnusable = "gpu_unusable"
  /// What is free is kept for a task with several GPUs that has waited long.
  case gpusReserved = "gpus_reserved"
  case gpusUnreadable = "gpus_unreadable"
  /// The host has fewer GPUs than asked for, or not those.
  case gpusMissing = "gpus_missing"
  /// It stands in the queue of its cluster.
  case cluster
  /// The same, and the cluster does not answer.
  case clusterAway = "cluster_away"
}

/// A waiting task's place in the queue of its host.
package struct QueueWait: Sendable, Equatable {
  package let reason: QueueReason
  package let hostName: String
  /// Indices of the GPUs it waits for; empty where any will do.
  package var gpus: [Int]
  /// Indices of GPUs that are not given because somebody else computes on them.
  package var strangers: [Int]
  /// Waiting tasks before it on its host.
  package var ahead: Int
  /// Seconds until it probably starts; nil where that cannot be told.
  package var expected: Double?
  /// Last contact with a host that cannot be reached.
  package var unreachableSince: Timestamp?
  /// Slurm's own word for what it waits for.
  package var clusterReason: String?

  package init(
    reason: QueueReason, hostName: String, gpus: [Int] = [], strangers: [Int] = [], ahead: Int = 0,
    expected: Double? = nil, unreachableSince: Timestamp? = nil
  ) {
    self.reason = reason
    self.hostName = hostName
    self.gpus = gpus
    self.strangers = strangers
    self.ahead = ahead
    self.expected = expected
    self.unreachableSince = unreachableSince
  }
}

extension QueueWait {
  /// A place in a cluster's queue.
  package init(_ job: ClusterJob, hostName: String, at now: Timestamp) {
    self.init(
      reason: job.awaySince == nil ? .cluster : .clusterAway, hostName: hostName, ahead: job.ahead ?? 0,
      expected: job.expectedStart.map { max(0, $0.seconds(since: now)) }, unreachableSince: job.awaySince)
    clusterReason = job.reason
  }
}
