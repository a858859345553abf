/// An operation took longer than it was given.
package struct TimeoutError: Error, Sendable, CustomStringConvertible {
  /// The time that was given.
  package let limit: Duration

  package init(limit: Duration) { self.limit = limit }

  package var description: String { "timed out after \(limit)" }
}

/// Runs `operation` and cancels it after `limit`.
///
/// Returns only when the operation has really ended. Throws `TimeoutError` when the limit came first
/// (whatever the operation threw in answer to the cancellation), else what the operation threw.
package func withTimeout<Value: Sendable>(
  _ limit: Duration, _ operation: @escaping @Sendable () async throws -> Value
) async throws -> Value {
  try await withThrowingTaskGroup(of: TimedOutcome<Value>.self) { group in
    group.addTask {
      do { return .finished(.success(try await operation())) } catch { return .finished(.failure(error)) }
    }
    group.addTask {
      do { try await Task.sleep(for: limit) } catch { return .sleepCancelled }
      return .expired
    }
    var expired = false
    while let outcome = try await group.next() {
      switch outcome {
      case .finished(let result):
        group.cancelAll()
        if expired, case .failure = result { throw TimeoutError(limit: limit) }
        return try result.get()
      case .expired:
        expired = true
        group.cancelAll()
      case .sleepCancelled:
        continue
      }
    }
    throw CancellationError()
  }
}

private enum TimedOutcome<Value: Sendable>: Sendable {
  case finished(Result<Value, any Error>)
  case expired
  case sleepCancelled
}
