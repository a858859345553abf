import Domain
import Glibc

/// A file being written, on the thread of its executor; owns its descriptor and its draft.
actor LocalUpload: BlobWriting {
  private nonisolated let executor: any SerialExecutor
  private nonisolated let handle: DraftFile
  private let root: String
  private let user: UserID
  private let digest: any ContentDigest
  private(set) var size: Int64 = 0
  private var isDone = false
  private var sealed: BlobReceipt?

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(
    descriptor: Int32, path: String, root: String, user: UserID, digest: @Sendable () -> any ContentDigest,
    executor: any SerialExecutor
  ) {
    handle = DraftFile(descriptor: descriptor, path: path)
    self.root = root
    self.user = user
    self.digest = digest()
    self.executor = executor
  }

  func write(_ bytes: [UInt8]) async throws(DomainError) {
    if isDone || sealed != nil { throw diskError("write", EBADF) }
    let failure = writeWhole(bytes, to: handle.descriptor)
    if failure != 0 {
      finish()
      throw diskError("write", failure)
    }
    digest.update(bytes)
    size += Int64(bytes.count)
  }

  func commit(as key: BlobKey) async throws(DomainError) -> BlobReceipt {
    if isDone { throw diskError("commit", EBADF) }
    guard isSafe(key), key.userID == user else {
      throw .invalid("The file's name cannot be used.", hint: "Use letters, digits, spaces, dots and dashes.")
    }
    let folder = root + "/" + user.rawValue + "/" + key.folder.rawValue
    try makeFolders(folder)
    if fsync(handle.descriptor) < 0 { throw abandoned("fsync", errno) }
    // A link does not replace what is there, as a rename would. After a conflict another name may be tried.
    if link(handle.path, folder + "/" + key.filename) < 0 {
      if errno == EEXIST {
        throw .conflict(
          "A file of that name is there already.", hint: "Rename it, or delete the other one first.")
      }
      throw abandoned("link", errno)
    }
    syncFolder(of: folder + "/x")
    finish()
    return BlobReceipt(size: size, contentHash: digest.finish())
  }

  /// Flushes what was written to the disk and takes nothing more; the draft stays until it is abandoned.
  func seal() throws(DomainError) -> BlobReceipt {
    if let sealed { return sealed }
    if isDone { throw diskError("seal", EBADF) }
    if fsync(handle.descriptor) < 0 { throw abandoned("fsync", errno) }
    let receipt = BlobReceipt(size: size, contentHash: digest.finish())
    sealed = receipt
    return receipt
  }

  /// Where a sealed draft lies.
  nonisolated var path: String { handle.path }

  /// Bytes of what was written; throws where there are fewer.
  func read(_ range: Range<Int64>) throws(DomainError) -> [UInt8] {
    if isDone { throw diskError("read", EBADF) }
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      while count < range.count {
        let done = pread(
          handle.descriptor, buffer.baseAddress?.advanced(by: count), range.count - count,
          off_t(range.lowerBound) + off_t(count))
        if done > 0 {
          count += done
        } else if done == 0 || errno != EINTR {
          failure = done == 0 ? EIO : errno
          return
        }
      }
    }
    if failure != 0 { throw diskError("read", failure) }
    return bytes
  }

  func abandon() async { finish() }

  private func abandoned(_ operation: String, _ failure: Int32) -> DomainError {
    finish()
    return diskError(operation, failure)
  }

  private func finish() {
    isDone = true
    handle.discard()
  }
}

/// The draft's one owner: what is dropped without a commit leaves nothing.
private final class DraftFile: @unchecked Sendable {
  // @unchecked: changed by `discard` alone, which only the actor's thread and, after it, `deinit` call.
  let path: String
  private(set) var descriptor: Int32

  init(descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  deinit { discard() }

  func discard() {
    if descriptor < 0 { return }
    unlink(path)
    close(descriptor)
    descriptor = -1
  }
}

/// Reads a range in pieces, each when it is asked for.
actor LocalRead {
  private static let pieceSize: Int64 = 262_144

  private nonisolated let executor: any SerialExecutor
  private nonisolated let file: OpenFile
  private var offset: Int64
  private let end: Int64

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(descriptor: Int32, range: Range<Int64>, executor: any SerialExecutor) {
    file = OpenFile(descriptor: descriptor)
    offset = max(0, range.lowerBound)
    end = range.upperBound
    self.executor = executor
  }

  /// The next piece; nil at the end of the range or of the file.
  func next() throws(DomainError) -> [UInt8]? {
    let wanted = Int(min(Self.pieceSize, end - offset))
    if wanted <= 0 { return nil }
    var failure: Int32 = 0
    let piece = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
      var done = pread(file.descriptor, buffer.baseAddress, wanted, off_t(offset))
      while done < 0, errno == EINTR {
        done = pread(file.descriptor, buffer.baseAddress, wanted, off_t(offset))
      }
      if done < 0 { failure = errno }
      count = max(0, done)
    }
    if failure != 0 { throw diskError("read", failure) }
    offset += Int64(piece.count)
    return piece.isEmpty ? nil : piece
  }
}

/// Writes all of it; gives 0, or why it could not.
func writeWhole(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
  bytes.withUnsafeBytes { raw in
    var written = 0
    while written < raw.count {
      let done = Glibc.write(descriptor, raw.baseAddress?.advanced(by: written), raw.count - written)
      if done >= 0 {
        written += done
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }
}

/// A descriptor's one owner.
final class OpenFile: Sendable {
  let descriptor: Int32
  init(descriptor: Int32) { self.descriptor = descriptor }
  deinit { close(descriptor) }
}
