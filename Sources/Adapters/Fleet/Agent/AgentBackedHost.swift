package import Domain
import FoundationEssentials

/// A host that asks its agent for everything but the ways to reach it: `place` and `address` are its own.
package protocol AgentBackedHost: RunnableHost {
  var channel: AgentChannel { get }
  var trainerLocation: TrainerLocation { get }
  /// Starts the agent's sender, which gives parts of one thing.
  func openSender() async throws(DomainError) -> any AgentTransport
  /// Starts one more where that helps and there is room for it.
  func openExtraSender() async -> (any AgentTransport)?
  /// How many senders or receivers of one thing at once are worth it.
  func transferWidth() async throws(DomainError) -> Int
  /// Whether those come only as the line carries them.
  var isTransferPaced: Bool { get }
}

/// A host that must be run.
package protocol RunnableHost: Host {
  /// Keeps the host connected until the task is cancelled.
  ///
  /// Call once. A request made before it is connected waits a moment.
  func run() async
}

/// Where a host's trainer is looked for before the usual places.
///
/// What is named here is used, or reported as missing; it is never silently replaced.
package struct TrainerLocation: Sendable, Equatable {
  /// A path, or a bare name for the PATH.
  package let command: String?
  package let virtualEnvironment: String?
  package let condaEnvironment: String?
  /// A folder that may hold a trainer's environment; unlike the others it is only looked into.
  package let workDirectory: String?

  package init(
    command: String? = nil, virtualEnvironment: String? = nil, condaEnvironment: String? = nil,
    workDirectory: String? = nil
  ) {
    self.command = command
    self.virtualEnvironment = virtualEnvironment
    self.condaEnvironment = condaEnvironment
    self.workDirectory = workDirectory
  }
}

/// The largest piece read or written at once, in bytes.
let pieceLimit = 1_048_576

extension AgentBackedHost {
  package func connection() async -> HostConnection {
    let (state, problem) = await channel.connection
    return HostConnection(state: state, problem: problem)
  }
}

// MARK: Jobs

extension AgentBackedHost {
  package func launch(_ job: JobSpec) async throws(DomainError) -> JobStatus {
    // A busy controller may take its time with a job.
    let limit: Duration = job.cluster == nil ? .seconds(30) : .seconds(120)
    return try await channel.ask("launch", LaunchFields(job), limit: limit, as: StatusAnswer.self).status
      .status()
  }

  package func status(of directories: [String]) async throws(DomainError) -> [JobStatus] {
    var found: [JobStatus] = []
    // A hundred at a time: the answer to long paths must fit into one frame.
    for start in stride(from: 0, to: directories.count, by: 100) {
      let part = Array(directories[start..<min(start + 100, directories.count)])
      let answer = try await channel.ask("status", ["dirs": part], as: StatusesAnswer.self)
      guard answer.statuses.count == part.count else { throw AgentError.unreadable("status: wrong count") }
      for frame in answer.statuses { found.append(try frame.status()) }
    }
    return found
  }

  package func stop(_ directory: String) async throws(DomainError) -> JobStatus {
    try await channel.ask("stop", ["dir": directory], as: StatusAnswer.self).status.status()
  }

  package func watch(_ directory: String, files: [String], pace: Double, carry: Int) async throws(DomainError)
    -> AsyncThrowingStream<JobChange, any Error>
  {
    try await channel.watch(directory, files: files, pace: pace, carry: carry)
  }
}

private struct StatusAnswer: Decodable { let status: StatusFrame }
private struct StatusesAnswer: Decodable { let statuses: [StatusFrame] }

// MARK: Files

extension AgentBackedHost {
  package func read(_ path: String, from offset: Int64, limit: Int) async throws(DomainError) -> FileSlice {
    let fields = ReadFields(path: path, offset: offset, limit: min(max(0, limit), pieceLimit))
    let answer = try await channel.ask("read", fields, as: ReadAnswer.self)
    guard let bytes = Data(base64Encoded: answer.data) else { throw AgentError.unreadable("read: no base64") }
    return FileSlice(offset: answer.offset, bytes: [UInt8](bytes), size: answer.size)
  }

  package func write(_ bytes: [UInt8], to path: String) async throws(DomainError) {
    if bytes.count > pieceLimit {
      throw AgentError.refused(FrameHead.Refusal(code: "too_large", message: "\(bytes.count) bytes"))
    }
    let fields = ["path": path, "data": Data(bytes).base64EncodedString()]
    _ = try await channel.ask("write", fields, as: NoFields.self)
  }

  package func facts(of paths: [String]) async throws(DomainError) -> [FileFacts?] {
    var found: [FileFacts?] = []
    for start in stride(from: 0, to: paths.count, by: 200) {
      let part = Array(paths[start..<min(start + 200, paths.count)])
      let answer = try await channel.ask("stat", ["paths": part], as: StatAnswer.self)
      guard answer.facts.count == part.count else { throw AgentError.unreadable("stat: wrong count") }
      found += answer.facts.map { facts in
        facts.map { FileFacts(isDirectory: $0.dir, size: $0.size, modifiedAt: Timestamp(seconds: $0.mtime)) }
      }
    }
    return found
  }

  package func list(_ folder: String) async throws(DomainError) -> [String] {
    do {
      return try await channel.ask("list", ["path": folder], as: ListAnswer.self).entries.map(\.name)
    } catch  where error.code == .notFound {
      return []
    }
  }

  package func remove(_ path: String) async throws(DomainError) {
    _ = try await channel.ask("remove", ["path": path], limit: .seconds(300), as: NoFields.self)
  }

  package func models(in folders: [String]) async throws(DomainError) -> [FoundModel] {
    try await channel.ask("models", ["folders": folders], limit: .seconds(120), as: ModelsAnswer.self)
      .models.compactMap(\.model)
  }
}

