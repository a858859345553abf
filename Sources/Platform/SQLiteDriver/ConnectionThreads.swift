import Concurrency
import SQLAccess

/// Threads that each own one connection and take transactions from one queue, first come first served.
///
/// A thread opens its connection for its first job, and anew after one that could not be rolled back; an
/// error of opening is that job's error.
final class ConnectionThreads: Sendable {
  private typealias Work = @Sendable (inout Connection?) -> Void

  private let queue = BlockingQueue<Work>()
  private let configuration: SQLiteConfiguration
  private let readOnly: Bool
  private let ended = Gate()

  init(count: Int, name: String, configuration: SQLiteConfiguration, readOnly: Bool) throws {
    self.configuration = configuration
    self.readOnly = readOnly
    let signal = EndSignal(ended)
    for index in 0..<count {
      do {
        try startThread(name: "\(name)-\(index)") { [queue] in
          var connection: Connection?
          while let work = queue.pop() { work(&connection) }
          connection = nil
          withExtendedLifetime(signal) {}
        }
      } catch {
        queue.close()
        throw error
      }
    }
  }

  deinit { queue.close() }

  /// Finishes the queue, closes the connections and returns when the threads have.
  func close() async {
    queue.close()
    await withCheckedContinuation { continuation in
      ended.onOpen { continuation.resume() }
    }
  }

  /// Runs one transaction on a free thread.
  func run<Result: Sendable>(
    _ kind: TransactionKind, _ body: @escaping @Sendable (any SQLTransaction) throws -> Result
  ) async throws -> Result {
    let job = TransactionJob<Result>()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        guard job.wait(with: continuation) else { return }
        let accepted = queue.push { [configuration, readOnly] connection in
          do {
            let opened = try connection ?? Connection(configuration, readOnly: readOnly)
            connection = opened
            guard job.start(Interrupter(handle: opened.handle)) else { return }
            let outcome = Swift.Result { try opened.transaction(kind, job: job, body) }
            // A transaction that neither commits nor rolls back leaves a connection nobody can use.
            if opened.isInTransaction { connection = nil }
            job.finish(outcome)
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
}

/// Opens the gate when the last thread has let go of it.
private final class EndSignal: Sendable {
  private let ended: Gate

  init(_ ended: Gate) {
    self.ended = ended
  }

  deinit { ended.open() }
}
