import Synchronization

/// Whether a transaction may change something.
package enum TransactionKind: Sendable {
  case read
  case write
}

/// The part of a connection that another thread may touch.
package protocol SQLInterrupting: Sendable {
  /// Stops the statement that runs; called while the connection works for the job that is cancelled, and never later.
  func interrupt()
}

/// Whether the call that a connection is working for has been given up.
package final class SQLCancellation: Sendable {
  private let requested = Atomic(false)

  package init() {}

  package var isRequested: Bool { requested.load(ordering: .acquiring) }

  package func request() {
    requested.store(true, ordering: .releasing)
  }
}

/// A connection was dead already when a transaction was to begin: nothing of it was done.
package struct ConnectionWasGone: Error {
  let cause: SQLError

  package init(_ cause: SQLError) { self.cause = cause }
}

/// One connection of a driver: lives and dies on one thread.
package protocol SQLConnection: SendableMetatype {
  var interrupter: any SQLInterrupting { get }
  /// Whether it can take a transaction: no, when one could not be ended or the other side is gone.
  var isUsable: Bool { get }

  /// Begins, runs `body`, and commits; on any throw, and on cancellation, rolls back instead.
  ///
  /// Throws `ConnectionWasGone` where another connection may well do it.
  func transaction<Result: Sendable>(
    _ kind: TransactionKind, job: TransactionJob<Result>, _ body: (any SQLTransaction) throws -> Result
  ) throws -> Result
}

extension TransactionJob {
  /// Runs one transaction on a thread that owns a connection, and answers when it has ended or was cancelled.
  ///
  /// An error of opening is that call's error. A connection that is of no more use is let go of.
  ///
  /// - Parameter push: hands work to such a thread; false when there is none any more.
  package static func run<Connection: SQLConnection>(
    _ kind: TransactionKind, opening open: @escaping @Sendable () throws -> Connection,
    on push: (@escaping @Sendable (inout Connection?) -> Void) -> Bool,
    _ body: @escaping @Sendable (any SQLTransaction) throws -> Result
  ) async throws -> Result {
    let job = TransactionJob()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        guard job.wait(with: continuation) else { return }
        let accepted = push { connection in
          do {
            if connection?.isUsable == false { connection = nil }
            do {
              try job.run(kind, on: &connection, opening: open, body)
            } catch is ConnectionWasGone {
              connection = nil
              try job.run(kind, on: &connection, opening: open, body)
            }
          } catch let error as ConnectionWasGone {
            job.finish(.failure(error.cause))
          } catch {
            job.finish(.failure(error))
          }
        }
        if !accepted { job.finish(.failure(SQLError(.closed, "the database is closed"))) }
      }
    } onCancel: {
      job.cancel()
    }
  }

  private func run<Connection: SQLConnection>(
    _ kind: TransactionKind, on connection: inout Connection?, opening open: () throws -> Connection,
    _ body: (any SQLTransaction) throws -> Result
  ) throws {
    let opened = try connection ?? open()
    connection = opened
    guard start(opened.interrupter) else { return }
    let outcome = Swift.Result { try opened.transaction(kind, job: self, body) }
    if !opened.isUsable { connection = nil }
    if case .failure(let gone as ConnectionWasGone) = outcome { throw gone }
    finish(outcome)
  }
}
