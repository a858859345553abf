import CSystem
import Concurrency
import Glibc

/// Reads a pipe, socket or terminal on a loop, as chunks of bytes, and owns its descriptor.
///
/// At most about `highMark` bytes wait unread: past that the descriptor is not read, and the writer on the
/// other side feels it. Ends at end of file; throws `EventLoopError` when reading fails. The descriptor is
/// closed at the end, by `close()`, when the reading task is cancelled, and when the reader is dropped.
package final class PipeReader: AsyncSequence, Sendable {
  package typealias Element = [UInt8]

  private let source: PipeSource
  private let stream: ByteStream

  /// Takes over `descriptor` and makes it non-blocking.
  ///
  /// One consumer at a time.
  package init(descriptor: Int32, loop: EventLoop, highMark: Int = 256 * 1024) {
    stream = ByteStream(highMark: highMark)
    source = PipeSource(descriptor: descriptor, loop: loop, stream: stream)
    makeNonBlocking(descriptor)
    let source = source
    stream.setCallbacks(
      onDrain: { loop.execute { source.watch() } },
      onEnd: { loop.execute { source.close() } })
    loop.execute { source.watch() }
  }

  deinit { close() }

  /// The next chunk, nil at the end.
  package func next() async throws -> [UInt8]? { try await stream.next() }

  package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: self) }

  /// Keeps the reader open while it is iterated.
  package struct AsyncIterator: AsyncIteratorProtocol {
    let reader: PipeReader

    package func next() async throws -> [UInt8]? { try await reader.next() }
  }

  /// Closes the descriptor now; a waiting reader gets what was buffered, then the end.
  package func close() {
    let source = source
    source.loop.execute { source.close() }
  }
}

private final class PipeSource: ReadinessHandler, @unchecked Sendable {
  // @unchecked: every variable is touched on the loop's thread only.
  let loop: EventLoop
  /// Bytes of a large piece: a few of them are as much as waits unread.
  private static let flood = 256 * 1024
  private let descriptor: Int32
  private let stream: ByteStream
  private var isWatched = false
  private var isClosed = false
  /// Whether much is coming: it is then read in large pieces, straight into what is handed on.
  private var isFlooded = false

  init(descriptor: Int32, loop: EventLoop, stream: ByteStream) {
    self.descriptor = descriptor
    self.loop = loop
    self.stream = stream
  }

  func watch() {
    if isClosed || isWatched { return }
    do throws(EventLoopError) {
      try loop.add(descriptor, .readable, self)
      isWatched = true
    } catch {
      close(error)
    }
  }

  func ready(_ readiness: Readiness) {
    let (chunk, count) = isFlooded ? readMuch() : readSome()
    if count > 0 {
      isFlooded = count >= EventLoop.scratchSize
      // A hang-up is reported as long as the descriptor is watched at all: a paused one must leave epoll.
      if !stream.push(chunk) { unwatch() }
    } else if count == 0 || count == -Int(EIO) {
      // EIO is how a pseudo-terminal says that its other side is gone.
      close()
    } else if count != -Int(EAGAIN) {
      close(EventLoopError(operation: "read", errno: Int32(-count)))
    }
  }

  /// Most chunks are small: they are copied from the loop's own memory, and take no more than they hold.
  private func readSome() -> ([UInt8], Int) {
    let count = csystem_read(descriptor, loop.scratch, EventLoop.scratchSize)
    return ([UInt8](UnsafeRawBufferPointer(start: loop.scratch, count: max(0, count))), count)
  }

  private func readMuch() -> ([UInt8], Int) {
    var count = 0
    let chunk = [UInt8](unsafeUninitializedCapacity: Self.flood) { room, filled in
      count = csystem_read(descriptor, room.baseAddress, room.count)
      filled = max(0, count)
    }
    return (chunk, count)
  }

  func close(_ failure: EventLoopError? = nil) {
    if isClosed { return }
    isClosed = true
    unwatch()
    Glibc.close(descriptor)
    stream.finish(throwing: failure)
  }

  private func unwatch() {
    if !isWatched { return }
    isWatched = false
    loop.remove(descriptor)
  }
}

/// Sets O_NONBLOCK, which a descriptor must have before a loop may touch it.
func makeNonBlocking(_ descriptor: Int32) {
  _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
}
