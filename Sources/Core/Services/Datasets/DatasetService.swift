import Concurrency
package import Domain

/// A user's training files: taken in as they stream, checked row by row, kept and given back.
package struct DatasetService: Sendable {
  private let datasets: any DatasetStoring
  private let tasks: any TaskStoring
  private let blobs: any BlobStoring
  private let fleet: any HostFleet
  private let removals: PendingRemovals
  private let events: EventBus
  private let quotas: UserQuotas
  private let clock: WallClock
  private let log: ServerLog
  private let inspection: QueueExecutor
  private let path: @Sendable (BlobKey) async -> String

  /// - Parameter path: where users are told that a file lies, by default where the store keeps it.
  ///
  /// Throws where the thread that reads uploads cannot be started.
  package init(
    datasets: any DatasetStoring, tasks: any TaskStoring, blobs: any BlobStoring, fleet: any HostFleet,
    removals: PendingRemovals, events: EventBus, quotas: UserQuotas, clock: WallClock, log: ServerLog,
    path: (@Sendable (BlobKey) async -> String)? = nil
  ) throws {
    self.datasets = datasets
    self.tasks = tasks
    self.blobs = blobs
    self.fleet = fleet
    self.removals = removals
    self.events = events
    self.quotas = quotas
    self.clock = clock
    self.log = log
    let blobs = blobs
    self.path = path ?? { blobs.localPath(of: $0) ?? "\($0.userID.rawValue)/datasets/\($0.filename)" }
    inspection = try QueueExecutor(name: "inspect")
  }

  /// Begins to take in a file; feed it, then `finish` it here or `abandon` it.
  ///
  /// Throws `invalid_input` for a name that is not one plain file name, and
  /// `unsupported_media_type` for a kind of file that cannot be trained on.
  package func begin(filename: String, for user: UserID) async throws(DomainError) -> DatasetUpload {
    let name = try Self.check(filename: filename)
    let room = try await quotas.room(of: user)
    if room == 0 { throw UserQuota.storageExceeded(room: 0) }
    return DatasetUpload(
      filename: name, user: user, room: room, writer: try await blobs.create(for: user), executor: inspection)
  }

  /// Throws `quota_exceeded` where the user has no room for this many bytes more.
  func checkRoom(for size: Int64, of user: UserID) async throws(DomainError) {
    if let room = try await quotas.room(of: user), size > room {
      throw UserQuota.storageExceeded(room: room)
    }
  }

  /// The name of a file that could be trained on; throws as `begin` does.
  static func check(filename: String) throws(DomainError) -> SafeFilename {
    guard let name = SafeFilename(checking: filename) else {
      throw .invalid(
        "This file name cannot be used.",
        hint: "Use one plain name without \"/\", control characters or a leading dot, 200 bytes at most.")
    }
    let lowered = name.value.lowercased()
    guard [".json", ".jsonl", ".txt"].contains(where: { lowered.hasSuffix($0) }) else {
      throw DomainError(
        .unsupportedMedia, "Only .json, .jsonl and .txt files can be trained on.",
        hint: "Convert the file, then upload it again.")
    }
    return name
  }

  /// Stores what was fed, and says whether it is new.
  ///
  /// The same name with the same bytes is the dataset that is there already; the same name with
  /// other bytes is its next version, stored under a name of its own: `a (2).json`.
  package func finish(_ upload: DatasetUpload) async throws(DomainError) -> (
    dataset: DatasetRecord, isNew: Bool
  ) {
    let report = await upload.report()
    // What came meanwhile by another upload counts too.
    if let room = try await quotas.room(of: upload.user), await upload.size > room {
      await upload.abandon()
      throw UserQuota.storageExceeded(room: room)
    }
    let base = upload.filename.value
    let versions = try await datasets.versions(of: base, owner: upload.user)
    // A number that was given once is not given again, also where its file is gone.
    let newest = try await datasets.newestVersion(of: base, owner: upload.user)
    let next = versions.isEmpty ? 1 : newest + 1
    for number in next..<next + 100 {
      let name = number == 1 ? base : SafeFilename.numbered(base, number)
      if try await datasets.dataset(filename: name, owner: upload.user) != nil { continue }
      let key = BlobKey(userID: upload.user, filename: name)
      let receipt: BlobReceipt
      do {
        receipt = try await upload.commit(as: key)
      } catch  where error.code == .conflict {
        continue  // a file without a row lies there: leave it alone and take the next number
      }
      if let twin = versions.first(where: { $0.contentHash == receipt.contentHash }) {
        try await blobs.remove(key)
        return (twin, false)
      }
      let record = DatasetRecord(
        id: .make(), userID: upload.user, filename: name, name: base, path: await path(key),
        size: receipt.size, contentHash: receipt.contentHash, format: report.format?.rawValue ?? "unknown",
        rows: report.rows,
        problemCount: report.problemCount, report: try encodeJSON(report), createdAt: clock.now())
      try await store(record, key)
      // The store gave it its version.
      return (try await dataset(record.id, of: upload.user), true)
    }
    await upload.abandon()
    throw .conflict("There are too many datasets of this name.", hint: "Rename the file, or delete old ones.")
  }

  private func store(_ record: DatasetRecord, _ key: BlobKey) async throws(DomainError) {
    let event = NewEvent(
      kind: .datasetAdded, userID: record.userID, subject: record.id.rawValue,
      fields: ["filename": .text(record.filename), "rows": .integer(Int64(record.rows))])
    do {
      events.publish([
        try await datasets.insert(
          record, event: event, mostBytes: try await quotas.mostBytes(of: record.userID))
      ])
    } catch {
      try? await blobs.remove(key)  // the row decides: a file without one must not stay
      throw error
    }
    log.info("dataset stored", ["dataset": record.id.rawValue, "bytes": String(record.size)])
  }

  package func list(of user: UserID) async throws(DomainError) -> [DatasetRecord] {
    try await datasets.datasets(owner: user)
  }

  package func dataset(_ id: DatasetID, of user: UserID) async throws(DomainError) -> DatasetRecord {
    guard let record = try await datasets.dataset(id, owner: user) else { throw .notFound("The dataset") }
    return record
  }

  /// All versions of a dataset, newest first, each with the tasks that used it, newest first.
  package func versions(of dataset: DatasetRecord) async throws(DomainError)
    -> [(dataset: DatasetRecord, tasks: [TaskRecord])]
  {
    let all = try await tasks.tasks(owner: dataset.userID, states: [], limit: 1_000)
    return try await datasets.versions(of: dataset.name, owner: dataset.userID).map { version in
      (version, all.filter { $0.datasetIDs.contains(version.id) })
    }
  }

  /// The unfinished tasks that use a dataset.
  package func users(of dataset: DatasetRecord) async throws(DomainError) -> [TaskID] {
    let unfinished: [TaskState] = [.pending, .queued, .staging, .running]
    return try await tasks.tasks(owner: dataset.userID, states: unfinished, limit: 1_000)
      .filter { $0.datasetIDs.contains(dataset.id) }.map(\.id)
  }

  /// Where the stored file lies on this machine; nil where it is kept elsewhere.
  package func localPath(of dataset: DatasetRecord) -> String? {
    blobs.localPath(of: BlobKey(userID: dataset.userID, filename: dataset.filename))
  }

  /// The file's bytes `range`, at the reader's pace.
  package func read(_ dataset: DatasetRecord, range: Range<Int64>) async throws(DomainError)
    -> AsyncThrowingStream<[UInt8], any Error>
  {
    try await blobs.read(BlobKey(userID: dataset.userID, filename: dataset.filename), range: range)
  }

  /// Rows as they stand in the file, and the numbers of those longer than `limit` bytes; fewer where it ends before.
  package func rows(_ numbers: ClosedRange<Int>, of dataset: DatasetRecord, limit: Int)
    async throws -> (rows: [DatasetRow], passed: [Int])
  {
    let reader = RowReader(
      RowPicker(filename: dataset.filename, rows: numbers, limit: limit), executor: inspection)
    for try await piece in try await read(dataset, range: 0..<dataset.size) {
      guard await reader.push(piece) else { break }
    }
    try Task.checkCancellation()
    return await reader.finish()
  }

  /// Throws `conflict` while an unfinished task uses it.
  package func delete(_ id: DatasetID, of user: UserID) async throws(DomainError) {
    let event = NewEvent(kind: .datasetDeleted, userID: user, subject: id.rawValue)
    guard let dataset = try await datasets.dataset(id, owner: user) else { throw .notFound("The dataset") }
    let copies = await copies(of: dataset)
    switch try await datasets.delete(id, owner: user, event: event, removing: copies) {
    case .missing: throw .notFound("The dataset")
    case .inUse(let tasks):
      throw .conflict(
        "The dataset is used by \(tasks.count == 1 ? "a task that has" : "\(tasks.count) tasks that have") not ended: "
          + tasks.prefix(5).map(\.rawValue).joined(separator: ", ") + ".",
        hint: "Cancel the task or wait for its end, then delete the dataset.")
    case .deleted(let record, let event):
      events.publish([event])
      try await blobs.remove(BlobKey(userID: user, filename: record.filename))
      log.info("dataset deleted", ["dataset": id.rawValue])
      await removals.carryOut()
    }
  }

  /// Where copies may lie: on every host that was ever connected.
  ///
  /// On this machine there is only the file itself, where files are kept on it.
  private func copies(of dataset: DatasetRecord) async -> [Removal] {
    let isHere = localPath(of: dataset) != nil
    return await fleet.hosts().map(\.description).filter { $0.kind != .local || !isHere }.compactMap { host in
      (try? host.datasetPath(dataset.filename, of: dataset.userID)).map {
        Removal(hostID: host.id, path: $0)
      }
    }
  }
}

/// Reads rows on the thread that reads uploads: it costs time that an event loop does not have.
private actor RowReader {
  private nonisolated let executor: QueueExecutor
  private var picker: RowPicker

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(_ picker: RowPicker, executor: QueueExecutor) {
    self.picker = picker
    self.executor = executor
  }

  func push(_ bytes: [UInt8]) -> Bool { picker.push(bytes) }

  func finish() -> (rows: [DatasetRow], passed: [Int]) { picker.finish() }
}
