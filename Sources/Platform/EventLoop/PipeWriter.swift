import CSystem
import Glibc

/// Writes a pipe, socket or terminal on a loop, and owns its descriptor.
///
/// The descriptor is closed by `close()`, by a failed write, and when the writer is dropped.
package final class PipeWriter: Sendable {
  private let sink: PipeSink

  /// Takes over `descriptor` and makes it non-blocking.
  package init(descriptor: Int32, loop: EventLoop) {
    makeNonBlocking(descriptor)
    sink = PipeSink(descriptor: descriptor, loop: loop)
  }

  deinit { close() }

  /// Returns when the system has taken every byte: the caller is as slow as the reader.
  ///
  /// Writes of several tasks do not mix; they go in the order they arrive. Throws `EventLoopError` (`EPIPE`
  /// when the reader is gone, `EBADF` after `close`). Cancelling the task does not take back bytes that wait:
  /// `close` does.
  package func write(_ bytes: [UInt8]) async throws {
    let sink = sink
    try await withCheckedThrowingContinuation { continuation in
      sink.loop.execute { sink.write(bytes, continuation) }
    }
  }

  /// Closes the descriptor: the reader sees the end.
  ///
  /// Writes that still wait fail with `EBADF`.
  package func close() {
    let sink = sink
    sink.loop.execute { sink.close(EBADF) }
  }
}

private final class PipeSink: ReadinessHandler, @unchecked Sendable {
  // @unchecked: every variable is touched on the loop's thread only.
  private struct Pending {
    var bytes: [UInt8]
    var offset = 0
    let continuation: CheckedContinuation<Void, any Error>
  }

  let loop: EventLoop
  private let descriptor: Int32
  private var queue: [Pending] = []
  private var isWatched = false
  private var isClosed = false

  init(descriptor: Int32, loop: EventLoop) {
    self.descriptor = descriptor
    self.loop = loop
  }

  func write(_ bytes: [UInt8], _ continuation: CheckedContinuation<Void, any Error>) {
    if isClosed {
      return continuation.resume(throwing: EventLoopError(operation: "write", errno: EBADF))
    }
    queue.append(Pending(bytes: bytes, continuation: continuation))
    if queue.count == 1 { flush() }
  }

  func ready(_ readiness: Readiness) { flush() }

  private func flush() {
    while !queue.isEmpty {
      let done = queue[0].bytes.withUnsafeBytes { raw in
        csystem_write(
          descriptor, (raw.baseAddress ?? UnsafeRawPointer(loop.scratch)) + queue[0].offset,
          raw.count - queue[0].offset)
      }
      if done == -Int(EAGAIN) { return watch() }
      if done < 0 { return close(Int32(-done)) }
      queue[0].offset += done
      if queue[0].offset == queue[0].bytes.count { queue.removeFirst().continuation.resume() }
    }
    unwatch()
  }

  func close(_ reason: Int32) {
    if isClosed { return }
    isClosed = true
    unwatch()
    Glibc.close(descriptor)
    let waiting = queue
    queue = []
    for write in waiting {
      write.continuation.resume(throwing: EventLoopError(operation: "write", errno: reason))
    }
  }

  private func watch() {
    if isWatched { return }
    do throws(EventLoopError) {
      try loop.add(descriptor, .writable, self)
      isWatched = true
    } catch {
      close(error.errno)
    }
  }

  private func unwatch() {
    if !isWatched { return }
    isWatched = false
    loop.remove(descriptor)
  }
}
