package import Domain
import Glibc

/// Stored files in a folder of this machine: `root/{user_id}/{folder}/{filename}`, mode 0600.
///
/// A file is written to `root/{user_id}/.uploads/` and linked to its name when it is whole and on the disk: a name
/// never shows half a file, and never another file than before.
package final class LocalFolderStore: BlobStoring {
  private let root: String
  private let workers: [DiskWorker]
  private let makeDigest: @Sendable () -> any ContentDigest

  /// Makes the root where it is not there, and clears away uploads that a dead server left.
  ///
  /// - Parameter executors: threads for calls that block, at least one (`QueueExecutor`); never an event loop.
  ///
  /// Throws where the root cannot be made or used.
  package init(
    root: String, executors: [any SerialExecutor], digest: @escaping @Sendable () -> any ContentDigest
  ) throws(DomainError) {
    precondition(!executors.isEmpty, "blocking calls need a thread")
    self.root = root
    workers = executors.map(DiskWorker.init)
    makeDigest = digest
    try makeFolders(root)
    for user in namesInFolder(root) where UserID(checking: user) != nil {
      clearUploads(root + "/" + user + "/.uploads")
    }
  }

  /// One user's calls go to one worker: they are done in the order they are asked.
  private func worker(for user: UserID) -> DiskWorker {
    workers[Int(UInt(bitPattern: user.rawValue.hashValue) % UInt(workers.count))]
  }

  package func create(for user: UserID) async throws(DomainError) -> any BlobWriting {
    try await draft(for: user)
  }

  /// A file that has no name yet; what is dropped without one leaves nothing.
  func draft(for user: UserID) async throws(DomainError) -> LocalUpload {
    guard UserID(checking: user.rawValue) != nil else { throw .invalid("This is no user identifier.") }
    let worker = worker(for: user)
    let home = root + "/" + user.rawValue
    let (descriptor, path) = try await worker.run { () throws(DomainError) in try openUpload(home) }
    return LocalUpload(
      descriptor: descriptor, path: path, root: root, user: user, digest: makeDigest,
      executor: worker.executor)
  }

  package func path(of key: BlobKey) -> String {
    root + "/" + key.userID.rawValue + "/" + key.folder.rawValue + "/" + key.filename
  }

  package func localPath(of key: BlobKey) -> String? { path(of: key) }

  package func lend(
    _ key: BlobKey, contentHash: String, progress: @Sendable (TransferProgress) -> Void,
    _ body: (String) async throws(DomainError) -> Void
  ) async throws(DomainError) {
    try await body(path(of: key))
  }

  package func size(of key: BlobKey) async throws(DomainError) -> Int64 {
    guard isSafe(key) else { throw .notFound("The file") }
    let path = path(of: key)
    return try await worker(for: key.userID).run { () throws(DomainError) in
      var about = stat()
      if lstat(path, &about) < 0 { throw errno == ENOENT ? .notFound("The file") : diskError("stat", errno) }
      guard about.st_mode & S_IFMT == S_IFREG else { throw .notFound("The file") }
      return Int64(about.st_size)
    }
  }

  package func exists(_ key: BlobKey) async throws(DomainError) -> Bool {
    guard isSafe(key) else { return false }
    let path = path(of: key)
    return await worker(for: key.userID).run {
      var about = stat()
      return lstat(path, &about) == 0 && about.st_mode & S_IFMT == S_IFREG
    }
  }

  package func read(_ key: BlobKey, range: Range<Int64>) async throws(DomainError)
    -> AsyncThrowingStream<[UInt8], any Error>
  {
    guard isSafe(key) else { throw .notFound("The file") }
    let path = path(of: key)
    let worker = worker(for: key.userID)
    let descriptor = try await worker.run { () throws(DomainError) in
      let descriptor = Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
      if descriptor < 0 { throw errno == ENOENT ? .notFound("The file") : diskError("open", errno) }
      return descriptor
    }
    let reader = LocalRead(descriptor: descriptor, range: range, executor: worker.executor)
    return AsyncThrowingStream { try await reader.next() }
  }

  package func remove(_ key: BlobKey) async throws(DomainError) {
    guard isSafe(key) else { return }
    let path = path(of: key)
    try await worker(for: key.userID).run { () throws(DomainError) in
      if unlink(path) < 0, errno != ENOENT { throw diskError("unlink", errno) }
      syncFolder(of: path)
    }
  }
}

/// Whether the key's parts can be joined to a path.
func isSafe(_ key: BlobKey) -> Bool {
  UserID(checking: key.userID.rawValue) != nil && SafeFilename(checking: key.filename) != nil
}

/// Makes a draft in the user's folder.
private func openUpload(_ home: String) throws(DomainError) -> (Int32, String) {
  try makeFolders(home + "/.uploads")
  let path = home + "/.uploads/" + randomUUID()
  let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
  if descriptor < 0 { throw diskError("open", errno) }
  // Tells a server that starts meanwhile that this draft is no left-over.
  _ = flock(descriptor, LOCK_EX | LOCK_NB)
  return (descriptor, path)
}

/// Removes drafts that no living process holds.
private func clearUploads(_ folder: String) {
  for name in namesInFolder(folder) {
    let path = folder + "/" + name
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 { continue }
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
    close(descriptor)
  }
}
