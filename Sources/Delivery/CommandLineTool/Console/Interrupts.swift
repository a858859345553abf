import Synchronization

/// What Ctrl-C does: the newest of the handlers that are in force.
package final class Interrupts: Sendable {
  private let handlers = Mutex<[@Sendable () -> Void]>([])

  package init() {}

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

  /// Runs `body` so that Ctrl-C cancels it.
  func cancelling<Value: Sendable>(
    _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    // Unstructured, so that the handler has something to cancel; it is awaited right here.
    let work = Task { try await body() }
    return try await handled(by: { work.cancel() }) {
      try await withTaskCancellationHandler {
        try await work.value
      } onCancel: {
        work.cancel()
      }
    }
  }
}
