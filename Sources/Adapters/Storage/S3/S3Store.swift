package import Domain
import HTTPWire
import Synchronization

/// Stored files in a bucket of an object store: `PREFIX/{user_id}/{folder}/{filename}`.
///
/// A file is written to a draft on this machine's disk and sent when it is whole: in parts of 8 MiB and more, each with
/// its SHA-256 in the signature, compared with what the store has in the end, and only then under its name. What is given
/// up, by whatever end of the server too, is taken away again.
package final class S3Store: BlobStoring {
  /// Sendings at one time; each holds a part, and libcurl a copy of it.
  private static let mostSendings = 4
  /// Uploads in parts of this age are nobody's any more, whoever began them.
  private static let oldSeconds = 3.0 * 86_400

  package let location: S3Location
  private let objects: S3Objects
  private let sending: S3Sending
  private let drafts: LocalFolderStore
  private let journal: S3Journal
  private let turns = SendingTurns(mostSendings)
  private let clock: WallClock
  private let log: ServerLog
  /// Names that are being given or taken away just now: one at a time is at each.
  private let reserved = Mutex<Set<String>>([])

  /// - Parameters:
  ///   - drafts: takes what comes until it is whole.
  ///   - folder: where is noted what is still to be taken away from the store; this server's alone.
  ///   - executor: a thread for calls that block (`QueueExecutor`); never an event loop.
  ///   - partSize: bytes that are sent at once; a file of no more is sent whole.
  ///
  /// Throws where the folder cannot be made or read.
  package init(
    client: S3Client, abilities: S3Abilities, drafts: LocalFolderStore, journal folder: String,
    executor: any SerialExecutor, digest: @escaping @Sendable () -> any ContentDigest,
    partSize: Int64 = 8 << 20, clock: WallClock, log: ServerLog
  ) throws(DomainError) {
    location = client.location
    objects = S3Objects(client: client)
    sending = S3Sending(
      objects: objects, abilities: abilities, partSize: partSize,
      digest: S3Digest(executor: executor, make: digest))
    self.drafts = drafts
    journal = try S3Journal(folder: folder, executor: executor)
    self.clock = clock
    self.log = log
  }

  private func name(of key: BlobKey) -> String {
    location.key("\(key.userID.rawValue)/\(key.folder.rawValue)/\(key.filename)")
  }

  package func create(for user: UserID) async throws(DomainError) -> any BlobWriting {
    S3Upload(draft: try await drafts.draft(for: user), user: user, store: self)
  }

  package func localPath(of key: BlobKey) -> String? { nil }

  package func size(of key: BlobKey) async throws(DomainError) -> Int64 {
    guard isSafe(key) else { throw .notFound("The file") }
    do throws(S3Failure) {
      if let facts = try await objects.facts(of: name(of: key)) { return facts.size }
    } catch {
      throw error.error
    }
    throw .notFound("The file")
  }

  package func read(_ key: BlobKey, range: Range<Int64>) async throws(DomainError)
    -> AsyncThrowingStream<[UInt8], any Error>
  {
    guard isSafe(key) else { throw .notFound("The file") }
    let reader = S3Read(name(of: key), range: range, client: objects.client)
    try await reader.begin()
    return AsyncThrowingStream { try await reader.next() }
  }

  package func lend(
    _ key: BlobKey, contentHash: String, progress: @Sendable (TransferProgress) -> Void,
    _ body: (String) async throws(DomainError) -> Void
  ) async throws(DomainError) {
    let total = try await size(of: key)
    let copy = try await drafts.draft(for: key.userID)
    do {
      for try await piece in try await read(key, range: 0..<total) {
        try await copy.write(piece)
        progress(TransferProgress(sent: await copy.size, total: total))
      }
      try Task.checkCancellation()
      guard try await copy.seal().contentHash == contentHash else {
        throw S3Failure.damaged("the object has another hash than the dataset")
      }
      try await body(copy.path)
      await copy.abandon()
    } catch {
      await copy.abandon()
      throw Self.domain(error)
    }
  }

  /// What cannot be removed now is noted, and removed as soon as the store can be reached.
  package func remove(_ key: BlobKey) async throws(DomainError) {
    guard isSafe(key) else { return }
    let name = name(of: key)
    let note = try await journal.note(.init(key: name, sending: nil))
    // Where another is at it just now, it is done in the next round.
    guard reserve(name) else { return }
    defer { release(name) }
    await cleanUp(note, name, nil)
  }

  /// A line of text beside users' files; nil where it is not there.
  package func note(_ name: String) async throws(DomainError) -> String? {
    do throws(S3Failure) {
      let body = try await objects.client.send(S3Request(.get, location.key(name)), upTo: 4096).body
      return String(String(decoding: body, as: UTF8.self).prefix { !$0.isNewline })
    } catch {
      if error.isMissing { return nil }
      throw error.error
    }
  }

  package func setNote(_ name: String, _ text: String) async throws(DomainError) {
    do throws(S3Failure) {
      try await objects.put(Array("\(text)\n".utf8), at: location.key(name), nil, ifAbsent: false)
    } catch {
      throw error.error
    }
  }

  // MARK: Sending

  /// Sends a sealed draft; throws `conflict` where the name is in use.
  func keep(_ draft: LocalUpload, _ receipt: BlobReceipt, as key: BlobKey) async throws(DomainError) {
    let name = name(of: key)
    guard reserve(name) else { throw Self.taken }
    defer { release(name) }
    // A removal that is still due would take the new one.
    if await journal.isNoted(name) { throw Self.taken }
    let label = S3Objects.Label(contentHash: receipt.contentHash, sending: randomUUID())
    let note = try await journal.note(.init(key: name, sending: label.sending))
    guard await turns.take() else {
      await journal.end(note)
      throw Self.domain(CancellationError())
    }
    do {
      try await sending.send(name, size: receipt.size, label) { try await draft.read($0) }
      await turns.give()
      await journal.end(note)
    } catch {
      await turns.give()
      // Of its own: a cancelled task's requests would fail at once.
      await Task { await self.cleanUp(note, name, label.sending) }.value
      if (error as? S3Failure)?.status == 412 { throw Self.taken }
      throw Self.domain(error)
    }
  }

  private func cleanUp(_ note: String, _ name: String, _ sending: String?) async {
    do throws(S3Failure) {
      if let sending {
        try await self.sending.cleanUp(name, sending: sending)
      } else {
        try await objects.remove(name)
      }
      await journal.end(note)
    } catch {
      log.warning("an object store could not be tidied up yet", ["error": error.error.debugDescription])
    }
  }

  /// Takes away what an earlier end of this server left; then, again and again, what could not be removed at its time,
  /// and uploads in parts that a server left which is no more.
  package func run() async {
    var rounds = 0
    while !Task.isCancelled {
      for (note, entry) in await journal.entries { await takeBack(note, entry) }
      if rounds % 360 == 0 { await sweep() }
      rounds += 1
      do { try await Task.sleep(for: .seconds(60)) } catch { return }
    }
  }

  /// Nobody else may be at the name meanwhile; and what was ended since the list was made is done, and must stay.
  private func takeBack(_ note: String, _ entry: S3Journal.Entry) async {
    guard reserve(entry.key) else { return }
    defer { release(entry.key) }
    if await journal.holds(note) { await cleanUp(note, entry.key, entry.sending) }
  }

  /// Ends uploads in parts that are older than three days.
  package func sweep() async {
    let limit = clock.now().adding(seconds: -Self.oldSeconds).iso8601
    do throws(S3Failure) {
      for upload in try await objects.unfinished(location.key("")) where upload.begun < limit {
        guard !upload.begun.isEmpty, !isReserved(upload.key) else { continue }
        try await objects.abort(upload.id, at: upload.key)
        log.info("an old unfinished upload to the object store was ended")
      }
    } catch {
      log.warning(
        "old unfinished uploads to the object store could not be ended",
        ["error": error.error.debugDescription])
    }
  }

  private func isReserved(_ key: String) -> Bool { reserved.withLock { $0.contains(key) } }
  private func reserve(_ key: String) -> Bool { reserved.withLock { $0.insert(key).inserted } }
  private func release(_ key: String) { _ = reserved.withLock { $0.remove(key) } }

  private static func domain(_ error: any Error) -> DomainError {
    switch error {
    case let error as DomainError: error
    case let error as S3Failure: error.error
    default: S3Failure.cancelled.error
    }
  }

  private static let taken = DomainError.conflict(
    "A file of that name is there already.", hint: "Rename it, or delete the other one first.")
}

