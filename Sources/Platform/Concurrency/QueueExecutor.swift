/// A serial executor with a thread of its own, for actors that own a blocking C handle.
///
/// An actor keeps one in a `let` and returns it from `unownedExecutor`; all of the actor's code then runs on
/// that one thread, never on the cooperative pool and never on an event loop:
///
///     package actor Connection {
///       private let executor: QueueExecutor
///       package nonisolated var unownedExecutor: UnownedSerialExecutor {
///         executor.asUnownedSerialExecutor()
///       }
///       package init() throws { executor = try QueueExecutor(name: "sqlite") }
///     }
///
/// The thread ends when the last reference to the executor is gone and the jobs already queued have run.
package final class QueueExecutor: SerialExecutor {
  private struct Entry {
    let job: UnownedJob
    // Keeps the executor alive while its job runs: the job may drop the last reference to its actor.
    let executor: QueueExecutor
  }

  private let queue = BlockingQueue<Entry>()

  /// Starts the thread.
  ///
  /// `name` shows in `top -H` (15 bytes). Throws `ThreadError`.
  package init(name: String) throws(ThreadError) {
    try startThread(name: name) { [queue] in
      while let entry = queue.pop() {
        entry.job.runSynchronously(on: entry.executor.asUnownedSerialExecutor())
      }
    }
  }

  deinit { queue.close() }

  package func enqueue(_ job: consuming ExecutorJob) {
    queue.push(Entry(job: UnownedJob(job), executor: self))
  }
}
