import Concurrency
import Domain
import Synchronization

/// A host in memory: it keeps every file and job it is given, and its jobs end when the test says so.
final class RecordingHost: Host {
  private struct Watcher {
    let directory: String
    let files: [String]
    let carry: Int
    let continuation: AsyncThrowingStream<JobChange, any Error>.Continuation
  }

  private struct State {
    var files: [String: [UInt8]] = [:]
    var jobs: [String: JobStatus] = [:]
    var launched: [JobSpec] = []
    var stopped: [String] = []
    var models: [FoundModel] = []
    var scan = ModelScan(models: [], isComplete: true)
    var scannedFolders: [String] = []
    var heldScans = 0
    var trainer = TrainerFacts(
      command: "/opt/trainer/llamafactory-cli", version: "0.9.5", torch: "2.0", problem: nil)
    var isReachable = true
    var endsWhenStopped = true
    var watchers: [Int: Watcher] = [:]
    var nextWatcher = 0
    var nextPort = 40_000
    var gpus: [HostMeasurement.GPU] = []
    /// What short commands say, by their last word.
    var commands: [String: CommandOutcome] = [:]
    var losesAnswers = 0
    var measured = 0
    var reads: [String] = []
  }

  let description: HostDescription
  private let state = Mutex(State())
  private let sending = Mutex<Gate?>(nil)
  private let scanning = Mutex<Gate?>(nil)

  init(
    id: String = "local", name: String = "Recording", kind: HostDescription.Kind = .local, root: String,
    slots: Int = 1
  ) {
    description = HostDescription(
      id: HostID(rawValue: id), name: name, kind: kind, userDataDirectory: root, slots: slots,
      workDirectory: "/work")
  }

  static let lost = DomainError(
    .hostUnreachable, "The host cannot be reached.", hint: "Wait.", origin: .host, detail: "double")

  private func ask<Value>(_ body: (inout State) throws(DomainError) -> Value) throws(DomainError) -> Value {
    try state.withLock { state throws(DomainError) in
      guard state.isReachable else { throw Self.lost }
      return try body(&state)
    }
  }
}

// MARK: What a test does to it

extension RecordingHost {
  var launched: [JobSpec] { state.withLock { $0.launched } }
  /// How often it was asked for its load, and answered.
  var measured: Int { state.withLock { $0.measured } }
  var stopped: [String] { state.withLock { $0.stopped } }
  /// The paths that were read, each as often as it was.
  var reads: [String] { state.withLock { $0.reads } }
  var paths: [String] { state.withLock { $0.files.keys.sorted() } }

  func text(at path: String) -> String? {
    state.withLock { $0.files[path] }.map { String(decoding: $0, as: UTF8.self) }
  }

  /// Puts a base model or an adapter there.
  func addModel(_ path: String, kind: ModelRecord.Kind = .base, base: String? = nil) {
    state.withLock { state in
      let mark = kind == .adapter ? "adapter_config.json" : "config.json"
      state.files["\(path)/\(mark)"] = Array("{}".utf8)
      state.models.append(
        FoundModel(
          path: path, kind: kind, baseModel: base, modelType: "qwen2", hasChatTemplate: true, size: 1000,
          modifiedAt: Timestamp(milliseconds: 1)))
    }
  }

  /// What a scan comes upon.
  func setScan(_ models: [ScannedModel], isComplete: Bool = true) {
    state.withLock { $0.scan = ModelScan(models: models, isComplete: isComplete) }
  }

  /// How many scans came to a closed gate.
  var heldScans: Int { state.withLock { $0.heldScans } }

  /// The folders the last scan was asked for.
  var scannedFolders: [String] { state.withLock { $0.scannedFolders } }

  func forgetModel(_ path: String) {
    state.withLock { state in
      state.models.removeAll { $0.path == path }
      state.files = state.files.filter { !$0.key.hasPrefix(path + "/") }
    }
  }

  func setTrainer(_ trainer: TrainerFacts) { state.withLock { $0.trainer = trainer } }

  /// What a short command with this last word says.
  func answer(_ outcome: CommandOutcome, to lastWord: String) {
    state.withLock { $0.commands[lastWord] = outcome }
  }

