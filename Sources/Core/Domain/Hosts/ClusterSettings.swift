/// What the job of a model's server asks a cluster for where that is something else than a task does.
///
/// What is nil is as the host has it for tasks. Such a job is always on one node.
package struct ClusterServing: Sendable, Equatable {
  package var partition: String?
  package var account: String?
  package var qos: String?
  /// `none` where the host asks for GPUs and a model needs none.
  package var gres: String?
  package var constraint: String?
  /// The time limit.
  package var minutes: Int?
  package var cpus: Int?
  /// MiB.
  package var memory: Int?

  package init(
    partition: String? = nil, account: String? = nil, qos: String? = nil, gres: String? = nil,
    constraint: String? = nil, minutes: Int? = nil, cpus: Int? = nil, memory: Int? = nil
  ) {
    self.partition = partition
    self.account = account
    self.qos = qos
    self.gres = gres
    self.constraint = constraint
    self.minutes = minutes
    self.cpus = cpus
    self.memory = memory
  }

  init(_ request: ClusterRequest) {
    self.init(
      partition: request.partition, account: request.account, qos: request.qos, gres: request.gres,
      constraint: request.constraint, minutes: request.minutes, cpus: request.cpus, memory: request.memory)
  }

  /// The same as a request of its own.
  package var request: ClusterRequest {
    ClusterRequest(
      partition: partition, account: account, qos: qos, gres: gres, constraint: constraint, minutes: minutes,
      cpus: cpus, memory: memory)
  }
}
