import Glibc

/// A file that appears under its name when it is whole, and not at all before.
final class DownloadedFile {
  private let path: String
  private let temporary: String
  private let descriptor: Int32
  private let mayReplace: Bool
  private var size: Int64 = 0
  private var isFinished = false

  init(_ path: String, mayReplace: Bool) throws(CommandFailure) {
    self.path = path
    self.mayReplace = mayReplace
    temporary = "\(path).\(getpid()).part"
    if !mayReplace, access(path, F_OK) == 0 { throw Self.exists(path) }
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o666)
    if descriptor < 0 {
      throw CommandFailure(.failed, "\(path) cannot be written: \(systemError()).", code: "write_failed")
    }
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    if !isFinished { unlink(temporary) }
  }

  /// Returns the bytes written so far.
  func write(_ bytes: [UInt8]) throws(CommandFailure) -> Int64 {
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress! + offset, bytes.count - offset)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        throw CommandFailure(.failed, "\(path) cannot be written: \(systemError()).", code: "write_failed")
      }
      offset += count
    }
    size += Int64(bytes.count)
    return size
  }

  func finish() throws(CommandFailure) {
    // link() refuses a file that came in the meantime; rename() would replace it.
    let isPlaced = mayReplace ? rename(temporary, path) == 0 : link(temporary, path) == 0
    guard isPlaced else {
      if errno == EEXIST { throw Self.exists(path) }
      throw CommandFailure(.failed, "\(path) cannot be written: \(systemError()).", code: "write_failed")
    }
    if !mayReplace { unlink(temporary) }
    isFinished = true
  }

  private static func exists(_ path: String) -> CommandFailure {
    CommandFailure(.conflict, "\(path) is there already.", hint: "Use --force to replace it, or -o FILE.")
  }
}
