package import Domain

/// Takes what the recorders of all tasks saw, and writes it down together once a second.
///
/// Each write is a transaction of the one connection that writes: with thousands of tasks, one for each would leave no
/// room for anything else. What was not written when the server ended is a gap in a curve.
package actor GPUSampleLedger {
  /// Attempts in one transaction; others write in between.
  private static let most = 500
  private let store: any GPUSampleStoring
  private let log: ServerLog
  private var pending: [GPUSampleBatch] = []

  package init(store: any GPUSampleStoring, log: ServerLog) {
    self.store = store
    self.log = log
  }

  package func note(_ batch: GPUSampleBatch) { pending.append(batch) }

  /// Works until it is cancelled.
  package func run() async {
    while (try? await Task.sleep(for: .seconds(1))) != nil { await write() }
  }

  /// Writes what was noted so far; what cannot be written is given up.
  package func write() async {
    let batches = pending
    pending = []
    for start in stride(from: 0, to: batches.count, by: Self.most) {
      do throws(DomainError) {
        try await store.append(Array(batches[start..<min(start + Self.most, batches.count)]))
      } catch {
        if !error.isTransient {
          log.warning("GPUs could not be recorded", ["error": error.debugDescription])
        }
      }
    }
  }
}
