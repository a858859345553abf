import Glibc

/// One chat's share in a loaded model: chats of this user on this machine know of each other by a lock, which the
/// kernel gives back however a chat ends, so that the last one unloads what any of them has loaded.
final class ModelShare: Sendable {
  private let descriptor: Int32

  /// Where there is no place for the lock, every chat is the last one.
  init(model: String, server: ServerAddress, _ environment: [String: String]) {
    guard let folder = SmallFile.stateFolder(environment) else {
      descriptor = -1
      return
    }
    // FNV-1a: the same file for every chat with this model.
    let mark = "\(server.text) \(model)".utf8.reduce(14_695_981_039_346_656_037 as UInt64) {
      ($0 ^ UInt64($1)) &* 1_099_511_628_211
    }
    descriptor = Glibc.open(
      "\(folder)/model-\(String(mark, radix: 36))", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    // Alone: what an earlier chat noted, which was killed, says nothing about the model of today.
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { ftruncate(descriptor, 0) }
    flock(descriptor, LOCK_SH)
  }

  /// A chat has had the model loaded.
  func noteLoad() {
    var byte = UInt8(ascii: "l")
    if descriptor >= 0 { _ = pwrite(descriptor, &byte, 1, 0) }
  }

  var wasLoadedByChat: Bool {
    var status = stat()
    return descriptor >= 0 && fstat(descriptor, &status) == 0 && status.st_size > 0
  }

  /// Whether no other chat uses the model; from then on this one may unload it.
  var isLast: Bool { descriptor < 0 || flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

  /// The model is unloaded, or is to stay.
  func forget() { if descriptor >= 0 { ftruncate(descriptor, 0) } }

  deinit { if descriptor >= 0 { close(descriptor) } }
}
