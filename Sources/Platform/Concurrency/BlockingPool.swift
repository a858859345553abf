/// A few threads for calls that block: files, hashing, C libraries without an asynchronous form.
///
/// At most `threads` bodies run at once; the others wait in order. The threads end with the pool.
package final class BlockingPool: Sendable {
  private let queue = BlockingQueue<@Sendable () -> Void>()

  /// Starts `threads` (1 or more) threads.
  ///
  /// Throws `ThreadError` when the system refuses one of them.
  package init(threads: Int, name: String = "blocking") throws(ThreadError) {
    for index in 0..<max(1, threads) {
      do {
        try startThread(name: "\(name)-\(index)") { [queue] in
          while let body = queue.pop() { body() }
        }
      } catch {
        queue.close()
        throw error
      }
    }
  }

  deinit { queue.close() }

  /// Runs `body` on one of the pool's threads and returns what it returns.
  ///
  /// A body that has begun is not interrupted by cancellation; one whose task is cancelled while it still
  /// waits for a thread is not begun, and `CancellationError` is thrown.
  package func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    let abandoned = Gate()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        queue.push {
          if abandoned.isOpen {
            continuation.resume(throwing: CancellationError())
          } else {
            continuation.resume(with: Result(catching: body))
          }
        }
      }
    } onCancel: {
      abandoned.open()
    }
  }
}
