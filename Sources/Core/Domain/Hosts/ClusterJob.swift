/// A job in a Slurm cluster, as Slurm says it.
package struct ClusterJob: Sendable, Equatable {
  /// Slurm's own words for a job's state.
  package enum State: String, Sendable, CaseIterable {
    case pending = "PENDING"
    case configuring = "CONFIGURING"
    case running = "RUNNING"
    case suspended = "SUSPENDED"
    case stopped = "STOPPED"
    case completing = "COMPLETING"
    case completed = "COMPLETED"
    case failed = "FAILED"
    case timeout = "TIMEOUT"
    case deadline = "DEADLINE"
    case cancelled = "CANCELLED"
    case preempted = "PREEMPTED"
    case nodeFail = "NODE_FAIL"
    case bootFail = "BOOT_FAIL"
    case launchFailed = "LAUNCH_FAILED"
    case outOfMemory = "OUT_OF_MEMORY"
    case revoked = "REVOKED"
    /// It ran, and was sent back into the queue.
    case requeued = "REQUEUED"
  }

  /// Its number there.
  package let id: String
  /// Nil where Slurm has not said it yet, or says a word that is not known here.
  package let state: State?
  /// Why it waits, in Slurm's own word.
  package let reason: String?
  /// When Slurm expects to start it.
  package let expectedStart: Timestamp?
  /// Waiting jobs of the same partition that go before it, whoever's they are.
  package let ahead: Int?
  package let partition: String?
  package let nodes: String?
  /// Since when Slurm's controller has not answered; nil while it does.
  package let awaySince: Timestamp?

  package init(
    id: String, state: State?, reason: String? = nil, expectedStart: Timestamp? = nil, ahead: Int? = nil,
    partition: String? = nil, nodes: String? = nil, awaySince: Timestamp? = nil
  ) {
    self.id = id
    self.state = state
    self.reason = reason
    self.expectedStart = expectedStart
    self.ahead = ahead
    self.partition = partition
    self.nodes = nodes
    self.awaySince = awaySince
  }
}

extension ClusterJob.State {
  /// Why a job ended that did not end by itself; nil for those that did.
  package var endReason: EndReason? {
    switch self {
    case .timeout: .timeLimit
    case .deadline: .clusterDeadline
    case .cancelled, .revoked: .clusterCancelled
    case .preempted: .preempted
    case .requeued: .requeued
    case .nodeFail, .bootFail, .launchFailed: .nodeFailed
    case .outOfMemory: .clusterMemory
    case .pending, .configuring, .running, .suspended, .stopped, .completing, .completed, .failed: nil
    }
  }
}

/// How a job is handed to a cluster.
package struct ClusterSubmission: Sendable, Equatable {
  /// The job's name there: made of our identifiers alone.
  package let name: String
  package let request: ClusterRequest

  package init(name: String, request: ClusterRequest) {
    self.name = name
    self.request = request
  }
}

/// What a job waits for in Slurm's queue, in words.
package enum ClusterWaitWords {
  /// Nil for a word of Slurm's that says no more than that it waits.
  package static func english(_ reason: String) -> String? { table[key(reason)]?.0 }
  package static func chinese(_ reason: String) -> String? { table[key(reason)]?.1 }

  /// `QOSMaxJobsPerUserLimit` and its many kin are one.
  private static func key(_ reason: String) -> String {
    let word = String(reason.drop { $0 == "(" }.prefix { $0.isLetter })
    if word.hasPrefix("QOS") { return "QOS" }
    if word.hasPrefix("Assoc") || word.hasPrefix("MaxCpuPer") || word.hasPrefix("MaxMemPer") {
      return "Assoc"
    }
    return word
  }

  private static let table: [String: (String, String)] = [
    "Resources": ("for nodes to become free", "等待空闲节点"),
    "Priority": ("behind jobs of higher priority", "前面有优先级更高的作业"),
    "Dependency": ("for another job", "等待另一个作业"),
    "BeginTime": ("for its time to begin", "尚未到开始时间"),
    "QOS": ("for a limit of its QOS", "受 QOS 限制"),
    "Assoc": ("for a limit of its account", "受账户限制"),
    "Licenses": ("for a licence", "等待许可证"),
    "Reservation": ("for a reservation", "等待预留资源"),
    "JobHeldUser": ("held: release it with scontrol release", "已被挂起：用 scontrol release 释放"),
    "JobHeldAdmin": ("held by an administrator", "已被管理员挂起"),
    "ReqNodeNotAvail": ("for nodes that are down or reserved", "所需节点不可用或已被预留"),
    "Nodes": ("for nodes that are down or reserved", "所需节点不可用或已被预留"),
    "NodeDown": ("for a node that is down", "所需节点已宕机"),
    "PartitionDown": ("for its partition, which is down", "分区已停用"),
    "PartitionInactive": ("for its partition, which is closed", "分区已关闭"),
    "PartitionNodeLimit": ("it asks for more nodes than its partition has", "申请的节点数超过分区上限"),
    "PartitionTimeLimit": ("it asks for more time than its partition gives", "申请的时间超过分区上限"),
    "PartitionConfig": ("it asks for what its partition does not give", "申请的资源超出分区的配置"),
    "InvalidAccount": ("its account is not known there", "账户无效"),
    "InvalidQOS": ("its QOS is not known there", "QOS 无效"),
    "BadConstraints": ("no node has what it asks for", "没有节点满足其要求"),
  ]
}
