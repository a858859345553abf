import Concurrency
package import Domain
import FoundationEssentials

/// Makes new datasets of those that are there, row by row, and counts what is in them.
///
/// The source is only read, and stays as it is: what comes out is stored beside it, where it bears the source's name as
/// its next version. Nothing of it is kept where it does not come to its end. The memory does not grow with the file.
package actor DatasetPreparation {
  /// How far it is, over all passes.
  package struct Progress: Sendable, Equatable {
    /// 1 for the first.
    package let pass: Int
    package let passes: Int
    /// Bytes read, and those to read.
    package let done: Int64
    package let total: Int64
  }

  package struct Result: Sendable {
    package let report: PreparationReport
    /// One for each part of the report; none after a dry run.
    package let datasets: [DatasetRecord]
  }

  /// At one time, counting too; each takes a processor, and up to a quarter of a gigabyte.
  private static let mostOfOne = 2
  private static let mostOfAll = 8
  private static let mostKept = 32
  /// Bytes; they take about a second.
  private static let mostLookedAt: Int64 = 16 << 20

  private let datasets: DatasetService
  private let mostBytes: Int64
  private let log: ServerLog
  private var running: [UserID: Int] = [:]
  private var counted: [(id: DatasetID, statistics: DatasetStatistics)] = []

  /// - Parameter mostBytes: of one dataset (MAX_UPLOAD_SIZE).
  package init(datasets: DatasetService, mostBytes: Int64, log: ServerLog) {
    self.datasets = datasets
    self.mostBytes = mostBytes
    self.log = log
  }

  /// Throws `invalid_input` for a plan that cannot be done with this dataset; nothing is read.
  package nonisolated func check(_ plan: PreparationPlan, for dataset: DatasetRecord) throws {
    let run = try PreparationRun(plan, try Self.source(dataset), isDry: true)
    for file in run.files { _ = try DatasetService.check(filename: file) }
  }

  /// Does a plan with one of the user's datasets; who cancels the task ends it.
  ///
  /// Throws `invalid_input` with the line of a row that cannot be read, and where no row is left; `conflict` where a
  /// conversion would lose something; `quota_exceeded` and `too_large` as an upload.
  ///
  /// - Parameter isDry: only tells what would be done.
  package func prepare(
    _ dataset: DatasetRecord, by plan: PreparationPlan, isDry: Bool = false,
    tell: (Progress) async throws -> Void = { _ in }
  ) async throws -> Result {
    let user = dataset.userID
    try begin(of: user)
    defer { end(of: user) }
    let work = try PreparationWork(PreparationRun(plan, try Self.source(dataset), isDry: isDry))
    var uploads: [DatasetUpload] = []
    do {
      if !isDry {
        for file in work.files { uploads.append(try await datasets.begin(filename: file, for: user)) }
      }
      try await feed(work, from: dataset, to: uploads, tell)
      let stored = try await store(uploads, of: user)
      let report = await work.report
      log.info(
        "dataset prepared", ["dataset": dataset.id.rawValue, "rows": String(report.rowsRead)])
      return Result(report: report, datasets: stored)
    } catch {
      for upload in uploads { await upload.abandon() }
      throw error
    }
  }

  /// Whether another one of the user's may begin now.
  func hasRoom(for user: UserID) -> Bool {
    running[user, default: 0] < Self.mostOfOne && running.values.reduce(0, +) < Self.mostOfAll
  }

  private func begin(of user: UserID) throws(DomainError) {
    guard running[user, default: 0] < Self.mostOfOne else {
      throw .conflict(
        "\(Self.mostOfOne) preparations of yours are running.", hint: "Wait for the end of one.")
    }
    guard running.values.reduce(0, +) < Self.mostOfAll else {
      throw .conflict(
        "\(Self.mostOfAll) preparations are running on this server.", hint: "Try again soon.")
    }
    running[user, default: 0] += 1
  }

  private func end(of user: UserID) {
    running[user] = running[user, default: 1] > 1 ? running[user, default: 1] - 1 : nil
  }

  private func feed(
    _ work: PreparationWork, from dataset: DatasetRecord, to uploads: [DatasetUpload],
    _ tell: (Progress) async throws -> Void
  ) async throws {
    let total = dataset.size * Int64(work.passes)
    var done: Int64 = 0
    var told: Int64 = 0
    func write(_ outputs: [PreparationRun.Output]) async throws {
      for output in outputs {
        let upload = uploads[output.part]
        guard await upload.size + Int64(output.bytes.count) <= mostBytes else {
          throw DomainError(
            .tooLarge, "What comes out is larger than \(mostBytes) bytes.",
            hint: "Take fewer rows, or have the limit raised (MAX_UPLOAD_SIZE).")
        }
        try await upload.write(output.bytes)
      }
    }
    for pass in 1...work.passes {
      for try await piece in try await datasets.read(dataset, range: 0..<dataset.size) {
        try Task.checkCancellation()
        try await write(try await work.push(piece))
        done += Int64(piece.count)
        // A hundred times at most.
        if done - told >= max(total / 100, 1 << 20) {
          told = done
          try await tell(Progress(pass: pass, passes: work.passes, done: done, total: total))
        }
      }
      try Task.checkCancellation()
      try await write(try await work.endPass())
    }
    try await tell(Progress(pass: work.passes, passes: work.passes, done: total, total: total))
  }

  /// All of them or none.
  private func store(_ uploads: [DatasetUpload], of user: UserID) async throws(DomainError) -> [DatasetRecord]
  {
    var stored: [(dataset: DatasetRecord, isNew: Bool)] = []
    do throws(DomainError) {
      for upload in uploads { stored.append(try await datasets.finish(upload)) }
    } catch {
      for made in stored where made.isNew { try? await datasets.delete(made.dataset.id, of: user) }
      throw error
    }
    return stored.map(\.dataset)
  }

  /// What would come of a plan; nil where that takes too long to be looked at by the way.
  ///
  /// Throws what doing it would throw, and nothing else.
  func look(at dataset: DatasetRecord, by plan: PreparationPlan) async throws(DomainError)
    -> PreparationReport?
  {
    do {
      try check(plan, for: dataset)
      guard dataset.size <= Self.mostLookedAt, hasRoom(for: dataset.userID) else { return nil }
      let report = try await prepare(dataset, by: plan, isDry: true).report
      try report.check(plan)
      return report
    } catch let error as DomainError {
      throw error
    } catch {
      throw DomainError(.internalFault, "The dataset could not be looked at.", detail: "\(error)")
    }
  }

  /// Goes over the rows and counts; of a dataset that was counted lately it tells at once.
  ///
  /// Throws `conflict` where too much is being prepared or counted.
  package func statistics(of dataset: DatasetRecord) async throws -> DatasetStatistics {
    if let known = counted.first(where: { $0.id == dataset.id }) { return known.statistics }
    try begin(of: dataset.userID)
    defer { end(of: dataset.userID) }
    let work = try StatisticsWork(StatisticsRun(try Self.source(dataset)))
    for _ in 1...work.passes {
      for try await piece in try await datasets.read(dataset, range: 0..<dataset.size) {
        try Task.checkCancellation()
        try await work.push(piece)
      }
      try Task.checkCancellation()
      try await work.endPass()
    }
    let statistics = await work.statistics
    if !counted.contains(where: { $0.id == dataset.id }) {
      counted.append((dataset.id, statistics))
      if counted.count > Self.mostKept { counted.removeFirst() }
    }
    return statistics
  }

  private static func source(_ dataset: DatasetRecord) throws -> PreparationSource {
    let report = try JSONDecoder().decode(DatasetReport.self, from: Data(dataset.report.utf8))
    return PreparationSource(
      filename: dataset.filename, name: dataset.name, shape: report.shape, container: report.container,
      rows: dataset.rows)
  }
}

/// Does the work on a thread of its own: it costs time that an event loop does not have.
private actor PreparationWork {
  private nonisolated let executor: QueueExecutor
  nonisolated let files: [String]
  nonisolated let passes: Int
  private var run: PreparationRun

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(_ run: PreparationRun) throws {
    executor = try QueueExecutor(name: "prepare")
    files = run.files
    passes = run.passes
    self.run = run
  }

  var report: PreparationReport { run.report }

  func push(_ bytes: [UInt8]) throws(DomainError) -> [PreparationRun.Output] { try run.push(bytes) }

  func endPass() throws(DomainError) -> [PreparationRun.Output] { try run.endPass() }
}

/// Counts likewise.
private actor StatisticsWork {
  private nonisolated let executor: QueueExecutor
  nonisolated let passes: Int
  private var run: StatisticsRun

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(_ run: StatisticsRun) throws {
    executor = try QueueExecutor(name: "count")
    passes = run.passes
    self.run = run
  }

  var statistics: DatasetStatistics { run.finish() }

  func push(_ bytes: [UInt8]) throws(DomainError) { try run.push(bytes) }

  func endPass() throws(DomainError) { try run.endPass() }
}
