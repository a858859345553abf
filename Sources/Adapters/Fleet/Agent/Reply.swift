import Domain
import Synchronization

/// An answer that comes later: settled once, awaited once.
final class Reply: Sendable {
  private struct State {
    var continuation: CheckedContinuation<Result<[UInt8], DomainError>, Never>?
    var result: Result<[UInt8], DomainError>?
  }

  private let state = Mutex(State())

  func settle(_ result: Result<[UInt8], DomainError>) {
    let continuation = state.withLock { state -> CheckedContinuation<Result<[UInt8], DomainError>, Never>? in
      if state.result != nil { return nil }
      state.result = result
      defer { state.continuation = nil }
      return state.continuation
    }
    continuation?.resume(returning: result)
  }

  /// The answer; a cancelled waiter gets `AgentError.cancelled`.
  func value() async throws(DomainError) -> [UInt8] {
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let result = state.withLock { state -> Result<[UInt8], DomainError>? in
          if state.result == nil { state.continuation = continuation }
          return state.result
        }
        if let result { continuation.resume(returning: result) }
      }
    } onCancel: {
      settle(.failure(AgentError.cancelled))
    }
    return try result.get()
  }
}
