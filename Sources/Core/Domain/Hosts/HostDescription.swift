/// A machine that trains and serves.
package struct HostDescription: Sendable, Equatable {
  /// What the server's own machine is called; a reader of another language is told it in words of theirs.
  package static let thisMachine = "This machine"

  package enum Kind: String, Sendable { case local, ssh, slurm }

  package let id: HostID
  package let name: String
  package let kind: Kind
  /// The folder that holds `{user_id}/datasets` and `{user_id}/models`.
  package let userDataDirectory: String
  /// How many tasks may run at once on each GPU; on a host without one, in all.
  package let slots: Int
  /// The folder in which the trainer is looked for and installed; may begin with `~/`.
  package let workDirectory: String?
  /// Nil unless it is a cluster.
  package let cluster: ClusterSettings?

  package init(
    id: HostID, name: String, kind: Kind, userDataDirectory: String, slots: Int, workDirectory: String? = nil,
    cluster: ClusterSettings? = nil
  ) {
    self.id = id
    self.name = name
    self.kind = kind
    self.userDataDirectory = userDataDirectory
    self.slots = slots
    self.workDirectory = workDirectory
    self.cluster = kind == .slurm ? cluster ?? ClusterSettings() : nil
  }
}

extension HostDescription {
  /// What a model's server asks the cluster for; nil where it runs on the host itself, of a cluster its login node.
  package var serviceRequest: ClusterRequest? { cluster?.serviceRequest }

  /// The user data folder as an absolute path.
  ///
  /// Throws `host_unreachable` where only the host knows its user's home and it was never connected.
  package func userDataFolder() throws(DomainError) -> String {
    guard userDataDirectory.hasPrefix("/") else {
      throw DomainError(
        .hostUnreachable, "The host has not been connected yet.",
        hint: "Look at the hosts' state: luthier host list. It is tried again by itself.", origin: .host)
    }
    return userDataDirectory
  }

  /// Where a user's dataset lies on this host.
  package func datasetPath(_ filename: String, of user: UserID) throws(DomainError) -> String {
    "\(try userDataFolder())/\(user.rawValue)/datasets/\(filename)"
  }
}

/// What a host said of itself when it was asked.
package struct HostFacts: Sendable, Equatable {
  package let hostname: String
  package let system: String
  package let python: String
  package let cpuCount: Int
  package let bootID: String

  package init(hostname: String, system: String, python: String, cpuCount: Int, bootID: String) {
    self.hostname = hostname
    self.system = system
    self.python = python
    self.cpuCount = cpuCount
    self.bootID = bootID
  }
}

/// The trainer a host has, or why it has none.
package struct TrainerFacts: Sendable, Equatable {
  /// Path of `llamafactory-cli`; nil where none was found.
  package let command: String?
  package let version: String?
  package let torch: String?
  /// What is wrong, in words, where it does not work.
  package let problem: String?
  /// The Python of the environment it lies in; nil where that cannot be told.
  package let python: String?
  /// A virtual or conda environment was named, rather than looked for.
  package let isEnvironmentNamed: Bool
  /// The work folder that was named, absolute.
  package let workDirectory: String?
  /// The home folder of the host's user.
  package let home: String?

  package init(
    command: String?, version: String?, torch: String?, problem: String?, python: String? = nil,
    isEnvironmentNamed: Bool = false, workDirectory: String? = nil, home: String? = nil
  ) {
    self.command = command
    self.version = version
    self.torch = torch
    self.problem = problem
    self.python = python
    self.isEnvironmentNamed = isEnvironmentNamed
    self.workDirectory = workDirectory
    self.home = home
  }
}

/// A model folder found by a scan.
package struct FoundModel: Sendable, Equatable {
  package let path: String
  package let kind: ModelRecord.Kind
  /// From an adapter's `adapter_config.json`.
  package let baseModel: String?
  /// `model_type` of `config.json`.
  package let modelType: String?
  package let hasChatTemplate: Bool
  package let size: Int64
  package let modifiedAt: Timestamp

  package init(
    path: String, kind: ModelRecord.Kind, baseModel: String?, modelType: String?, hasChatTemplate: Bool,
    size: Int64, modifiedAt: Timestamp
  ) {
    self.path = path
    self.kind = kind
    self.baseModel = baseModel
    self.modelType = modelType
    self.hasChatTemplate = hasChatTemplate
    self.size = size
    self.modifiedAt = modifiedAt
  }
}
