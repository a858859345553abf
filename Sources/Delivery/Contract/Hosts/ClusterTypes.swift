/// What is asked of a Slurm cluster for a job; what is left out is as the host's own settings, or the cluster, have it.
package struct SlurmSettings: Codable, Sendable, Equatable {
  /// As after `sbatch --partition=`, and so on.
  package let partition: String?
  package let account: String?
  package let qos: String?
  /// On each node, such as `gpu:h100:2`.
  package let gres: String?
  package let constraint: String?
  /// The time limit.
  package let minutes: Int?
  package let nodes: Int?
  /// On each node.
  package let cpus: Int?
  /// On each node, in MiB; many clusters give the whole node's or very little where it is left out.
  package let memoryMiB: Int?
  /// Of a host, not of a task: where models loaded for chat are served; left out, in jobs.
  package let services: SlurmServices?
  /// Of a host, not of a task: what the jobs of such models ask for in place of the above.
  package let serving: SlurmServing?

  package init(
    partition: String? = nil, account: String? = nil, qos: String? = nil, gres: String? = nil,
    constraint: String? = nil, minutes: Int? = nil, nodes: Int? = nil, cpus: Int? = nil,
    memoryMiB: Int? = nil,
    services: SlurmServices? = nil, serving: SlurmServing? = nil
  ) {
    self.services = services
    self.serving = serving
    self.partition = partition
    self.account = account
    self.qos = qos
    self.gres = gres
    self.constraint = constraint
    self.minutes = minutes
    self.nodes = nodes
    self.cpus = cpus
    self.memoryMiB = memoryMiB
  }

  private enum CodingKeys: String, CodingKey {
    case partition, account, qos, gres, constraint, minutes, nodes, cpus, memoryMiB = "memory_mib", services,
      serving
  }
}

/// What a model's job asks of a cluster, on one node; what is left out is as for tasks.
package struct SlurmServing: Codable, Sendable, Equatable {
  package let partition: String?
  package let account: String?
  package let qos: String?
  /// `none` takes back what tasks ask for.
  package let gres: String?
  package let constraint: String?
  /// The time limit.
  package let minutes: Int?
  package let cpus: Int?
  package let memoryMiB: Int?

  package init(
    partition: String? = nil, account: String? = nil, qos: String? = nil, gres: String? = nil,
    constraint: String? = nil, minutes: Int? = nil, cpus: Int? = nil, memoryMiB: Int? = nil
  ) {
    self.partition = partition
    self.account = account
    self.qos = qos
    self.gres = gres
    self.constraint = constraint
    self.minutes = minutes
    self.cpus = cpus
    self.memoryMiB = memoryMiB
  }

  private enum CodingKeys: String, CodingKey {
    case partition, account, qos, gres, constraint, minutes, cpus, memoryMiB = "memory_mib"
  }
}

/// Where a cluster serves models: each in a job of its own, or on the login node itself.
package enum SlurmServices: String, WireEnum { case jobs, loginNode = "login_node" }
