import Concurrency
package import Domain

/// Files that come in parts: paused, cut off and gone on with, also behind a restart of the server.
///
/// What is there of a file is what lies on the disk. When it is whole it goes through the same door as a file that is
/// sent at once.
package actor ResumableUploads {
  /// How far an upload is.
  package struct Standing: Sendable {
    package let upload: PartialUpload
    /// Bytes that are there.
    package let offset: Int64
    /// Somebody sends a part of it now.
    package let isActive: Bool
  }

  /// Unfinished uploads of one user.
  package static let mostOfUser = 10
  /// Seconds after which an upload that nobody goes on with is forgotten.
  package static let keptSeconds = 3.0 * 86_400

  private let datasets: DatasetService
  private let store: any UploadStoring
  private let parts: any PartStoring
  private let makeDigest: @Sendable () -> any ContentDigest
  private let hashing: QueueExecutor
  private let clock: WallClock
  private let log: ServerLog
  private let limit: Int64
  private var writers: [UploadID: UploadPart] = [:]
  private var completing: Set<UploadID> = []

  /// - Parameter limit: bytes of a file.
  ///
  /// Throws where the thread that hashes cannot be started.
  package init(
    datasets: DatasetService, store: any UploadStoring, parts: any PartStoring,
    digest: @escaping @Sendable () -> any ContentDigest, clock: WallClock, log: ServerLog, limit: Int64
  ) throws {
    self.datasets = datasets
    self.store = store
    self.parts = parts
    makeDigest = digest
    hashing = try QueueExecutor(name: "hash")
    self.clock = clock
    self.log = log
    self.limit = limit
  }

  /// Begins an upload of a file of `size` bytes.
  ///
  /// Throws what `DatasetService.begin` throws, `too_large`, `quota_exceeded`, and `conflict` where the user has too many unfinished.
  package func begin(filename: String, size: Int64, for user: UserID) async throws(DomainError) -> Standing {
    let name = try DatasetService.check(filename: filename)
    guard size > 0 else {
      throw .invalid("The file is empty.", hint: "Upload a file with at least one row.")
    }
    guard size <= limit else {
      throw DomainError(
        .tooLarge, "The file is larger than \(limit) bytes.",
        hint: "Split it, or have the limit raised (MAX_UPLOAD_SIZE).")
    }
    try await datasets.checkRoom(for: size, of: user)
    guard try await list(of: user).count < Self.mostOfUser else {
      throw .conflict(
        "You have \(Self.mostOfUser) unfinished uploads.", hint: "Finish or discard one of them first.")
    }
    let now = clock.now()
    let upload = PartialUpload(
      id: .make(), userID: user, filename: name.value, size: size, createdAt: now, touchedAt: now)
    try await store.insert(upload)
    do throws(DomainError) {
      try await parts.make(upload.key)
    } catch {
      try? await store.delete(upload.id)
      throw error
    }
    return Standing(upload: upload, offset: 0, isActive: false)
  }

  /// The user's unfinished uploads, newest first.
  package func list(of user: UserID) async throws(DomainError) -> [Standing] {
    var found: [Standing] = []
    for upload in try await store.uploads(owner: user) where upload.datasetID == nil {
      found.append(try await standing(upload))
    }
    return found
  }

  package func standing(_ id: UploadID, of user: UserID) async throws(DomainError) -> Standing {
    try await standing(try await upload(id, user))
  }

  private func upload(_ id: UploadID, _ user: UserID) async throws(DomainError) -> PartialUpload {
    guard let upload = try await store.upload(id, owner: user) else { throw .notFound("The upload") }
    return upload
  }

  private func standing(_ upload: PartialUpload) async throws(DomainError) -> Standing {
    let length = upload.datasetID == nil ? try await parts.length(of: upload.key) : upload.size
    return Standing(upload: upload, offset: length ?? 0, isActive: writers[upload.id] != nil)
  }

  /// SHA-256 of what is there, by which a file that is chosen again is known.
  package func contentHash(of standing: Standing) async throws -> String {
    let digest = PartDigest(makeDigest, executor: hashing)
    for try await piece in try await parts.read(standing.upload.key, range: 0..<standing.offset) {
      await digest.update(piece)
    }
    try Task.checkCancellation()
    return await digest.finish()
  }

  /// Opens the file for a part that begins at `offset`; write to it, then `close` it in any case.
  ///
  /// Who opened it before is cut off: a connection that died may not be known to be dead yet. Throws `conflict` where
  /// `offset` is not the end of what is there.
  package func open(_ id: UploadID, at offset: Int64, of user: UserID) async throws(DomainError) -> UploadPart
  {
    let upload = try await unfinished(id, user)
    guard !completing.contains(id) else { throw Self.isChecked }
    if let before = writers[id] {
      await before.cutOff()
      if writers[id] === before { writers[id] = nil }
    }
    // What came to another server's disk is begun anew at this one.
    if try await parts.length(of: upload.key) == nil { try await parts.make(upload.key) }
    guard let length = try await parts.length(of: upload.key) else { throw .notFound("The upload") }
    guard length == offset, writers[id] == nil else {
      throw .conflict(
        "The upload stands at byte \(length), not \(offset).",
        hint: "Ask where it stands, and go on from there.")
    }
    let part = UploadPart(upload, at: offset)
    // Before the wait: who comes meanwhile finds it.
    writers[id] = part
    do throws(DomainError) {
      await part.take(try await parts.append(to: upload.key))
    } catch {
      if writers[id] === part { writers[id] = nil }
      throw error
    }
    return part
  }

  /// Ends a part, whole or not, and tells how far the file is.
  package func close(_ part: UploadPart) async throws(DomainError) -> Standing {
    await part.cutOff()
    if writers[part.upload.id] === part { writers[part.upload.id] = nil }
    try await store.touch(part.upload.id, at: clock.now(), dataset: nil)
    return try await standing(part.upload)
  }

  /// Checks the whole file and makes it a dataset, as if it had been sent at once; asked again it says the same.
  ///
  /// Throws `conflict` where bytes are missing.
  package func complete(_ id: UploadID, of user: UserID) async throws
    -> (dataset: DatasetRecord, isNew: Bool)
  {
    let upload = try await upload(id, user)
    if let dataset = upload.datasetID { return (try await datasets.dataset(dataset, of: user), true) }
    guard completing.insert(id).inserted else { throw Self.isChecked }
    defer { completing.remove(id) }
    if let writer = writers[id] {
      await writer.cutOff()
      writers[id] = nil
    }
    let standing = try await standing(upload)
    guard standing.offset == upload.size else {
      throw DomainError.conflict(
        "\(upload.size - standing.offset) bytes of the file are missing.",
        hint: "Send the rest, from byte \(standing.offset) on.")
    }
    let made = try await take(upload)
    try await store.touch(id, at: clock.now(), dataset: made.dataset.id)
    try await parts.remove(upload.key)
    return made
  }

  private func take(_ upload: PartialUpload) async throws -> (dataset: DatasetRecord, isNew: Bool) {
    let whole = try await datasets.begin(filename: upload.filename, for: upload.userID)
    do {
      for try await piece in try await parts.read(upload.key, range: 0..<upload.size) {
        try await whole.write(piece)
      }
      try Task.checkCancellation()
      return try await datasets.finish(whole)
    } catch {
      await whole.abandon()
      throw error
    }
  }

  /// Forgets an upload that is not whole.
  package func discard(_ id: UploadID, of user: UserID) async throws(DomainError) {
    let upload = try await unfinished(id, user)
    guard !completing.contains(id) else { throw Self.isChecked }
    try await forget(upload)
  }

  /// Forgets all uploads of a user's; one that is being checked just now is left for another time.
  func discardAll(of user: UserID) async throws(DomainError) {
    for upload in try await store.uploads(owner: user) where !completing.contains(upload.id) {
      try await forget(upload)
    }
  }

  private func unfinished(_ id: UploadID, _ user: UserID) async throws(DomainError) -> PartialUpload {
    let upload = try await upload(id, user)
    guard upload.datasetID == nil else {
      throw .conflict("The upload is whole already.", hint: "Look at the list of datasets.")
    }
    return upload
  }

  private func forget(_ upload: PartialUpload) async throws(DomainError) {
    if let writer = writers.removeValue(forKey: upload.id) { await writer.cutOff() }
    try await store.delete(upload.id)
    try await parts.remove(upload.key)
  }

  private static let isChecked = DomainError.conflict(
    "The file is being checked.", hint: "Wait for the end of it.")

  /// Forgets every hour what nobody goes on with, and files of which nothing is known.
  package func run() async {
    while !Task.isCancelled {
      do throws(DomainError) {
        try await sweep()
      } catch {
        log.warning("old uploads could not be forgotten", ["error": error.debugDescription])
      }
      do { try await Task.sleep(for: .seconds(3600)) } catch { return }
    }
  }

  /// Forgets what was last used before `keptSeconds` ago.
  package func sweep() async throws(DomainError) {
    for upload in try await store.untouched(since: clock.now().adding(seconds: -Self.keptSeconds))
    where writers[upload.id] == nil && !completing.contains(upload.id) {
      try await forget(upload)
      log.info("an unfinished upload was forgotten", ["upload": upload.id.rawValue])
    }
    for part in await parts.parts() where try await store.upload(part.id, owner: part.userID) == nil {
      try await parts.remove(part)
    }
  }
}
