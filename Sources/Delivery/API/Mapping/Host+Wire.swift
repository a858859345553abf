import Contract
import Domain
import Services

extension HostService.Overview {
  /// - Parameters:
  ///   - record: how it is reached, for a host over SSH.
  ///   - showsSettings: the caller is an administrator.
  func wire(_ record: HostRecord?, showsSettings: Bool, isEditable: Bool) -> HostReply {
    let kind: HostKind =
      switch description.kind {
      case .local: .local
      case .ssh: .ssh
      case .slurm: .slurm
      }
    let state: HostState =
      switch connection.state {
      case .connecting: .connecting
      case .connected: .connected
      case .unreachable: .unreachable
      case .refused: .refused
      }
    return HostReply(
      hostID: description.id.rawValue, name: description.name, kind: kind, state: state,
      reachable: state == .connected && problem == nil, problem: problem?.message, hint: problem?.hint,
      lastContact: lastContact?.iso8601, address: record?.address, fingerprints: connection.fingerprints,
      offeredFingerprint: connection.offeredFingerprint,
      slots: description.slots * max(1, measurement?.gpus.count ?? 1), slotsInUse: slotsInUse,
      hostname: facts?.hostname, python: facts?.python, llamafactory: trainer?.version, torch: trainer?.torch,
      load: measurement?.wire, editable: isEditable,
      slurm: description.cluster?.wire,
      settings: showsSettings ? record?.wire(isEditable: isEditable) : nil)
  }
}

extension HostRecord {
  fileprivate func wire(isEditable: Bool) -> HostSettingsReply {
    let login: HostLogin =
      switch authentication {
      case .system: .system
      case .keyFile: .keyFile
      case .privateKey: .privateKey
      case .password: .password
      case .lost: .lost
      }
    return HostSettingsReply(
      port: port.map { Int($0) }, user: user, authentication: login, jumpHost: jumpHost,
      userDataDir: userDataDirectory, workDir: workDirectory, venv: virtualEnvironment,
      condaEnv: condaEnvironment, llamafactoryPath: trainerCommand, slurm: cluster.wire,
      createdBy: createdBy?.rawValue,
      createdAt: isEditable ? createdAt.iso8601 : nil)
  }
}

extension HostTrial {
  var wire: HostTrialReply {
    HostTrialReply(
      connected: problem == nil, problem: problem?.message, hint: problem?.hint, fingerprints: fingerprints,
      hostname: facts?.hostname, system: facts?.system, python: facts?.python, trainer: trainer?.command,
      trainerProblem: trainer?.problem, slurm: cluster?.version, slurmProblem: obstacle?.message,
      slurmHint: obstacle?.cure)
  }
}

extension HostMeasurement {
  fileprivate var wire: LoadReply {
    LoadReply(
      cpuPercent: cpuPercent, loadAverage: loadAverage, memoryTotal: memoryTotal,
      memoryAvailable: memoryAvailable, diskTotal: diskTotal, diskFree: diskFree,
      gpus: gpus.map {
        GPUReply(
          index: $0.index, name: $0.name, memoryTotal: $0.memoryTotal, memoryUsed: $0.memoryUsed,
          utilization: $0.utilization, temperature: $0.temperature, power: $0.power,
          uuid: $0.uuid, computeMode: $0.computeMode, partitioned: $0.isPartitioned,
          processes: $0.processes.map(\.wire))
      }, gpuNote: gpuNote, gpuUnreadable: gpusUnreadable, gpuAge: gpuAge)
  }
}

extension GPUProcess {
  fileprivate var wire: GPUProcessReply {
    let owner: GPUProcessReply.Owner =
      switch owner {
      case .ours: .ours
      case .stranger: .stranger
      case .unknown: .unknown
      }
    return GPUProcessReply(pid: processID, owner: owner, user: user, name: name, memory: memory)
  }
}
