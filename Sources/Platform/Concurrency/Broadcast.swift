import Synchronization

/// Sends every element to every subscriber, each through a bounded buffer of its own.
///
/// A subscriber that falls more than its buffer behind is ended (its stream finishes after what it had
/// buffered): it subscribes again and catches up from the durable record. `send` never waits.
package final class Broadcast<Element: Sendable>: Sendable {
  private struct State {
    var next = 0
    var finished = false
    var subscribers: [Int: AsyncStream<Element>.Continuation] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  /// How many streams are listening.
  package var subscriberCount: Int { state.withLock { $0.subscribers.count } }

  /// A stream of everything sent from now on; at most `buffer` elements wait in it.
  package func subscribe(buffer: Int = 256) -> AsyncStream<Element> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: Element.self, bufferingPolicy: .bufferingOldest(buffer))
    let id = state.withLock { state -> Int? in
      if state.finished { return nil }
      state.next += 1
      state.subscribers[state.next] = continuation
      return state.next
    }
    if let id {
      continuation.onTermination = { [weak self] _ in
        self?.state.withLock { $0.subscribers[id] = nil }
      }
    } else {
      continuation.finish()
    }
    return stream
  }

  /// Gives `element` to every subscriber and ends those whose buffer is full.
  package func send(_ element: Element) {
    // Yielding outside the lock: a termination handler takes it. Order still holds for one sender at a time.
    let subscribers = state.withLock { Array($0.subscribers.values) }
    for subscriber in subscribers {
      if case .dropped = subscriber.yield(element) { subscriber.finish() }
    }
  }

  /// Ends every stream, and every stream asked for later.
  package func finish() {
    let subscribers = state.withLock { state -> [AsyncStream<Element>.Continuation] in
      state.finished = true
      defer { state.subscribers = [:] }
      return Array(state.subscribers.values)
    }
    for subscriber in subscribers { subscriber.finish() }
  }
}