  /// As nvidia-smi would tell of them: free, but for those on which a stranger computes.
  func setGPUs(_ count: Int, strangers: [Int] = []) {
    state.withLock { state in
      state.gpus = (0..<count).map { index in
        let stranger = GPUProcess(processID: 77, owner: .stranger, user: "bob", name: "python3", memory: nil)
        return HostMeasurement.GPU(
          index: index, name: "NVIDIA H100", uuid: "GPU-\(index)", memoryTotal: 80 << 30, memoryUsed: 0,
          utilization: 0, temperature: 30, power: 60, computeMode: "Default",
          processes: strangers.contains(index) ? [stranger] : [])
      }
    }
  }

  /// So many launches are done without their answer arriving: the connection is cut in between.
  func setLosesAnswers(_ count: Int) { state.withLock { $0.losesAnswers = count } }

  /// Whether `stop` ends a job at once, as a trainer that obeys does.
  func setEndsWhenStopped(_ value: Bool) { state.withLock { $0.endsWhenStopped = value } }

  /// A host that cannot be reached fails every request and every watch; its jobs go on.
  func setReachable(_ value: Bool) {
    let lost = state.withLock { state -> [Watcher] in
      state.isReachable = value
      guard !value else { return [] }
      defer { state.watchers = [:] }
      return Array(state.watchers.values)
    }
    for watcher in lost { watcher.continuation.finish(throwing: Self.lost) }
  }

  /// Lets a file grow, as the trainer does.
  func append(_ text: String, to path: String) {
    let slice = state.withLock { state -> FileSlice? in
      let before = state.files[path]?.count
      state.files[path, default: []] += Array(text.utf8)
      return before.map {
        FileSlice(offset: Int64($0), bytes: Array(text.utf8), size: Int64($0 + text.utf8.count))
      }
    }
    tell(slice.map { (path, $0) })
  }

  /// Ends a job.
  func end(
    _ directory: String, exitCode: Int? = 0, signal: Int? = nil, stopped: Bool = false, why: String? = nil
  ) {
    state.withLock { state in
      state.jobs[directory] = JobStatus(
        directory: directory, state: .ended, exitCode: exitCode, signal: signal, stopped: stopped, why: why,
        startedAt: Timestamp(milliseconds: 1000), endedAt: Timestamp(milliseconds: 2000))
    }
    tell()
  }

  /// Ends a run as a good one: results are there, and an adapter.
  func complete(_ job: JobSpec) {
    let output = output(of: job)
    append("{\"current_steps\": 10, \"total_steps\": 10, \"loss\": 0.5}\n", to: "\(output)/trainer_log.jsonl")
    append("{}", to: "\(output)/all_results.json")
    addModel(output, kind: .adapter, base: "/models/base")
    end(job.directory)
  }

  /// `{output}/attempts/1` is the job's folder.
  func output(of job: JobSpec) -> String {
    "/" + job.directory.split(separator: "/").dropLast(2).joined(separator: "/")
  }

  private func tell(_ grown: (path: String, slice: FileSlice)? = nil) {
    let news = state.withLock { state in
      state.watchers.values.map { watcher in
        let tails = watcher.files.map { path -> FileSlice? in
          guard let grown, grown.path == path, grown.slice.bytes.count <= watcher.carry else { return nil }
          return grown.slice
        }
        return (watcher.continuation, Self.change(watcher.directory, watcher.files, state, tails))
      }
    }
    for (continuation, change) in news { continuation.yield(change) }
  }

  private static func change(
    _ directory: String, _ files: [String], _ state: State, _ tails: [FileSlice?] = []
  ) -> JobChange {
    JobChange(
      status: state.jobs[directory] ?? JobStatus(directory: directory, state: .absent),
      sizes: files.map { state.files[$0].map { Int64($0.count) } ?? -1 }, tails: tails)
  }
}

// MARK: The port

extension RecordingHost {
  func connection() async -> HostConnection {
    let isReachable = state.withLock { $0.isReachable }
    return HostConnection(
      state: isReachable ? .connected : .unreachable, problem: isReachable ? nil : Self.lost)
  }

  func launch(_ job: JobSpec) async throws(DomainError) -> JobStatus {
    let (status, isLost) = try ask { state in
      if let present = state.jobs[job.directory] { return (present, false) }
      let status = JobStatus(
        directory: job.directory, state: .running, startedAt: Timestamp(milliseconds: 1000), processID: 4242)
      state.jobs[job.directory] = status
      state.launched.append(job)
      state.losesAnswers -= 1
      return (status, state.losesAnswers >= 0)
    }
    tell()
    if isLost { throw Self.lost }
    return status
  }

