/// A model in a user's list: a base, an adapter or a merged folder on a host.
package struct ModelRecord: Sendable, Equatable {
  package enum Kind: String, Sendable { case base, adapter, merged, full }

  package let id: ModelID
  package let userID: UserID
  package var name: String
  package let kind: Kind
  package let hostID: HostID
  /// The folder on the host.
  package let path: String
  /// What an adapter was trained on: a folder on the host or a hub name; nil for a whole model.
  package let baseModel: String?
  /// LLaMA-Factory's template name it was trained with.
  package let template: String
  /// The system message it was trained with in place of the template's own.
  package let systemPrompt: String?
  package let taskID: TaskID?
  /// Bytes in the folder, checkpoints apart; nil where it was never measured.
  package var size: Int64?
  /// What serves it; nil for the server's own choice.
  package var engine: ModelEngine?
  /// The adapter it was merged from, where that was in the user's list.
  package let mergedFrom: ModelID?
  package let createdAt: Timestamp

  package init(
    id: ModelID, userID: UserID, name: String, kind: Kind, hostID: HostID, path: String, baseModel: String?,
    template: String, systemPrompt: String? = nil, taskID: TaskID?, size: Int64?, engine: ModelEngine? = nil,
    mergedFrom: ModelID? = nil, createdAt: Timestamp
  ) {
    self.id = id
    self.userID = userID
    self.name = name
    self.kind = kind
    self.hostID = hostID
    self.path = path
    self.baseModel = baseModel
    self.template = template
    self.systemPrompt = systemPrompt
    self.taskID = taskID
    self.size = size
    self.engine = engine
    self.mergedFrom = mergedFrom
    self.createdAt = createdAt
  }
}

extension ModelRecord {
  /// Where the user's merged models are kept on a host; scans leave hidden folders out.
  package static func mergedFolder(of user: UserID, on host: HostDescription) throws(DomainError) -> String {
    "\(try host.userDataFolder())/\(user.rawValue)/.merged"
  }

  /// Where the user's models are put that come back from an archive; scans leave hidden folders out.
  package static func restoredFolder(of user: UserID, on host: HostDescription) throws(DomainError) -> String
  {
    "\(try host.userDataFolder())/\(user.rawValue)/.restored"
  }

  /// It lies where merged or restored models are kept, so that deleting it frees its folder.
  package var ownsFolder: Bool {
    kind == .merged && path.contains("/\(userID.rawValue)/.merged/")
      || path.contains("/\(userID.rawValue)/.restored/")
  }
}

/// A running inference server for a model.
///
/// It outlives the server's process and is found again by its folder on the host.
package struct ServiceRecord: Sendable, Equatable {
  package enum State: String, Sendable { case starting, ready, stopping, stopped, failed }

  package let id: ServiceID
  package let userID: UserID
  package let hostID: HostID
  /// What is loaded; equal keys share one service.
  package let modelPath: String
  package let baseModel: String?
  package let template: String
  package let systemPrompt: String?
  package let engine: ModelEngine
  /// The job's folder on the host.
  package let directory: String
  /// On the host's loopback; `clusterPort` where it is a job of a cluster, which chooses its own.
  package let port: Int
  /// The GPU it was given; nil on the processor.
  package let gpu: GPUShare?
  /// Bearer key of the engine; sealed before it is stored.
  package let key: String
  package var state: State
  package var reason: String?
  package let createdAt: Timestamp
  package var lastUsedAt: Timestamp
  /// Bytes it was given room for; 0 where nothing was known.
  package let memory: Int64

  package init(
    id: ServiceID, userID: UserID, hostID: HostID, modelPath: String, baseModel: String?, template: String,
    systemPrompt: String? = nil, engine: ModelEngine = .llamafactory, memory: Int64 = 0,
    directory: String, port: Int, gpu: GPUShare? = nil, key: String, state: State, reason: String? = nil,
    createdAt: Timestamp, lastUsedAt: Timestamp
  ) {
    self.id = id
    self.userID = userID
    self.hostID = hostID
    self.modelPath = modelPath
    self.baseModel = baseModel
    self.template = template
    self.systemPrompt = systemPrompt
    self.engine = engine
    self.memory = memory
    self.directory = directory
    self.port = port
    self.gpu = gpu
    self.key = key
    self.state = state
    self.reason = reason
    self.createdAt = createdAt
    self.lastUsedAt = lastUsedAt
  }
}

extension ServiceRecord {
  /// Stands for the port of a job of a cluster: only the job knows it, and says it in its folder.
  package static let clusterPort = 0

  package var isClusterJob: Bool { port == Self.clusterPort }
}

/// The program that serves a model.
package enum ModelEngine: String, Sendable, CaseIterable { case llamafactory, vllm }
