import Concurrency
import Synchronization

/// A fixed set of running loops, usually one per core.
package final class EventLoopGroup: Sendable {
  /// The loops, at least one.
  package let loops: [EventLoop]
  private let turn = Atomic<Int>(0)

  /// Starts `count` (1 or more) loops.
  ///
  /// Throws `EventLoopError` or `ThreadError`.
  package init(count: Int) throws {
    loops = try (0..<max(1, count)).map { _ in try EventLoop() }
    for (index, loop) in loops.enumerated() { try loop.start(name: "loop-\(index)") }
  }

  /// The loop the caller is on, if it is one of these; else each loop in turn.
  package func any() -> EventLoop {
    if let current { return current }
    return loops[turn.wrappingAdd(1, ordering: .relaxed).oldValue % loops.count]
  }

  /// The loop the caller is on, if it is one of these.
  package var current: EventLoop? { loops.first { $0.isCurrent } }

  /// Stops every loop; see `EventLoop.stop`.
  package func stop() { for loop in loops { loop.stop() } }
}
