/// Load of a host at one moment.
///
/// Bytes, percent (0...100), degrees Celsius, watts.
package struct HostMeasurement: Sendable, Equatable {
  package struct GPU: Sendable, Equatable {
    package let index: Int
    package let name: String
    package let uuid: String
    package let memoryTotal: Int64
    package let memoryUsed: Int64
    package let utilization: Double?
    package let temperature: Double?
    package let power: Double?
    /// `Default`, `Exclusive_Process`, `Prohibited`; nil where the driver does not say.
    package let computeMode: String?
    /// Divided by MIG: it cannot be used whole.
    package let isPartitioned: Bool
    package let processes: [GPUProcess]

    package init(
      index: Int, name: String, uuid: String, memoryTotal: Int64, memoryUsed: Int64, utilization: Double?,
      temperature: Double?, power: Double?, computeMode: String? = nil, isPartitioned: Bool = false,
      processes: [GPUProcess] = []
    ) {
      self.index = index
      self.name = name
      self.uuid = uuid
      self.memoryTotal = memoryTotal
      self.memoryUsed = memoryUsed
      self.utilization = utilization
      self.temperature = temperature
      self.power = power
      self.computeMode = computeMode
      self.isPartitioned = isPartitioned
      self.processes = processes
    }
  }

  package let gpus: [GPU]
  /// Why there are none, where that is known: no nvidia-smi, or its own message.
  package let gpuNote: String?
  /// There are GPUs, and what they do cannot be read now: none is given to a task.
  package let gpusUnreadable: Bool
  /// Seconds since the GPUs were read; nil where they never were.
  package let gpuAge: Double?
  package let cpuPercent: Double?
  package let loadAverage: Double
  package let memoryTotal: Int64
  package let memoryAvailable: Int64
  /// Of the file system that holds the user data.
  package let diskTotal: Int64
  package let diskFree: Int64

  package init(
    gpus: [GPU], gpuNote: String?, gpusUnreadable: Bool = false, gpuAge: Double? = nil, cpuPercent: Double?,
    loadAverage: Double, memoryTotal: Int64, memoryAvailable: Int64, diskTotal: Int64, diskFree: Int64
  ) {
    self.gpus = gpus
    self.gpuNote = gpuNote
    self.gpusUnreadable = gpusUnreadable
    self.gpuAge = gpuAge
    self.cpuPercent = cpuPercent
    self.loadAverage = loadAverage
    self.memoryTotal = memoryTotal
    self.memoryAvailable = memoryAvailable
    self.diskTotal = diskTotal
    self.diskFree = diskFree
  }
}

/// A process that computes on a GPU.
package struct GPUProcess: Sendable, Equatable {
  package enum Owner: String, Sendable {
    /// It belongs to a job of this installation.
    case ours
    case stranger
    /// The host does not show the process: another container's, or hidden.
    case unknown
  }

  package let processID: Int
  package let owner: Owner
  /// Login name; nil where the host does not tell.
  package let user: String?
  /// The program's short name, never its command line.
  package let name: String?
  /// Bytes of the GPU's memory; nil where the driver does not say.
  package let memory: Int64?

  package init(processID: Int, owner: Owner, user: String?, name: String?, memory: Int64?) {
    self.processID = processID
    self.owner = owner
    self.user = user
    self.name = name
    self.memory = memory
  }
}

/// A GPU that a task or a service was given.
package struct GPUShare: Sendable, Hashable {
  /// Its place in the order of the PCI bus, as nvidia-smi counts.
  package let index: Int
  package let uuid: String

  package init(index: Int, uuid: String) {
    self.index = index
    self.uuid = uuid
  }

  /// `0=GPU-…,1=GPU-…`, as it is stored.
  package static func text(_ shares: [GPUShare]) -> String? {
    shares.isEmpty ? nil : shares.map { "\($0.index)=\($0.uuid)" }.joined(separator: ",")
  }

  /// The shares in a stored text; what cannot be read is left out.
  package static func list(_ text: String?) -> [GPUShare] {
    (text ?? "").split(separator: ",").compactMap { part in
      let halves = part.split(separator: "=", maxSplits: 1)
      guard halves.count == 2, let index = Int(halves[0]) else { return nil }
      return GPUShare(index: index, uuid: String(halves[1]))
    }
  }
}
