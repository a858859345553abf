import Glibc

/// Tells when the last chat has ended: each holds a shared lock on one file, which the kernel gives back however it
/// ends.
final class ChatHold: Sendable {
  let path: String
  private let descriptor: Int32

  init(path: String) throws(StartError) {
    self.path = path
    descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw StartError("\(path) could not be opened: \(String(cString: strerror(errno))).")
    }
  }

  /// Returns when no chat is left; from then on none can come.
  ///
  /// - Parameter isUsed: whether something is to stay although no chat is there, where a chat asked for it.
  func lastLeft(_ isUsed: @Sendable () async -> Bool) async {
    var waited = 0
    var wasSeen = false
    while !Task.isCancelled {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
        // The first one has half a minute to come.
        let isOver = wasSeen || waited > 60
        if isOver, !asksToStay { return }
        if isOver, await !isUsed() { return }
        flock(descriptor, LOCK_UN)
      } else {
        wasSeen = true
      }
      waited += 1
      do { try await Task.sleep(for: .milliseconds(500)) } catch { return }
    }
  }

  /// A chat that is to leave its model loaded writes something into the file.
  private var asksToStay: Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_size > 0
  }

  deinit { close(descriptor) }
}
