package import Domain

/// Documents that an index could not take in, and the bytes of those that another try may take in.
package struct UnreadDocuments: Sendable {
  private let store: any FailedDocumentStoring
  private let files: any PartStoring
  private let clock: WallClock
  private let log: ServerLog
  private let arrivals = Arrivals()

  /// - Parameter files: a folder that nothing else writes to; on this machine alone.
  package init(store: any FailedDocumentStoring, files: any PartStoring, clock: WallClock, log: ServerLog) {
    self.store = store
    self.files = files
    self.clock = clock
    self.log = log
  }

  /// A file for a document that is about to come; nothing is written yet.
  func arrive(for user: UserID) -> ArrivingFile {
    let id = DocumentID.make()
    return ArrivingFile(id: id, key: Self.file(id, of: user), files: files, arrivals: arrivals)
  }

  func list(of index: IndexID, for user: UserID) async throws(DomainError) -> [FailedDocument] {
    try await store.failures(of: index, owner: user)
  }

  func failure(_ id: DocumentID, of user: UserID) async throws(DomainError) -> FailedDocument? {
    try await store.failure(id, owner: user)
  }

  func forget(named name: String, in index: IndexID) async throws(DomainError) {
    try await store.forget(named: name, in: index)
  }

  func retryVectors(of document: DocumentID, for user: UserID) async throws(DomainError) -> Bool {
    try await store.retryVectors(of: document, owner: user)
  }

  /// Lists a document with why it was not taken in.
  ///
  /// What goes wrong with that is logged: the error that it tells of is the one to answer with.
  ///
  /// - Parameter kept: what it is tried again from, where that is of use.
  func keep(
    _ name: String, in index: RetrievalIndex, size: Int64, because error: DomainError, kept: KeptDocument
  ) async {
    guard DocumentFailure.isOfDocument(error) else { return }
    let (id, isKept): (DocumentID, Bool)
    switch kept {
    case .nothing: (id, isKept) = (.make(), false)
    case .held(let bytes):
      id = .make()
      isKept = await written(bytes, to: Self.file(id, of: index.userID))
    // It lies where it is to be already.
    case .file(let file):
      id = file.id
      isKept = (try? await file.length()) == size
    }
    let failed = FailedDocument(
      id: id, indexID: index.id, userID: index.userID, name: name, kind: TextKind(filename: name), size: size,
      reason: DocumentFailure(error), triedAt: clock.now(), isKept: isKept)
    do throws(DomainError) {
      _ = try await store.insert(failed)
    } catch {
      log.warning("a document that failed could not be listed", ["error": error.debugDescription])
    }
  }

  private func written(_ bytes: [UInt8], to file: PartKey) async -> Bool {
    guard !bytes.isEmpty else { return false }
    do throws(DomainError) {
      try await files.make(file)
      let writer = try await files.append(to: file)
      try await writer.write(bytes)
      await writer.close()
      return true
    } catch {
      log.warning("a document that failed could not be kept", ["error": error.debugDescription])
      try? await files.remove(file)
      return false
    }
  }

  /// Gives `take` the bytes of a document piece by piece.
  ///
  /// Throws `conflict` where the server does not have them.
  func read(
    _ failed: FailedDocument, _ take: ([UInt8]) async throws(DomainError) -> Void
  ) async throws(DomainError) {
    let file = Self.file(failed.id, of: failed.userID)
    guard failed.isKept, try await files.length(of: file) == failed.size else {
      throw .conflict(
        "The server has not kept \(failed.name).",
        hint: "Add it again: it is read anew, and listed as failed no more.")
    }
    try await PartReading(files: files, key: file, size: failed.size).pieces(take)
  }

  /// Removes the bytes of what is listed no more, and of what never came whole.
  func sweep() async throws(DomainError) {
    let files = await files.parts().filter { !arrivals.contains($0) }
    guard !files.isEmpty else { return }
    let kept = try await store.kept(among: files.map { DocumentID(rawValue: $0.id.rawValue) })
    for file in files where !kept.contains(DocumentID(rawValue: file.id.rawValue)) {
      try await self.files.remove(file)
    }
  }

  private static func file(_ id: DocumentID, of user: UserID) -> PartKey {
    PartKey(userID: user, id: UploadID(rawValue: id.rawValue))
  }
}
