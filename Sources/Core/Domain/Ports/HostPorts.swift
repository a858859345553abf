/// Runs commands on a host, detached: they outlive the connection, the agent and the server.
package protocol JobRunning: Sendable {
  /// Starts the job unless its folder was launched before; either way returns its present state.
  ///
  /// A command that is not there is a `JobStatus` (ended, 127), not an error.
  func launch(_ job: JobSpec) async throws(DomainError) -> JobStatus
  /// One status for each folder, in the order asked.
  func status(of directories: [String]) async throws(DomainError) -> [JobStatus]
  /// Starts the job's stop ladder and returns at once.
  func stop(_ directory: String) async throws(DomainError) -> JobStatus
  /// Changes of a job, the present state first; the newest replaces an unread older one.
  ///
  /// - Parameter files: absolute paths whose growth is reported (the log, `trainer_log.jsonl`).
  /// - Parameter pace: seconds between two changes that only tell of growth; with many watches the host
  ///   takes longer. 0: as they come.
  /// - Parameter carry: the most bytes of a file's growth that a change brings along, 65,536 at most. 0: none.
  ///
  /// The stream throws when the host is lost, and ends when the watch's task is cancelled; it does
  /// not end when the job does.
  func watch(_ directory: String, files: [String], pace: Double, carry: Int) async throws(DomainError)
    -> AsyncThrowingStream<JobChange, any Error>
}

extension JobRunning {
  /// Changes of a job as they come, or at a pace.
  package func watch(_ directory: String, files: [String], pace: Double = 0) async throws(DomainError)
    -> AsyncThrowingStream<JobChange, any Error>
  {
    try await watch(directory, files: files, pace: pace, carry: 0)
  }
}

/// A piece of a file.
package struct FileSlice: Sendable, Equatable {
  package let offset: Int64
  package let bytes: [UInt8]
  /// The whole file's size when it was read.
  package let size: Int64

  package init(offset: Int64, bytes: [UInt8], size: Int64) {
    self.offset = offset
    self.bytes = bytes
    self.size = size
  }
}

/// What a path is.
package struct FileFacts: Sendable, Equatable {
  package let isDirectory: Bool
  package let size: Int64
  package let modifiedAt: Timestamp

  package init(isDirectory: Bool, size: Int64, modifiedAt: Timestamp) {
    self.isDirectory = isDirectory
    self.size = size
    self.modifiedAt = modifiedAt
  }
}

/// Files on a host.
///
/// Writing and removing are confined to the host's user data folder.
package protocol HostFiles: Sendable {
  /// At most `limit` bytes (1 MiB at most) from `offset`; a negative offset counts from the end.
  /// A file that is not there throws `not_found`.
  func read(_ path: String, from offset: Int64, limit: Int) async throws(DomainError) -> FileSlice
  /// Writes a small file (1 MiB at most) atomically, mode 0600, making its folders (0700).
  func write(_ bytes: [UInt8], to path: String) async throws(DomainError)
  /// One answer for each path, nil where nothing is there.
  func facts(of paths: [String]) async throws(DomainError) -> [FileFacts?]
  /// The names in a folder, unordered; a folder that is not there has none.
  func list(_ folder: String) async throws(DomainError) -> [String]
  /// Removes a file or a whole folder; nothing there is not an error.
  func remove(_ path: String) async throws(DomainError)
  /// Model folders below the given ones (depth 4), newest first. Checkpoints of a run are not listed.
  func models(in folders: [String]) async throws(DomainError) -> [FoundModel]
  /// Everything that looks like a model below the folders, within bounds of depth, number and time; a folder that is
  /// not there has none. Models below `userData` are told to be private.
  func discover(in folders: [String], userData: String) async throws(DomainError) -> ModelScan
}

/// How far a file is on its way.
package struct TransferProgress: Sendable, Equatable {
  /// Bytes that are there or on their way.
  package let sent: Int64
  package let total: Int64

  package init(sent: Int64, total: Int64) {
    self.sent = sent
    self.total = total
  }
}

