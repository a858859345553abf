import EventLoop

/// Pulls a streamed request body, one chunk ahead of curl.
final class Upload: @unchecked Sendable {
  // @unchecked: every variable is touched on the loop's thread only.
  private let source: @Sendable () async throws -> [UInt8]?
  private var chunk: [UInt8] = []
  private var offset = 0
  private var isComplete = false
  private var taker: CheckedContinuation<Void, Never>?
  private var task: Task<Void, Never>?

  init(source: @escaping @Sendable () async throws -> [UInt8]?) { self.source = source }

  /// Begins to pull; `onReady` is called on the loop whenever there is something to give.
  func start(
    onReady: @escaping @Sendable () -> Void, onFailure: @escaping @Sendable (any Error) -> Void,
    loop: EventLoop
  ) {
    // Unstructured: it lives as long as the transfer, which outlives the call that began it; `stop` cancels
    // it.
    task = Task(executorPreference: loop) {
      do {
        while let next = try await self.source() {
          if next.isEmpty { continue }
          try Task.checkCancellation()
          await withCheckedContinuation { continuation in
            loop.execute { self.offer(next, continuation, onReady) }
          }
        }
        loop.execute {
          self.isComplete = true
          onReady()
        }
      } catch is CancellationError where Task.isCancelled {
        // The transfer is over: nobody is left to tell.
      } catch {
        onFailure(error)
      }
    }
  }

  /// Fills curl's buffer.
  ///
  /// Nil when nothing is there yet, zero at the end.
  func take(_ buffer: UnsafeMutableRawBufferPointer) -> Int? {
    if offset == chunk.count { return isComplete ? 0 : nil }
    let count = min(buffer.count, chunk.count - offset)
    chunk.withUnsafeBytes {
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<(offset + count)]))
    }
    offset += count
    if offset == chunk.count {
      chunk = []
      offset = 0
      taker?.resume()
      taker = nil
    }
    return count
  }

  /// The transfer is over.
  func stop() {
    task?.cancel()
    task = nil
    taker?.resume()
    taker = nil
  }

  private func offer(_ next: [UInt8], _ continuation: CheckedContinuation<Void, Never>, _ onReady: () -> Void)
  {
    if task == nil { return continuation.resume() }
    chunk = next
    offset = 0
    taker = continuation
    onReady()
  }
}
