import Domain
import FoundationEssentials

// The names are the protocol's, written as Swift writes names: the decoder turns snake_case into camelCase.

/// A request of the protocol in docs/agent-protocol.md: the fields of `Fields` beside `id` and `op`.
struct RequestFrame<Fields: Encodable>: Encodable {
  enum CodingKeys: CodingKey { case id, op }

  let id: Int
  let op: String
  let fields: Fields

  func encode(to encoder: any Encoder) throws {
    try fields.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(op, forKey: .op)
  }
}

/// What every frame of the agent says of itself.
struct FrameHead: Decodable {
  struct Refusal: Decodable {
    let code: String
    let message: String
  }

  let id: Int?
  let ok: Bool?
  let error: Refusal?
  let ev: String?
  let key: String?
}

struct NoFields: Codable {}

struct HelloAnswer: Decodable {
  let `protocol`: Int
  let hostname: String
  let system: String
  let python: String
  let executable: String?
  let cpuCount: Int
  let bootId: String

  var facts: HostFacts {
    HostFacts(hostname: hostname, system: system, python: python, cpuCount: cpuCount, bootID: bootId)
  }
}

struct StatusFrame: Decodable {
  let dir: String
  let state: String
  let exitCode: Int?
  let signal: Int?
  let stopped: Bool?
  let why: String?
  let startedAt: Double?
  let endedAt: Double?
  let pid: Int?
  let logSize: Int64
  let cluster: ClusterFrame?
  let serves: EndpointFrame?

  func status() throws(DomainError) -> JobStatus {
    guard let state = JobStatus.State(rawValue: state) else {
      throw AgentError.unreadable("job state \(state)")
    }
    return JobStatus(
      directory: dir, state: state, exitCode: exitCode, signal: signal, stopped: stopped ?? false, why: why,
      startedAt: startedAt.map { Timestamp(seconds: $0) }, endedAt: endedAt.map { Timestamp(seconds: $0) },
      processID: pid, logSize: logSize, cluster: cluster?.job,
      endpoint: serves.map { JobEndpoint(address: $0.address, port: $0.port) })
  }
}

/// Where a job of a cluster serves.
struct EndpointFrame: Decodable {
  let address: String
  let port: Int
}

/// What the agent heard of Slurm about a job.
struct ClusterFrame: Decodable {
  let id: String
  let state: String?
  let reason: String?
  let start: Double?
  let ahead: Int?
  let partition: String?
  let nodes: String?
  let awaySince: Double?

  private enum CodingKeys: String, CodingKey {
    case id = "job", state, reason, start, ahead, partition, nodes, awaySince
  }

  var job: ClusterJob {
    ClusterJob(
      id: id, state: state.flatMap(ClusterJob.State.init), reason: reason,
      expectedStart: start.map { Timestamp(seconds: $0) }, ahead: ahead, partition: partition, nodes: nodes,
      awaySince: awaySince.map { Timestamp(seconds: $0) })
  }
}

struct ClusterAnswer: Decodable {
  struct Partition: Decodable {
    let name: String
    let isDefault: Bool
    let isUp: Bool
    let minutes: Int?
    let nodes: Int
    let idle: Int
    let cpus: Int
    let memory: Int
    let gres: [String]
  }

  let version: String?
  let controller: Bool?
  let problem: String?
  let partitions: [Partition]
  let accounting: Bool
  let time: Double
  let missing: [String]?

  var facts: ClusterFacts {
    ClusterFacts(
      version: version, isAnswering: controller ?? false, problem: problem,
      partitions: partitions.map {
        ClusterFacts.Partition(
          name: $0.name, isDefault: $0.isDefault, isUp: $0.isUp, minutes: $0.minutes, nodes: $0.nodes,
          idle: $0.idle, cpus: $0.cpus, memory: $0.memory, gres: $0.gres)
      },
      hasAccounting: accounting, time: Timestamp(seconds: time), missing: missing ?? [])
  }
}

struct JobEvent: Decodable {
  let status: StatusFrame
  let sizes: [Int64]
}

struct GrowthEvent: Decodable {
  struct Tail: Decodable {
    let offset: Int64
    let data: String
  }

  let key: String
  let logSize: Int64
  let sizes: [Int64]
  let tails: [Tail?]