  func status(of directories: [String]) async throws(DomainError) -> [JobStatus] {
    try ask { state in
      directories.map { state.jobs[$0] ?? JobStatus(directory: $0, state: .absent) }
    }
  }

  func stop(_ directory: String) async throws(DomainError) -> JobStatus {
    let status = try ask { state -> JobStatus in
      state.stopped.append(directory)
      let present = state.jobs[directory] ?? JobStatus(directory: directory, state: .absent)
      guard state.endsWhenStopped, present.state == .running else { return present }
      let ended = JobStatus(
        directory: directory, state: .ended, signal: 15, stopped: true,
        startedAt: Timestamp(milliseconds: 1000), endedAt: Timestamp(milliseconds: 2000))
      state.jobs[directory] = ended
      return ended
    }
    tell()
    return status
  }

  func watch(_ directory: String, files: [String], pace: Double, carry: Int) async throws(DomainError)
    -> AsyncThrowingStream<JobChange, any Error>
  {
    let (stream, continuation) = AsyncThrowingStream<JobChange, any Error>.makeStream(
      bufferingPolicy: .bufferingNewest(1))
    let (id, change) = try ask { state in
      state.nextWatcher += 1
      state.watchers[state.nextWatcher] = Watcher(
        directory: directory, files: files, carry: carry, continuation: continuation)
      return (state.nextWatcher, Self.change(directory, files, state))
    }
    continuation.onTermination = { [weak self] _ in
      self?.state.withLock { _ = $0.watchers.removeValue(forKey: id) }
    }
    continuation.yield(change)
    return stream
  }

  func read(_ path: String, from offset: Int64, limit: Int) async throws(DomainError) -> FileSlice {
    try ask { state throws(DomainError) in
      state.reads.append(path)
      guard let bytes = state.files[path] else {
        throw DomainError(.notFound, "There is no such file.", origin: .host)
      }
      let size = Int64(bytes.count)
      let start = offset < 0 ? max(0, size + offset) : min(offset, size)
      let end = min(size, start + Int64(limit))
      return FileSlice(offset: start, bytes: Array(bytes[Int(start)..<Int(end)]), size: size)
    }
  }

  func write(_ bytes: [UInt8], to path: String) async throws(DomainError) {
    try ask { $0.files[path] = bytes }
  }

  func facts(of paths: [String]) async throws(DomainError) -> [FileFacts?] {
    try ask { state in
      paths.map { path -> FileFacts? in
        if let bytes = state.files[path] {
          return FileFacts(
            isDirectory: false, size: Int64(bytes.count), modifiedAt: Timestamp(milliseconds: 1))
        }
        guard state.files.keys.contains(where: { $0.hasPrefix(path + "/") }) else { return nil }
        return FileFacts(isDirectory: true, size: 0, modifiedAt: Timestamp(milliseconds: 1))
      }
    }
  }

  func list(_ folder: String) async throws(DomainError) -> [String] {
    try ask { state in
      let below = state.files.keys.filter { $0.hasPrefix(folder + "/") }
      let names = below.compactMap { $0.dropFirst(folder.count + 1).split(separator: "/").first }
      return Array(Set(names.map { String($0) }))
    }
  }

  func remove(_ path: String) async throws(DomainError) {
    try ask { state in
      state.files = state.files.filter { $0.key != path && !$0.key.hasPrefix(path + "/") }
      state.jobs = state.jobs.filter { $0.key != path && !$0.key.hasPrefix(path + "/") }
    }
  }

  func place(
    _ blob: BlobKey, contentHash: String, at path: String,
    progress: @escaping @Sendable (TransferProgress) -> Void
  ) async throws(DomainError) {
    progress(TransferProgress(sent: 45, total: 100))
    if let gate = sending.withLock(\.self) { try? await gate.wait() }
    try ask { $0.files[path] = Array(contentHash.utf8) }
  }

  /// Files stay on their way, at 45 of 100 bytes, until the gate is opened.
  func holdSending() -> Gate {
    let gate = Gate()
    sending.withLock { $0 = gate }
    return gate
  }

