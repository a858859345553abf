import SQLAccess

extension Connection: SQLConnection {
  var interrupter: any SQLInterrupting { Interrupter(handle: handle) }

  /// Not after a transaction that neither commits nor rolls back.
  var isUsable: Bool { !isInTransaction }

  func transaction<Result: Sendable>(
    _ kind: TransactionKind, job: TransactionJob<Result>, _ body: (any SQLTransaction) throws -> Result
  ) throws -> Result {
    let transaction = SQLiteTransaction(self)
    do {
      let result = try interruptible(by: job.cancellation) {
        switch kind {
        case .read:
          // Readers are read-only from birth; the one connection of a database in memory serves both.
          if configuration.location == .memory { try setQueryOnly(true) }
          try run("BEGIN DEFERRED")
        // IMMEDIATE takes the write lock now: a read that is upgraded later can only fail.
        case .write: try run("BEGIN IMMEDIATE")
        }
        let result = try body(transaction)
        if let failure = transaction.failure { throw failure }
        return result
      }
      transaction.end()
      try job.beginEnding()
      try run("COMMIT")
      try leaveReadOnly(kind)
      return result
    } catch {
      transaction.end()
      // After this no interrupt can hit the ROLLBACK. Being cancelled is known already.
      let wasCancelled = (try? job.beginEnding()) == nil
      // SQLite rolls back by itself on a full disk and on an interrupted write.
      if isInTransaction { try? run("ROLLBACK") }
      try leaveReadOnly(kind)
      throw wasCancelled ? SQLError(.cancelled, "the call was cancelled") : error
    }
  }

  private func leaveReadOnly(_ kind: TransactionKind) throws {
    if kind == .read, configuration.location == .memory { try setQueryOnly(false) }
  }
}
