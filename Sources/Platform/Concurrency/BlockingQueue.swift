import Glibc

/// A first-in first-out queue whose reader waits by blocking its own thread.
///
/// Only threads made by `startThread` may call `pop`: on the cooperative pool or on an event loop it would
/// stop everybody else's work.
package final class BlockingQueue<Element>: @unchecked Sendable {
  // @unchecked: every access to `elements` and `closed` holds `mutex`; the two pthread objects are made for
  // concurrent use and live at fixed addresses until `deinit`.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let arrived = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var elements: [Element] = []
  private var head = 0
  private var closed = false

  package init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(arrived, nil)
  }

  deinit {
    pthread_cond_destroy(arrived)
    pthread_mutex_destroy(mutex)
    arrived.deallocate()
    mutex.deallocate()
  }

  /// Appends an element and wakes one reader.
  ///
  /// Returns false, and drops the element, once the queue is closed.
  @discardableResult
  package func push(_ element: sending Element) -> Bool {
    pthread_mutex_lock(mutex)
    let accepted = !closed
    if accepted { elements.append(element) }
    pthread_mutex_unlock(mutex)
    if accepted { pthread_cond_signal(arrived) }
    return accepted
  }

  /// The next element, waiting for it; nil once the queue is closed and everything pushed before has been
  /// taken.
  package func pop() -> Element? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while head == elements.count {
      if closed { return nil }
      pthread_cond_wait(arrived, mutex)
    }
    let element = elements[head]
    head += 1
    if head == elements.count {
      elements.removeAll(keepingCapacity: true)
      head = 0
    } else if head > 64, head * 2 > elements.count {
      // A queue that is never quite empty must not keep what was already taken.
      elements.removeFirst(head)
      head = 0
    }
    return element
  }

  /// Accepts nothing more; readers leave when they have drained the rest.
  package func close() {
    pthread_mutex_lock(mutex)
    closed = true
    pthread_mutex_unlock(mutex)
    pthread_cond_broadcast(arrived)
  }
}