  func models(in folders: [String]) async throws(DomainError) -> [FoundModel] {
    try ask { state in
      state.models.filter { model in
        folders.contains { model.path == $0 || model.path.hasPrefix($0 + "/") }
      }
    }
  }

  func discover(in folders: [String], userData: String) async throws(DomainError) -> ModelScan {
    let scan = try ask { state in
      state.scannedFolders = folders
      return state.scan
    }
    if let gate = scanning.withLock(\.self) {
      state.withLock { $0.heldScans += 1 }
      try? await gate.wait()
    }
    return scan
  }

  /// Scans have seen what there is, and tell of it when the gate is opened.
  func holdScans() -> Gate {
    let gate = Gate()
    scanning.withLock { $0 = gate }
    return gate
  }

  func facts() async throws(DomainError) -> HostFacts {
    try ask { _ in
      HostFacts(hostname: "recorder", system: "Linux", python: "3.11", cpuCount: 2, bootID: "boot-1")
    }
  }

  func measure() async throws(DomainError) -> HostMeasurement {
    try ask { state in
      state.measured += 1
      return HostMeasurement(
        gpus: state.gpus, gpuNote: state.gpus.isEmpty ? "nvidia-smi is not there" : nil, cpuPercent: 1,
        loadAverage: 0.5,
        memoryTotal: 8 << 30, memoryAvailable: 4 << 30, diskTotal: 100 << 30, diskFree: 50 << 30)
    }
  }

  func trainer(thorough: Bool) async throws(DomainError) -> TrainerFacts { try ask { $0.trainer } }

  func run(_ arguments: [String], limit: Double) async throws(DomainError) -> CommandOutcome {
    try ask {
      $0.commands[arguments.last ?? ""] ?? CommandOutcome(exitCode: 127, output: "", error: "not there")
    }
  }

  func reservePort(_ wanted: Int?) async throws(DomainError) -> Int {
    guard let wanted else { return try await freePort() }
    if wanted == Self.takenPort { throw .conflict("This port is another program's.") }
    return wanted
  }

  /// A port that nobody gets.
  static let takenPort = 18_999

  func freePort() async throws(DomainError) -> Int {
    try ask { state in
      state.nextPort += 1
      return state.nextPort
    }
  }

  func modelFiles(in folder: String) async throws(DomainError) -> [ModelFile] {
    try ask { state in
      state.files.filter { $0.key.hasPrefix(folder + "/") }.sorted { $0.key < $1.key }.map { path, bytes in
        ModelFile(
          name: String(path.dropFirst(folder.count + 1)), size: Int64(bytes.count),
          modifiedAt: Timestamp(milliseconds: 1), tag: "t\(bytes.count)")
      }
    }
  }

  /// Not an archive: the files' bytes one after the other.
  func archive(of folder: String, named name: String) async throws(DomainError) -> ModelArchive {
    let size = try await modelFiles(in: folder).reduce(0) { $0 + $1.size }
    return ModelArchive(name: name, size: size, tag: "a\(size)")
  }

  func contents(of archive: ModelArchive, in folder: String, range: Range<Int64>) async throws(DomainError)
    -> AsyncThrowingStream<[UInt8], any Error>
  {
    let files = try await modelFiles(in: folder)
    let bytes = try ask { state in files.flatMap { state.files["\(folder)/\($0.name)"] ?? [] } }
    return Self.stream([Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])])
  }

  func contents(of file: ModelFile, in folder: String, range: Range<Int64>) async throws(DomainError)
    -> AsyncThrowingStream<[UInt8], any Error>
  {
    let bytes = try ask { $0.files["\(folder)/\(file.name)"] ?? [] }
    return Self.stream([Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])])
  }

  private static func stream(_ pieces: [[UInt8]]) -> AsyncThrowingStream<[UInt8], any Error> {
    AsyncThrowingStream { continuation in
      for piece in pieces { continuation.yield(piece) }
      continuation.finish()
    }
  }

  func closeAddress(ofPort port: Int) async {}

  func closeAddress(of endpoint: JobEndpoint) async {}

  func address(of endpoint: JobEndpoint) async throws(DomainError) -> String { endpoint.baseURL }

  func address(ofPort port: Int) async throws(DomainError) -> String { "http://127.0.0.1:\(port)" }
}
