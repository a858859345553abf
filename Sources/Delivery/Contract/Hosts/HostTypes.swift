package enum HostKind: String, WireEnum { case local, ssh, slurm }

package enum HostState: String, WireEnum {
  case connecting, connected
  /// It does not answer; it is tried again by itself, and what runs on it goes on.
  case unreachable
  /// It answers and lets nobody in, or cannot be used as it is: somebody has to do something.
  case refused
}

package struct HostReply: Codable, Sendable {
  package let hostID: String
  package let name: String
  package let kind: HostKind
  package let state: HostState
  /// Connected and answering.
  package let reachable: Bool
  /// What is wrong where it is not reachable.
  package let problem: String?
  /// What to do about it.
  package let hint: String?
  /// When it was last heard of since the server was started.
  package let lastContact: String?
  /// Of a host over SSH.
  package let address: String?
  /// Of the recorded host keys.
  package let fingerprints: [String]
  /// Of the key that the host shows instead; see `POST /api/hosts/{host_id}/trust`.
  package let offeredFingerprint: String?
  package let slots: Int
  package let slotsInUse: Int
  package let hostname: String?
  package let python: String?
  /// Version of LLaMA-Factory, when it was looked at last.
  package let llamafactory: String?
  package let torch: String?
  /// As it was measured last.
  package let load: LoadReply?
  /// Whether it was added over the API; others stand in the server's settings.
  package let editable: Bool
  /// What tasks ask a cluster for where they say nothing else, for everybody who may submit one.
  package let slurm: SlurmSettings?
  /// For administrators, of a host over SSH.
  package let settings: HostSettingsReply?

  package init(
    hostID: String, name: String, kind: HostKind, state: HostState, reachable: Bool, problem: String? = nil,
    hint: String? = nil, lastContact: String? = nil, address: String? = nil, fingerprints: [String],
    offeredFingerprint: String? = nil, slots: Int, slotsInUse: Int, hostname: String? = nil,
    python: String? = nil, llamafactory: String? = nil, torch: String? = nil, load: LoadReply? = nil,
    editable: Bool, slurm: SlurmSettings? = nil, settings: HostSettingsReply? = nil
  ) {
    self.hostID = hostID
    self.name = name
    self.kind = kind
    self.state = state
    self.reachable = reachable
    self.problem = problem
    self.hint = hint
    self.lastContact = lastContact
    self.address = address
    self.fingerprints = fingerprints
    self.offeredFingerprint = offeredFingerprint
    self.slots = slots
    self.slotsInUse = slotsInUse
    self.hostname = hostname
    self.python = python
    self.llamafactory = llamafactory
    self.torch = torch
    self.load = load
    self.editable = editable
    self.slurm = slurm
    self.settings = settings
  }

  private enum CodingKeys: String, CodingKey {
    case hostID = "host_id", name, kind, state, reachable, problem, hint, lastContact = "last_contact",
      address, fingerprints, offeredFingerprint = "offered_fingerprint", slots, slotsInUse = "slots_in_use",
      hostname, python, llamafactory, torch, load, editable, slurm, settings
  }
}

package struct LoadReply: Codable, Sendable {
  package let cpuPercent: Double?
  package let loadAverage: Double
  package let memoryTotal: Int64
  package let memoryAvailable: Int64
  package let diskTotal: Int64
  package let diskFree: Int64
  package let gpus: [GPUReply]
  package let gpuNote: String?
  /// There are GPUs, and what they do cannot be read now.
  package let gpuUnreadable: Bool
  /// Seconds since the GPUs were read.
  package let gpuAge: Double?

  package init(
    cpuPercent: Double?, loadAverage: Double, memoryTotal: Int64, memoryAvailable: Int64, diskTotal: Int64,
    diskFree: Int64, gpus: [GPUReply], gpuNote: String?, gpuUnreadable: Bool = false, gpuAge: Double? = nil
  ) {
    self.cpuPercent = cpuPercent
    self.loadAverage = loadAverage
    self.memoryTotal = memoryTotal
    self.memoryAvailable = memoryAvailable
    self.diskTotal = diskTotal
    self.diskFree = diskFree
    self.gpus = gpus
    self.gpuNote = gpuNote
    self.gpuUnreadable = gpuUnreadable
    self.gpuAge = gpuAge
  }

  private enum CodingKeys: String, CodingKey {
    case cpuPercent = "cpu_percent", loadAverage = "load_average", memoryTotal = "memory_total"
    case memoryAvailable = "memory_available", diskTotal = "disk_total", diskFree = "disk_free", gpus
    case gpuNote = "gpu_note", gpuUnreadable = "gpu_unreadable", gpuAge = "gpu_age"
  }
}

package struct GPUReply: Codable, Sendable {
  package let index: Int
  package let name: String
  package let memoryTotal: Int64
  package let memoryUsed: Int64
  package let utilization: Double?
  package let temperature: Double?
  package let power: Double?
  package let uuid: String
  /// `Default`, `Exclusive_Process`, `Prohibited`.
  package let computeMode: String?
  /// Divided by MIG: it is given to no task.
  package let partitioned: Bool
  package let processes: [GPUProcessReply]

  package init(
    index: Int, name: String, memoryTotal: Int64, memoryUsed: Int64, utilization: Double?,
    temperature: Double?, power: Double?, uuid: String, computeMode: String?, partitioned: Bool,
    processes: [GPUProcessReply]
  ) {
    self.uuid = uuid
    self.computeMode = computeMode
    self.partitioned = partitioned
    self.processes = processes
    self.index = index
    self.name = name
    self.memoryTotal = memoryTotal
    self.memoryUsed = memoryUsed
    self.utilization = utilization
    self.temperature = temperature
    self.power = power
  }

  private enum CodingKeys: String, CodingKey {
    case index, name, memoryTotal = "memory_total", memoryUsed = "memory_used", utilization, temperature
    case power, uuid, computeMode = "compute_mode", partitioned, processes
  }
}

/// A process that computes on a GPU.
package struct GPUProcessReply: Codable, Sendable {
  package enum Owner: String, WireEnum { case ours, stranger, unknown }

  package let pid: Int
  /// A job of this installation, somebody else's, or not to be seen.
  package let owner: Owner
  package let user: String?
  /// The program's short name.
  package let name: String?
  /// Bytes of the GPU's memory.
  package let memory: Int64?

  package init(pid: Int, owner: Owner, user: String?, name: String?, memory: Int64?) {
    self.pid = pid
    self.owner = owner
    self.user = user
    self.name = name
    self.memory = memory
  }
}

package struct HostListReply: Codable, Sendable {
  package let hosts: [HostReply]
  /// Where there are more: to be given as `after`.
  package let next: String?

  package init(hosts: [HostReply], next: String? = nil) {
    self.hosts = hosts
    self.next = next
  }
}

/// `GET /api/hosts/{host_id}/doctor`: what works, what is missing, and the command that cures it.
package struct DoctorReply: Codable, Sendable {
  package let healthy: Bool
  package let checks: [Check]

  package enum Outcome: String, WireEnum { case passed, warning, failed }

  package struct Check: Codable, Sendable {
    package let name: String
    package let outcome: Outcome
    package let message: String
    /// What to run or change where it did not pass.
    package let cure: String?

    package init(name: String, outcome: Outcome, message: String, cure: String?) {
      self.name = name
      self.outcome = outcome
      self.message = message
      self.cure = cure
    }
  }

  package init(healthy: Bool, checks: [Check]) {
    self.healthy = healthy
    self.checks = checks
  }
}
