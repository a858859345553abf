import Glibc

/// Keeps a second server away from a data folder: it would take over the first one's models and unload
/// them at its end.
///
/// The kernel gives the lock back however the process ends, kill -9 included.
final class DataFolderLock: Sendable {
  private let descriptor: Int32

  /// Throws where another server has the folder.
  init(folder: String) throws(StartError) {
    let path = "\(folder)/lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw StartError("The lock \(path) could not be opened: \(String(cString: strerror(errno))).")
    }
    var isHeld = flock(descriptor, LOCK_EX | LOCK_NB) == 0
    // A server that has just ended may still be letting go, and a child it was starting has its descriptors for a
    // moment.
    for _ in 0..<10 where !isHeld {
      usleep(100_000)
      isHeld = flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }
    guard isHeld else {
      close(descriptor)
      throw StartError(
        "Another server works on \(folder). End it, or give this one a LUTHIER_DATA_DIR of its own.")
    }
  }

  /// Whether a server has the folder now.
  static func isHeld(folder: String) -> Bool {
    let descriptor = open("\(folder)/lock", O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0
  }

  deinit { close(descriptor) }
}
