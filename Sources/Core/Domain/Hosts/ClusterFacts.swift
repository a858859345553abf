/// What a Slurm cluster is, as its own programs say.
package struct ClusterFacts: Sendable, Equatable {
  package struct Partition: Sendable, Equatable {
    package let name: String
    package let isDefault: Bool
    package let isUp: Bool
    /// The longest time limit; nil without one.
    package let minutes: Int?
    package let nodes: Int
    package let idle: Int
    /// Of its largest node.
    package let cpus: Int
    /// MiB of its largest node.
    package let memory: Int
    /// Such as `gpu:h100:4`; of several kinds of nodes each.
    package let gres: [String]

    package init(
      name: String, isDefault: Bool, isUp: Bool, minutes: Int?, nodes: Int, idle: Int, cpus: Int, memory: Int,
      gres: [String]
    ) {
      self.name = name
      self.isDefault = isDefault
      self.isUp = isUp
      self.minutes = minutes
      self.nodes = nodes
      self.idle = idle
      self.cpus = cpus
      self.memory = memory
      self.gres = gres
    }
  }

  /// Nil where sbatch is not there.
  package let version: String?
  /// The controller answers.
  package let isAnswering: Bool
  /// Slurm's own words where something is wrong.
  package let problem: String?
  package let partitions: [Partition]
  /// sacct answers: what the controller has forgotten can be asked there.
  package let hasAccounting: Bool
  /// The login node's clock.
  package let time: Timestamp
  /// Programs of Slurm's that jobs cannot be handed over or followed without, and that are not in the PATH.
  package let missing: [String]

  package init(
    version: String?, isAnswering: Bool, problem: String?, partitions: [Partition], hasAccounting: Bool,
    time: Timestamp, missing: [String] = []
  ) {
    self.missing = missing
    self.version = version
    self.isAnswering = isAnswering
    self.problem = problem
    self.partitions = partitions
    self.hasAccounting = hasAccounting
    self.time = time
  }
}

extension ClusterFacts {
  /// Why no job can be handed to it, and what to do; nil where one can.
  package var obstacle: (message: String, cure: String)? {
    guard let version, missing.isEmpty else {
      let names = missing.isEmpty ? ["sbatch"] : missing
      return (
        names.count == 1
          ? "\(names[0]) was not found on the login node."
          : "\(names.joined(separator: ", ")) were not found on the login node.",
        "Put Slurm's programs into the PATH of the user that the server logs in as."
      )
    }
    guard isAnswering else {
      return ("\(version): the controller does not answer.", "Look at it there: scontrol ping")
    }
    return nil
  }

  /// As `obstacle`, and where the cluster has no such partition; nil is the cluster's own choice.
  package func obstacle(to partition: String?) -> (message: String, cure: String)? {
    if let obstacle { return obstacle }
    guard let partition, !partitions.contains(where: { $0.name == partition }) else { return nil }
    return (
      "The cluster has no partition \(partition).",
      "It has: " + partitions.map(\.name).joined(separator: ", ") + "."
    )
  }
}
