import Contract
import Domain
import HTTPServing
import Services

/// Machines that train and serve.
enum Hosts {
  static func list(_ call: Call) async throws -> Response {
    try .json(HostListReply(hosts: await call.services.hosts.list().map(\.wire)))
  }

  static func get(_ call: Call) async throws -> Response {
    try .json(try await call.services.hosts.overview(try call.identifier("The host")).wire)
  }

  static func doctor(_ call: Call) async throws -> Response {
    let checks = try await call.services.hosts.doctor(try call.identifier("The host"))
    return try .json(
      DoctorReply(
        healthy: !checks.contains { $0.outcome == .failed },
        checks: checks.map { check in
          let outcome: DoctorReply.Outcome =
            switch check.outcome {
            case .passed: .passed
            case .warning: .warning
            case .failed: .failed
            }
          return .init(name: check.name, outcome: outcome, message: check.message, cure: check.cure)
        }))
  }
}

extension HostService.Overview {
  fileprivate var wire: HostReply {
    let kind: HostKind =
      switch description.kind {
      case .local: .local
      case .ssh: .ssh
      case .slurm: .slurm
      }
    return HostReply(
      hostID: description.id.rawValue, name: description.name, kind: kind, reachable: problem == nil,
      problem: problem?.message, slots: description.slots * max(1, measurement?.gpus.count ?? 1),
      slotsInUse: slotsInUse,
      hostname: facts?.hostname, python: facts?.python, load: measurement?.wire)
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
