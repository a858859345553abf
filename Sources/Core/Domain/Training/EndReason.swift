/// Why an attempt ended without a usable result, or was ended early.
///
/// The raw value is the stable word on the wire and in the database; the texts may be reworded at any time.
/// `FailureReading` finds the reason from the evidence an attempt leaves behind.
package enum EndReason: String, Sendable, CaseIterable {
  case outOfMemoryGPU = "out_of_memory_gpu"
  case outOfMemoryHost = "out_of_memory_host"
  case diskFull = "disk_full"
  case deviceFailed = "device_failed"
  case badDataset = "bad_dataset"
  case missingDataset = "missing_dataset"
  case missingModel = "missing_model"
  case brokenModel = "broken_model"
  case badTemplate = "bad_template"
  case hubOffline = "hub_offline"
  case hubGated = "hub_gated"
  case badArguments = "bad_arguments"
  case outputNotEmpty = "output_not_empty"
  case missingCheckpoint = "missing_checkpoint"
  case notInstalled = "not_installed"
  case trainerBroken = "trainer_broken"
  case missingPackage = "missing_package"
  case permissionDenied = "permission_denied"
  case diverged = "diverged"
  case cancelled = "cancelled"
  case timeLimit = "time_limit"
  case killedBySignal = "killed_by_signal"
  case launchFailed = "launch_failed"
  case hostRebooted = "host_rebooted"
  case preempted = "preempted"
  case requeued = "requeued"
  case nodeFailed = "node_failed"
  case clusterMemory = "cluster_memory"
  case clusterCancelled = "cluster_cancelled"
  case clusterDeadline = "cluster_deadline"
  case clusterRefused = "cluster_refused"
  case lost = "lost"
  case unknown = "unknown"
}

extension EndReason {
  /// What happened, in one plain English sentence.
  package var message: String { words.message }
  /// What a person can do about it, in English.
  package var hint: String { words.hint }
  /// What happened, in one plain Chinese sentence.
  package var messageZh: String { words.messageZh }
  /// What a person can do about it, in Chinese.
  package var hintZh: String { words.hintZh }

  /// Whether a cluster took the job from its nodes by no fault of the task's: it is tried again by itself.
  package var isDisplacement: Bool { self == .preempted || self == .requeued || self == .nodeFailed }

  /// Whether the same task, tried again unchanged, may well succeed.
  package var mayPassOnRetry: Bool {
    switch self {
    case .killedBySignal, .launchFailed, .hostRebooted, .lost, .cancelled, .deviceFailed, .hubOffline,
      .preempted, .requeued, .nodeFailed, .clusterCancelled:
      true
    default: false
    }
  }
}