extension AgentBackedHost {
  package func discover(in folders: [String], userData: String) async throws(DomainError) -> ModelScan {
    let answer = try await channel.ask(
      "discover", DiscoverFields(folders: folders, private: userData), limit: .seconds(120),
      as: DiscoverAnswer.self)
    return ModelScan(models: answer.models.compactMap(\.model), isComplete: answer.complete)
  }
}

private struct DiscoverFields: Encodable {
  let folders: [String]
  let `private`: String
}

// MARK: Transfers

extension AgentBackedHost {
  package func modelFiles(in folder: String) async throws(DomainError) -> [ModelFile] {
    try await channel.ask("files", ["folder": folder], limit: .seconds(120), as: FilesAnswer.self).files.map {
      ModelFile(name: $0.name, size: $0.size, modifiedAt: Timestamp(seconds: $0.mtime), tag: $0.tag)
    }
  }

  package func archive(of folder: String, named name: String) async throws(DomainError) -> ModelArchive {
    let found = try await channel.ask(
      "archive", ["folder": folder, "name": name], limit: .seconds(120), as: ArchiveAnswer.self)
    return ModelArchive(name: name, size: found.size, tag: found.tag)
  }

  package func contents(of file: ModelFile, in folder: String, range: Range<Int64>) async throws(DomainError)
    -> AsyncThrowingStream<[UInt8], any Error>
  {
    try await stream(SendRequest(folder: folder, file: file.name, tag: file.tag), range)
  }

  package func contents(of archive: ModelArchive, in folder: String, range: Range<Int64>)
    async throws(DomainError)
    -> AsyncThrowingStream<[UInt8], any Error>
  {
    try await stream(SendRequest(folder: folder, name: archive.name, tag: archive.tag), range)
  }

  private func stream(_ request: SendRequest, _ range: Range<Int64>) async throws(DomainError)
    -> AsyncThrowingStream<[UInt8], any Error>
  {
    let source = SenderSource(
      open: { () throws(DomainError) in try await openSender() }, openExtra: { await openExtraSender() },
      ready: { [channel] () throws(DomainError) in _ = try await channel.facts() },
      width: try await transferWidth(), isPaced: isTransferPaced)
    return try await ModelStream.stream(source, request, range)
  }
}

private struct ArchiveAnswer: Decodable {
  let size: Int64
  let tag: String
}

private struct FilesAnswer: Decodable {
  struct File: Decodable {
    let name: String
    let size: Int64
    let mtime: Double
    let tag: String
  }

  let files: [File]
}

private struct ReadFields: Encodable {
  let path: String
  let offset: Int64
  let limit: Int
}

private struct ReadAnswer: Decodable {
  let offset: Int64
  let size: Int64
  let data: String
}

private struct StatAnswer: Decodable {
  struct Facts: Decodable {
    let dir: Bool
    let size: Int64
    let mtime: Double
  }

  let facts: [Facts?]
}

private struct ListAnswer: Decodable {
  struct Entry: Decodable { let name: String }

  let entries: [Entry]
}

private struct ModelsAnswer: Decodable { let models: [ModelFrame] }

// MARK: The machine

extension AgentBackedHost {
  package func facts() async throws(DomainError) -> HostFacts { try await channel.facts() }

  package func measure() async throws(DomainError) -> HostMeasurement {
    try await channel.ask("measure", NoFields(), as: MeasureAnswer.self).measurement
  }

  package func trainer(thorough: Bool) async throws(DomainError) -> TrainerFacts {
    let fields = TrainerFields(
      command: trainerLocation.command, venv: trainerLocation.virtualEnvironment,
      conda: trainerLocation.condaEnvironment, work: trainerLocation.workDirectory, thorough: thorough)
    let found = try await channel.ask("trainer", fields, limit: .seconds(240), as: TrainerAnswer.self).trainer
    return TrainerFacts(
      command: found.command, version: found.version, torch: found.torch, problem: found.problem,
      python: found.python, isEnvironmentNamed: found.environmentNamed ?? false, workDirectory: found.work,
      home: found.home)
  }

  package func run(_ arguments: [String], limit: Double) async throws(DomainError) -> CommandOutcome {
    let answer = try await channel.ask(
      "run", RunFields(argv: arguments, limit: limit), limit: .seconds(limit + 30), as: RunAnswer.self)
    return CommandOutcome(exitCode: answer.code, output: answer.output, error: answer.errors)
  }

  package func cluster() async throws(DomainError) -> ClusterFacts {
    try await channel.ask("cluster", NoFields(), limit: .seconds(90), as: ClusterAnswer.self).facts
  }

  package func freePort() async throws(DomainError) -> Int {
    try await channel.ask("free_port", NoFields(), as: PortAnswer.self).port
  }

  package func reservePort(_ wanted: Int?) async throws(DomainError) -> Int {
    try await channel.ask("reserve_port", PortFields(port: wanted), as: PortAnswer.self).port
  }
}

private struct PortFields: Encodable {
  /// Left out where any will do.
  let port: Int?
}

private struct RunFields: Encodable {
  let argv: [String]
  let limit: Double
}

private struct RunAnswer: Decodable {
  let code: Int?
  let output: String
  /// Not `error`, which in every frame is a refusal.
  let errors: String
}

private struct TrainerFields: Encodable {
  let command: String?
  let venv: String?
  let conda: String?
  let work: String?
  let thorough: Bool
}

private struct TrainerAnswer: Decodable {
  struct Trainer: Decodable {
    let command: String?
    let version: String?
    let torch: String?
    let problem: String?
    let python: String?
    let environmentNamed: Bool?
    let work: String?
    let home: String?
  }

  let trainer: Trainer
}

private struct PortAnswer: Decodable { let port: Int }
