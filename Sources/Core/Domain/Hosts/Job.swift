/// A command for a host: an argument array, never a shell line.
package struct JobSpec: Sendable, Equatable {
  /// The job's own folder on the host; launching the same folder twice starts one process.
  package let directory: String
  package let arguments: [String]
  package let environment: [String: String]
  package let workingDirectory: String?
  package let stop: [StopStep]
  /// Name of a file in the folder that is its standard input; nil: none.
  package let input: String?
  /// Name of the file in the folder that takes its standard output; nil: the log takes it too.
  package let output: String?
  /// A port of `HostPorts.reservePort` that the job serves on: a Python that binds it there gets it, and no other
  /// program can.
  package let port: Int?
  /// Handed to the cluster's Slurm; nil: run on the host itself, for a cluster its login node.
  package let cluster: ClusterSubmission?
  /// A job of a cluster that serves; nil: it serves nobody.
  package let serving: JobServing?

  package init(
    directory: String, arguments: [String], environment: [String: String] = [:],
    workingDirectory: String? = nil, stop: [StopStep] = StopStep.ordinary, input: String? = nil,
    output: String? = nil, port: Int? = nil, cluster: ClusterSubmission? = nil, serving: JobServing? = nil
  ) {
    self.serving = serving
    self.cluster = cluster
    self.port = port
    self.input = input
    self.output = output
    self.directory = directory
    self.arguments = arguments
    self.environment = environment
    self.workingDirectory = workingDirectory
    self.stop = stop
  }
}

/// How a job of a cluster serves: on a port of its node's loopback, which it chooses itself, behind a gate on the node's
/// own address that only lets in who shows the key.
package struct JobServing: Sendable, Equatable {
  /// Stands in the arguments, or as a value in the environment, in the port's place.
  package static let portWord = "@port@"

  /// The bearer key; in no command line.
  package let key: String
  /// The port is kept for the job, as `JobSpec.port` is; false where its program cannot take it that way.
  package let isReserved: Bool

  package init(key: String, isReserved: Bool) {
    self.key = key
    self.isReserved = isReserved
  }
}

/// Where a job serves in its cluster.
package struct JobEndpoint: Sendable, Hashable {
  /// Of a node: an IP address, as its login node reaches it.
  package let address: String
  package let port: Int

  package init(address: String, port: Int) {
    self.address = address
    self.port = port
  }

  /// As a URL has it.
  package var baseURL: String { "http://\(address.contains(":") ? "[\(address)]" : address):\(port)" }
}

/// One rung of the stop ladder: a signal, whom it goes to, and how long to wait for the end.
package struct StopStep: Sendable, Equatable {
  package enum Target: String, Sendable { case leader, all }

  /// `ABRT`, `TERM`, `INT` or `KILL`.
  package let signal: String
  package let target: Target
  /// Seconds before the next rung.
  package let wait: Double

  package init(signal: String, target: Target, wait: Double) {
    self.signal = signal
    self.target = target
    self.wait = wait
  }

  package static let ordinary = [
    StopStep(signal: "TERM", target: .all, wait: 10), StopStep(signal: "KILL", target: .all, wait: 5),
  ]

  /// LLaMA-Factory saves the adapter on SIGABRT when LLAMABOARD_ENABLED is set (single process);
  /// torchrun's workers have sessions of their own and are reached by the later rungs.
  package static let trainer =
    [StopStep(signal: "ABRT", target: .leader, wait: 30)] + ordinary
}

/// What the files and processes of a job say.
package struct JobStatus: Sendable, Equatable {
  package enum State: String, Sendable {
    /// No folder.
    case absent
    /// A folder, nothing launched.
    case prepared
    /// It stands in a cluster's queue.
    case waiting
    /// The wrapper was started and has not recorded a process yet.
    case starting
    case running
    /// The wrapper recorded how it ended.
    case ended
    /// The process is gone and left no record, the host was rebooted, or its cluster says that it is over.
    case lost
  }

  package let directory: String
  package let state: State
  /// 0...255 for an exit; nil for a signal or while it runs.
  package let exitCode: Int?
  /// The signal's number where one ended it.
  package let signal: Int?
  /// The stop ladder ran.
  package let stopped: Bool
  /// For `lost`: `rebooted`, `vanished` or a cluster's word; for a failed launch: the system's message.
  package let why: String?
  package let startedAt: Timestamp?
  package let endedAt: Timestamp?
  package let processID: Int?
  /// Bytes in the job's log.
  package private(set) var logSize: Int64
  /// What Slurm says of it; nil for what a host runs by itself.
  package let cluster: ClusterJob?
  /// Where it serves, once it has said so.
  package let endpoint: JobEndpoint?

  package init(
    directory: String, state: State, exitCode: Int? = nil, signal: Int? = nil, stopped: Bool = false,
    why: String? = nil, startedAt: Timestamp? = nil, endedAt: Timestamp? = nil, processID: Int? = nil,
    logSize: Int64 = 0, cluster: ClusterJob? = nil, endpoint: JobEndpoint? = nil
  ) {
    self.endpoint = endpoint
    self.cluster = cluster
    self.directory = directory
    self.state = state
    self.exitCode = exitCode
    self.signal = signal
    self.stopped = stopped
    self.why = why
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.processID = processID
    self.logSize = logSize
  }

  /// The same with a log of another length.
  package func withLog(of bytes: Int64) -> JobStatus {
    var status = self
    status.logSize = bytes
    return status
  }
}

/// A change seen by a watch.
///
/// It says that and how far files grew, and of what they hold a little at most: the rest is read by range, so a slow
/// reader costs no memory.
package struct JobChange: Sendable, Equatable {
  package let status: JobStatus
  /// Size of each watched file in bytes, in the order asked; -1 where the file is not there.
  package let sizes: [Int64]
  /// What a file grew by since the change before, where that was little and was asked for; nil, or nothing at all,
  /// where it must be read.
  package let tails: [FileSlice?]

  package init(status: JobStatus, sizes: [Int64], tails: [FileSlice?] = []) {
    self.status = status
    self.sizes = sizes
    self.tails = tails
  }
}
