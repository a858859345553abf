/// Threads that each own one thing, such as a connection, and take work from one queue, first come first served.
///
/// For what must live and die on one thread. Each begins with nothing; the work makes what it needs.
package final class OwningThreads<Owned>: Sendable {
  package typealias Work = @Sendable (inout Owned?) -> Void

  private let queue = BlockingQueue<Work>()
  private let ended = Gate()

  /// Throws `ThreadError` when the system gives no further thread.
  package init(count: Int, name: String) throws {
    let signal = EndSignal(ended)
    for index in 0..<count {
      do {
        try startThread(name: "\(name)-\(index)") { [queue] in
          var owned: Owned?
          while let work = queue.pop() { work(&owned) }
          owned = nil
          withExtendedLifetime(signal) {}
        }
      } catch {
        queue.close()
        throw error
      }
    }
  }

  deinit { queue.close() }

  /// Hands work to a thread that is free; false, and the work is dropped, after `close`.
  package func push(_ work: @escaping Work) -> Bool { queue.push(work) }

  /// Finishes the queue, lets go of what is owned, and returns when the threads have.
  package func close() async {
    queue.close()
    await withCheckedContinuation { continuation in
      ended.onOpen { continuation.resume() }
    }
  }
}

/// Opens the gate when the last thread has let go of it.
private final class EndSignal: Sendable {
  private let ended: Gate

  init(_ ended: Gate) {
    self.ended = ended
  }

  deinit { ended.open() }
}
