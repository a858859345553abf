import Glibc

/// Starts a detached operating system thread that runs `body` once and ends with it.
///
/// For code that blocks (C libraries, files) and for event loops. `name` shows in `top -H`; Linux keeps its
/// first 15 bytes. Throws `ThreadError` when the system has no thread left to give.
package func startThread(name: String, _ body: @escaping @Sendable () -> Void) throws(ThreadError) {
  let start = Unmanaged.passRetained(ThreadStart(name: name, body: body))
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  defer { pthread_attr_destroy(&attributes) }
  pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
  var thread = pthread_t()
  let failure = pthread_create(
    &thread, &attributes,
    { raw in
      guard let raw else { return nil }
      let start = Unmanaged<ThreadStart>.fromOpaque(raw).takeRetainedValue()
      nameThisThread(start.name)
      start.body()
      return nil
    }, start.toOpaque())
  if failure != 0 {
    start.release()
    throw ThreadError(errno: failure)
  }
}

/// Sets the name that `top -H` shows.
///
/// Through /proc: Swift sees neither `pthread_setname_np` nor `prctl`.
private func nameThisThread(_ name: String) {
  let comm = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
  if comm < 0 { return }
  _ = Array(name.utf8.prefix(15)).withUnsafeBytes { write(comm, $0.baseAddress, $0.count) }
  close(comm)
}

/// The system refused to make a thread.
package struct ThreadError: Error, Sendable, CustomStringConvertible {
  /// The value `pthread_create` returned, for example `EAGAIN`.
  package let errno: Int32

  package var description: String { "no operating system thread could be started" }
}

private final class ThreadStart: Sendable {
  let name: String
  let body: @Sendable () -> Void

  init(name: String, body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }
}