/// Whole files and folders between this server and a host, at the pace of the slower side.
package protocol HostTransfers: Sendable {
  /// Puts a stored file at `path` on the host, whole or not at all, verified by its SHA-256.
  ///
  /// A file with that hash already there is left alone. `progress` is told often and must return at once; it may
  /// never be told.
  func place(
    _ blob: BlobKey, contentHash: String, at path: String,
    progress: @escaping @Sendable (TransferProgress) -> Void
  ) async throws(DomainError)
  /// The files of the model in a folder, by name: without a run's checkpoints and attempts, and hidden ones.
  ///
  /// Throws `forbidden` where a link leads out of the folder.
  func modelFiles(in folder: String) async throws(DomainError) -> [ModelFile]
  /// What the same files are as a tar archive (pax) with one folder of that name: the same bytes for the same files.
  ///
  /// Throws `forbidden` likewise.
  func archive(of folder: String, named name: String) async throws(DomainError) -> ModelArchive
  /// Bytes of one of the model's files, while its tag is that one.
  ///
  /// Throws before the first byte what keeps them from being read. A short cut of the connection is waited out; the
  /// stream throws where a file changes meanwhile, or the host is lost. Dropping the stream ends it on the host.
  func contents(of file: ModelFile, in folder: String, range: Range<Int64>) async throws(DomainError)
    -> AsyncThrowingStream<[UInt8], any Error>
  /// Bytes of the archive, likewise.
  func contents(of archive: ModelArchive, in folder: String, range: Range<Int64>) async throws(DomainError)
    -> AsyncThrowingStream<[UInt8], any Error>
}

/// A model's folder as a tar archive that is made when it is read.
package struct ModelArchive: Sendable, Equatable {
  /// The folder in it.
  package let name: String
  /// Bytes of the archive.
  package let size: Int64
  /// Another one for other contents; letters and digits.
  package let tag: String

  package init(name: String, size: Int64, tag: String) {
    self.name = name
    self.size = size
    self.tag = tag
  }
}

/// A file of a model.
package struct ModelFile: Sendable, Equatable {
  /// Its path within the model's folder.
  package let name: String
  package let size: Int64
  package let modifiedAt: Timestamp
  /// Another one for another content; letters, digits and "-".
  package let tag: String

  package init(name: String, size: Int64, modifiedAt: Timestamp, tag: String) {
    self.name = name
    self.size = size
    self.modifiedAt = modifiedAt
    self.tag = tag
  }
}

extension HostTransfers {
  /// Places a file without telling how far it is.
  package func place(_ blob: BlobKey, contentHash: String, at path: String) async throws(DomainError) {
    try await place(blob, contentHash: contentHash, at: path, progress: { _ in })
  }
}

/// What a short command said.
package struct CommandOutcome: Sendable, Equatable {
  /// Nil where it took too long and was ended; 127 where there is no such program, below zero for a signal.
  package let exitCode: Int?
  /// The last 64 KiB.
  package let output: String
  package let error: String

  package init(exitCode: Int?, output: String, error: String) {
    self.exitCode = exitCode
    self.output = output
    self.error = error
  }
}

/// What a host has and how loaded it is.
package protocol HostMeasuring: Sendable {
  func facts() async throws(DomainError) -> HostFacts
  func measure() async throws(DomainError) -> HostMeasurement
  /// Looks for the trainer; `thorough` runs it (about 7 s), else only its path is found.
  func trainer(thorough: Bool) async throws(DomainError) -> TrainerFacts
  /// What the cluster is, as Slurm says; throws `conflict` for a host that is none.
  func cluster() async throws(DomainError) -> ClusterFacts
  /// Runs a short command to its end, without a shell; it ends with the connection.
  ///
  /// - Parameter limit: seconds after which it is ended with all it started, 600 at most.
  func run(_ arguments: [String], limit: Double) async throws(DomainError) -> CommandOutcome
}

extension HostMeasuring {
  package func cluster() async throws(DomainError) -> ClusterFacts {
    throw .conflict("This host is no cluster.", hint: "Add one with luthier host add --kind slurm.")
  }
}

/// TCP ports on a host's loopback.
package protocol HostPorts: Sendable {
  /// A port that is free now; another program may take it.
  func freePort() async throws(DomainError) -> Int
  /// A port that the host keeps for a job: launch one that names it within a minute.
  ///
  /// Throws `conflict` where the one that is wanted is another program's; without one any will do.
  func reservePort(_ wanted: Int?) async throws(DomainError) -> Int
  /// Base URL under which this server reaches a port on the host's loopback.
  func address(ofPort port: Int) async throws(DomainError) -> String
  /// Takes the way to that port down; harmless where there is none.
  func closeAddress(ofPort port: Int) async
  /// Base URL under which this server reaches a job of the cluster whose login node the host is.
  func address(of endpoint: JobEndpoint) async throws(DomainError) -> String
  /// Takes the way there down; harmless where there is none.
  func closeAddress(of endpoint: JobEndpoint) async
}

/// A host the server can reach.
package protocol Host: JobRunning, HostFiles, HostTransfers, HostMeasuring, HostPorts {
  var description: HostDescription { get }
  /// How the connection stands; asks the host nothing.
  func connection() async -> HostConnection
}

/// The hosts there are.
package protocol HostFleet: Sendable {
  func hosts() async -> [any Host]
  /// Throws `not_found` for an unknown one.
  func host(_ id: HostID) async throws(DomainError) -> any Host
}