  var growth: JobGrowth {
    let slices = zip(tails, sizes).map { tail, size -> FileSlice? in
      guard let tail, let bytes = Data(base64Encoded: tail.data) else { return nil }
      return FileSlice(offset: tail.offset, bytes: [UInt8](bytes), size: size)
    }
    return JobGrowth(logSize: logSize, sizes: sizes, tails: slices)
  }
}

struct LaunchFields: Encodable {
  struct Step: Encodable {
    let signal: String
    let target: String
    let wait: Double
  }

  /// What is left out is not asked for.
  struct Slurm: Encodable {
    let name: String
    let partition: String?
    let account: String?
    let qos: String?
    let gres: String?
    let constraint: String?
    let time: Int?
    let nodes: Int?
    let cpus: Int?
    let memory: Int?
  }

  struct Serve: Encodable {
    let key: String
    let reserved: Bool
  }

  let dir: String
  let argv: [String]
  let env: [String: String]
  let cwd: String?
  let stop: [Step]
  let stdin: String?
  let stdout: String?
  let port: Int?
  let slurm: Slurm?
  let serve: Serve?

  init(_ job: JobSpec) {
    serve = job.serving.map { Serve(key: $0.key, reserved: $0.isReserved) }
    slurm = job.cluster.map { submission in
      let asked = submission.request
      return Slurm(
        name: submission.name, partition: asked.partition, account: asked.account, qos: asked.qos,
        gres: asked.gres, constraint: asked.constraint, time: asked.minutes, nodes: asked.nodes,
        cpus: asked.cpus, memory: asked.memory)
    }
    port = job.port
    dir = job.directory
    argv = job.arguments
    env = job.environment
    cwd = job.workingDirectory
    stdin = job.input
    stdout = job.output
    stop = job.stop.map { Step(signal: $0.signal, target: $0.target.rawValue, wait: $0.wait) }
  }
}

struct MeasureAnswer: Decodable {
  struct GPU: Decodable {
    let index: Int
    let name: String
    let uuid: String
    let memoryTotal: Int64
    let memoryUsed: Int64
    let utilization: Double?
    let temperature: Double?
    let power: Double?
    let computeMode: String?
    let mig: Bool?
    let processes: [Process]?
  }

  struct Process: Decodable {
    let pid: Int
    let owner: String
    let user: String?
    let name: String?
    let memory: Int64?
  }

  let gpus: [GPU]
  let gpuNote: String?
  let gpuUnreadable: Bool?
  let gpuAge: Double?
  let cpuPercent: Double?
  let load: Double
  let memoryTotal: Int64
  let memoryAvailable: Int64
  let diskTotal: Int64
  let diskFree: Int64

  var measurement: HostMeasurement {
    HostMeasurement(
      gpus: gpus.map {
        HostMeasurement.GPU(
          index: $0.index, name: $0.name, uuid: $0.uuid, memoryTotal: $0.memoryTotal,
          memoryUsed: $0.memoryUsed,
          utilization: $0.utilization, temperature: $0.temperature, power: $0.power,
          computeMode: $0.computeMode, isPartitioned: $0.mig ?? false,
          processes: ($0.processes ?? []).map(\.process))
      },
      gpuNote: gpuNote, gpusUnreadable: gpuUnreadable ?? false, gpuAge: gpuAge, cpuPercent: cpuPercent,
      loadAverage: load, memoryTotal: memoryTotal,
      memoryAvailable: memoryAvailable, diskTotal: diskTotal, diskFree: diskFree)
  }
}

extension MeasureAnswer.Process {
  fileprivate var process: GPUProcess {
    GPUProcess(
      processID: pid, owner: GPUProcess.Owner(rawValue: owner) ?? .unknown, user: user, name: name,
      memory: memory)
  }
}

struct ModelFrame: Decodable {
  let path: String
  let kind: String
  let baseModel: String?
  let modelType: String?
  let chatTemplate: Bool
  let size: Int64
  let mtime: Double

  /// Nil for a kind this server does not know.
  var model: FoundModel? {
    ModelRecord.Kind(rawValue: kind).map {
      FoundModel(
        path: path, kind: $0, baseModel: baseModel, modelType: modelType, hasChatTemplate: chatTemplate,
        size: size, modifiedAt: Timestamp(seconds: mtime))
    }
  }
}