/// A file on its way to the store: a draft on this machine until it is whole.
actor S3Upload: BlobWriting {
  private let draft: LocalUpload
  private let user: UserID
  private let store: S3Store

  init(draft: LocalUpload, user: UserID, store: S3Store) {
    self.draft = draft
    self.user = user
    self.store = store
  }

  func write(_ bytes: [UInt8]) async throws(DomainError) { try await draft.write(bytes) }

  func commit(as key: BlobKey) async throws(DomainError) -> BlobReceipt {
    guard isSafe(key), key.userID == user else {
      throw .invalid("The file's name cannot be used.", hint: "Use letters, digits, spaces, dots and dashes.")
    }
    let receipt = try await draft.seal()
    do throws(DomainError) {
      try await store.keep(draft, receipt, as: key)
    } catch {
      // After a conflict another name may be tried.
      if error.code != .conflict { await draft.abandon() }
      throw error
    }
    await draft.abandon()
    return receipt
  }

  func abandon() async { await draft.abandon() }
}

/// Lets so many through at one time, in the order they came.
private actor SendingTurns {
  private var free: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(_ count: Int) { free = count }

  /// False where the task was cancelled meanwhile; the turn is given on then.
  func take() async -> Bool {
    if free > 0 {
      free -= 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
    if Task.isCancelled {
      give()
      return false
    }
    return true
  }

  func give() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
  }
}
