import CSystem
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
      // Not through /proc, which would want a descriptor: there may be none left, or the last one be missed elsewhere.
      csystem_name_thread(start.name)
      start.body()
      return nil
    }, start.toOpaque())
  if failure != 0 {
    start.release()
    throw ThreadError(errno: failure)
  }
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
