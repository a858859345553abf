package import Domain
import Glibc

/// Files that come in parts: `root/{user_id}/.parts/{upload_id}`, mode 0600.
///
/// They are no drafts of a connection, so a server that starts leaves them where they are.
package struct LocalParts: PartStoring {
  private let root: String
  private let worker: DiskWorker

  /// - Parameter executor: a thread for calls that block (`QueueExecutor`); never an event loop.
  package init(root: String, executor: any SerialExecutor) {
    self.root = root
    worker = DiskWorker(executor: executor)
  }

  private func folder(of user: String) -> String { root + "/" + user + "/.parts" }

  private func path(of part: PartKey) throws(DomainError) -> String {
    guard UserID(checking: part.userID.rawValue) != nil, UploadID(checking: part.id.rawValue) != nil else {
      throw .notFound("The upload")
    }
    return folder(of: part.userID.rawValue) + "/" + part.id.rawValue
  }

  package func make(_ part: PartKey) async throws(DomainError) {
    let (path, folder) = (try path(of: part), folder(of: part.userID.rawValue))
    try await worker.run { () throws(DomainError) in
      try makeFolders(folder)
      let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
      if descriptor < 0 { throw diskError("open", errno) }
      close(descriptor)
      syncFolder(of: path)
    }
  }

  package func length(of part: PartKey) async throws(DomainError) -> Int64? {
    let path = try path(of: part)
    return try await worker.run { () throws(DomainError) in
      var about = stat()
      if lstat(path, &about) < 0 {
        if errno == ENOENT { return nil }
        throw diskError("stat", errno)
      }
      return about.st_mode & S_IFMT == S_IFREG ? Int64(about.st_size) : nil
    }
  }

  package func append(to part: PartKey) async throws(DomainError) -> any PartWriting {
    let path = try path(of: part)
    let descriptor = try await worker.run { () throws(DomainError) in
      let descriptor = open(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC)
      if descriptor < 0 { throw errno == ENOENT ? .notFound("The upload") : diskError("open", errno) }
      return descriptor
    }
    return PartWriter(descriptor: descriptor, executor: worker.executor)
  }

  package func read(_ part: PartKey, range: Range<Int64>) async throws(DomainError)
    -> AsyncThrowingStream<[UInt8], any Error>
  {
    let path = try path(of: part)
    let descriptor = try await worker.run { () throws(DomainError) in
      let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
      if descriptor < 0 { throw errno == ENOENT ? .notFound("The upload") : diskError("open", errno) }
      return descriptor
    }
    let reader = LocalRead(descriptor: descriptor, range: range, executor: worker.executor)
    return AsyncThrowingStream { try await reader.next() }
  }

  package func remove(_ part: PartKey) async throws(DomainError) {
    let path = try path(of: part)
    try await worker.run { () throws(DomainError) in
      if unlink(path) < 0, errno != ENOENT { throw diskError("unlink", errno) }
    }
  }

  package func parts() async -> [PartKey] {
    let root = root
    return await worker.run {
      namesInFolder(root).compactMap { UserID(checking: $0) }.flatMap { user in
        namesInFolder(root + "/" + user.rawValue + "/.parts").compactMap { name in
          UploadID(checking: name).map { PartKey(userID: user, id: $0) }
        }
      }
    }
  }
}

/// Writes behind the end of a file, on the thread of its executor; owns its descriptor.
private actor PartWriter: PartWriting {
  private nonisolated let executor: any SerialExecutor
  private nonisolated let file: OpenFile
  private var isClosed = false

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(descriptor: Int32, executor: any SerialExecutor) {
    file = OpenFile(descriptor: descriptor)
    self.executor = executor
  }

  func write(_ bytes: [UInt8]) async throws(DomainError) {
    if isClosed { throw diskError("write", EBADF) }
    let failure = writeWhole(bytes, to: file.descriptor)
    if failure != 0 { throw diskError("write", failure) }
  }

  func close() async {
    if isClosed { return }
    isClosed = true
    fdatasync(file.descriptor)
  }
}
