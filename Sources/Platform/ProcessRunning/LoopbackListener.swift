import CSystem
import EventLoop
import Glibc

/// Listens on 127.0.0.1 alone and gives out its connections one after another.
///
/// Closed by `close()`, by cancelling the task that waits in `accept`, and when it is dropped.
package final class LoopbackListener: Sendable {
  /// What the system gave it.
  package let port: UInt16
  private let acceptor: LoopbackAcceptor
  private let connections: AsyncStream<LoopbackConnection>

  fileprivate init(loops: @escaping @Sendable () -> EventLoop) throws(ProcessError) {
    let listener = socket(
      AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard listener >= 0 else { throw ProcessError(.spawnFailed, executable: "socket", errno: errno) }
    guard let port = Self.bound(listener), listen(listener, 128) == 0 else {
      let failure = errno
      Glibc.close(listener)
      throw ProcessError(.spawnFailed, executable: "listen", errno: failure)
    }
    self.port = port
    let (stream, continuation) = AsyncStream.makeStream(
      of: LoopbackConnection.self, bufferingPolicy: .bufferingOldest(128))
    connections = stream
    let acceptor = LoopbackAcceptor(listener: listener, loops: loops, taken: continuation)
    self.acceptor = acceptor
    continuation.onTermination = { _ in acceptor.loop.execute { acceptor.close() } }
    acceptor.loop.execute { acceptor.watch() }
  }

  deinit { close() }

  /// Every connection until the listener is closed; one consumer.
  package func accepted() -> AsyncStream<LoopbackConnection> { connections }

  /// Takes no further connection; those taken go on.
  package func close() {
    let acceptor = acceptor
    acceptor.loop.execute { acceptor.close() }
  }

  private static func bound(_ listener: Int32) -> UInt16? {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
        bind(listener, plain, length) == 0 && getsockname(listener, plain, &length) == 0
      }
    }
    return isBound ? UInt16(bigEndian: address.sin_port) : nil
  }
}

/// A connection that a `LoopbackListener` took.
package final class LoopbackConnection: Sendable {
  private let descriptor: Int32
  private let reader: PipeReader
  private let writer: PipeWriter

  /// Nil where the process has no descriptor left.
  fileprivate init?(descriptor: Int32, loop: EventLoop) {
    let (reading, writing) = (fcntl(descriptor, F_DUPFD_CLOEXEC, 0), fcntl(descriptor, F_DUPFD_CLOEXEC, 0))
    guard reading >= 0, writing >= 0 else {
      for copy in [reading, writing, descriptor] where copy >= 0 { Glibc.close(copy) }
      return nil
    }
    self.descriptor = descriptor
    reader = PipeReader(descriptor: reading, loop: loop)
    writer = PipeWriter(descriptor: writing, loop: loop)
  }

  deinit { Glibc.close(descriptor) }

  /// The next bytes; nil at the end, also that of a connection that broke.
  package func read() async -> [UInt8]? { (try? await reader.next()) ?? nil }

  /// Returns when the system has taken every byte; false where nobody reads any more.
  package func write(_ bytes: [UInt8]) async -> Bool { (try? await writer.write(bytes)) != nil }

  /// Ends the connection, both ways.
  package func close() {
    shutdown(descriptor, Int32(SHUT_RDWR))
    reader.close()
    writer.close()
  }
}

extension ProcessSpawner {
  /// Listens at a free port of 127.0.0.1.
  package func listen() throws(ProcessError) -> LoopbackListener {
    try LoopbackListener(loops: { anyLoop() })
  }
}

private final class LoopbackAcceptor: ReadinessHandler, @unchecked Sendable {
  // @unchecked: every variable is touched on the loop's thread only.
  let loop: EventLoop
  private let listener: Int32
  private let loops: @Sendable () -> EventLoop
  private let taken: AsyncStream<LoopbackConnection>.Continuation
  private var isWatched = false
  private var isClosed = false

  init(
    listener: Int32, loops: @escaping @Sendable () -> EventLoop,
    taken: AsyncStream<LoopbackConnection>.Continuation
  ) {
    self.listener = listener
    self.loops = loops
    self.taken = taken
    loop = loops()
  }

  func watch() {
    if isClosed || isWatched { return }
    do throws(EventLoopError) {
      try loop.add(listener, .readable, self)
      isWatched = true
    } catch {
      close()
    }
  }

  func ready(_ readiness: Readiness) {
    var address = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let descriptor = csystem_accept(listener, &address, &length)
    if descriptor == -EMFILE || descriptor == -ENFILE {
      // Without a free descriptor it would be called again and again: it looks again in a moment.
      unwatch()
      loop.schedule(after: .milliseconds(100)) { self.watch() }
    }
    guard descriptor >= 0 else { return }
    _ = csystem_set_option(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    // One that nobody takes is closed as it is dropped.
    if let connection = LoopbackConnection(descriptor: descriptor, loop: loops()) { taken.yield(connection) }
  }

  func close() {
    if isClosed { return }
    isClosed = true
    unwatch()
    Glibc.close(listener)
    taken.finish()
  }

  private func unwatch() {
    if !isWatched { return }
    isWatched = false
    loop.remove(listener)
  }
}
