import Synchronization

/// What Ctrl-C does: the newest of the handlers that are in force.
package final class Interrupts: Sendable {
  private let handlers = Mutex<[@Sendable () -> Void]>([])

  private let leave: @Sendable () -> Void

  /// `leave` ends the program at once: for a second Ctrl-C, and where a read waits that nothing can cancel.
  package init(leave: @escaping @Sendable () -> Void = {}) { self.leave = leave }

  /// Ctrl-C was pressed.
  package func fire() {
    let newest = handlers.withLock { $0.last }
    newest?()
  }

  /// Lets `handler` answer Ctrl-C while `body` runs.
  func handled<Value>(
    by handler: @escaping @Sendable () -> Void, _ body: () async throws -> Value
  ) async rethrows -> Value {
    handlers.withLock { $0.append(handler) }
    defer { _ = handlers.withLock { $0.popLast() } }
    return try await body()
  }

  /// The same for what does not wait for anything but a person.
  func handledNow<Value>(by handler: @escaping @Sendable () -> Void, _ body: () -> Value) -> Value {
    handlers.withLock { $0.append(handler) }
    defer { _ = handlers.withLock { $0.popLast() } }
    return body()
  }

  /// Lets Ctrl-C end the program while `body` waits for what a person types.
  func leaving<Value>(_ body: () throws -> Value) async rethrows -> Value {
    try await handled(by: leave) { try body() }
  }

  /// Runs `body` so that Ctrl-C cancels it; a second one ends the program.
  func cancelling<Value: Sendable>(
    _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    // Unstructured, so that the handler has something to cancel; it is awaited right here.
    let work = Task { try await body() }
    let leave = leave
    return try await handled {
      if work.isCancelled { leave() }
      work.cancel()
    } _: {
      try await withTaskCancellationHandler {
        try await work.value
      } onCancel: {
        work.cancel()
      }
    }
  }
}
