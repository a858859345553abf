import Synchronization

/// A latch that opens once and stays open.
///
/// Callbacks run on the thread that opens the gate, in the order they were registered.
package final class Gate: Sendable {
  private struct State {
    var isOpen = false
    var next = 0
    var callbacks: [(id: Int, run: @Sendable () -> Void)] = []
  }

  private let state = Mutex(State())
  // Beside the state, for those who ask often and must not wait for each other.
  private let hasOpened = Atomic<Bool>(false)

  package init() {}

  /// Whether `open` has been called.
  package var isOpen: Bool { hasOpened.load(ordering: .sequentiallyConsistent) }

  /// Opens the gate.
  ///
  /// Returns true for the one call that opened it.
  @discardableResult
  package func open() -> Bool {
    let callbacks = state.withLock { state -> [(id: Int, run: @Sendable () -> Void)]? in
      if state.isOpen { return nil }
      state.isOpen = true
      hasOpened.store(true, ordering: .sequentiallyConsistent)
      defer { state.callbacks = [] }
      return state.callbacks
    }
    guard let callbacks else { return false }
    for callback in callbacks { callback.run() }
    return true
  }

  /// Runs `callback` once the gate is open; at once when it is open already.
  ///
  /// Returns a token for `forget`.
  @discardableResult
  package func onOpen(_ callback: @escaping @Sendable () -> Void) -> Int {
    let id = state.withLock { state -> Int? in
      if state.isOpen { return nil }
      state.next += 1
      state.callbacks.append((state.next, callback))
      return state.next
    }
    if id == nil { callback() }
    return id ?? 0
  }

  /// Drops a callback that has not run; without effect otherwise.
  package func forget(_ id: Int) {
    state.withLock { state in state.callbacks.removeAll { $0.id == id } }
  }

  /// Waits until the gate is open.
  ///
  /// Throws `CancellationError` when the waiting task is cancelled first.
  package func wait() async throws {
    let waiter = GateWaiter()
    let id = onOpen { waiter.settle(.success(())) }
    defer { forget(id) }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { waiter.arrive($0) }
    } onCancel: {
      waiter.settle(.failure(CancellationError()))
    }
  }
}

/// Joins a continuation and its result, whichever comes first.
private final class GateWaiter: Sendable {
  private struct State {
    var continuation: CheckedContinuation<Void, any Error>?
    var result: Result<Void, any Error>?
  }

  private let state = Mutex(State())

  func arrive(_ continuation: CheckedContinuation<Void, any Error>) {
    let result = state.withLock { state -> Result<Void, any Error>? in
      if state.result == nil { state.continuation = continuation }
      return state.result
    }
    if let result { continuation.resume(with: result) }
  }

  func settle(_ result: Result<Void, any Error>) {
    let continuation = state.withLock { state -> CheckedContinuation<Void, any Error>? in
      if state.result != nil { return nil }
      state.result = result
      defer { state.continuation = nil }
      return state.continuation
    }
    continuation?.resume(with: result)
  }
}
