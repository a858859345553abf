import Synchronization

/// One call of `read` or `write` on its way through a driver's thread.
///
/// | phase | a cancellation |
/// |---|---|
/// | new, waiting | ends the call at once; the thread skips it |
/// | running | interrupts the statement; the transaction rolls back |
/// | ending, over | comes too late and changes nothing |
package final class TransactionJob<Result: Sendable>: Sendable {
  private enum Phase {
    case new
    case waiting(CheckedContinuation<Result, any Error>)
    case running(CheckedContinuation<Result, any Error>, any SQLInterrupting)
    case ending(CheckedContinuation<Result, any Error>)
    case over
  }

  package let cancellation = SQLCancellation()
  private let phase = Mutex(Phase.new)

  package init() {}

  /// Takes the caller's continuation.
  ///
  /// False when the call was cancelled before and is answered already.
  package func wait(with continuation: CheckedContinuation<Result, any Error>) -> Bool {
    let isWanted = phase.withLock { phase in
      if cancellation.isRequested {
        phase = .over
        return false
      }
      phase = .waiting(continuation)
      return true
    }
    if !isWanted { continuation.resume(throwing: Self.cancelled) }
    return isWanted
  }

  /// The thread takes the job up, or goes on with it on another connection.
  ///
  /// False when it was cancelled while it waited.
  package func start(_ interrupter: any SQLInterrupting) -> Bool {
    phase.withLock { phase in
      switch phase {
      case .waiting(let continuation), .running(let continuation, _):
        phase = .running(continuation, interrupter)
        return true
      case .new, .ending, .over: return false
      }
    }
  }

  /// From here on no interrupt arrives: the thread commits or rolls back.
  ///
  /// Throws when cancelled before.
  package func beginEnding() throws(SQLError) {
    phase.withLock { phase in
      if case .running(let continuation, _) = phase { phase = .ending(continuation) }
    }
    if cancellation.isRequested { throw Self.cancelled }
  }

  /// Answers the caller, once.
  package func finish(_ result: Swift.Result<Result, any Error>) {
    let continuation: CheckedContinuation<Result, any Error>? = phase.withLock { phase in
      defer { phase = .over }
      switch phase {
      case .new, .over: return nil
      case .waiting(let continuation), .running(let continuation, _), .ending(let continuation):
        return continuation
      }
    }
    continuation?.resume(with: result)
  }

  package func cancel() {
    let waiting: CheckedContinuation<Result, any Error>? = phase.withLock { phase in
      switch phase {
      case .new: cancellation.request()
      case .waiting(let continuation):
        cancellation.request()
        phase = .over
        return continuation
      case .running(_, let interrupter):
        cancellation.request()
        // Under the lock: the connection cannot be closed, nor work for another job, meanwhile.
        interrupter.interrupt()
      case .ending, .over: break
      }
      return nil
    }
    waiting?.resume(throwing: Self.cancelled)
  }

  private static var cancelled: SQLError { SQLError(.cancelled, "the call was cancelled") }
}
