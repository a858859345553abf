import Domain
import Services
import Synchronization
import Testing

struct GPUSampleLedgerTests {
  @Test func `what the recorders of many tasks saw is written in one step, once`() async {
    let store = Samples()
    let ledger = GPUSampleLedger(store: store, log: ServerLog { _, _, _ in })
    let batches = (0..<40).map(batch)
    for batch in batches { await ledger.note(batch) }
    #expect(store.steps == [])
    await ledger.write()
    #expect(store.steps == [batches])
    await ledger.write()
    #expect(store.steps == [batches])
  }

  @Test func `so many are parted that others can write in between`() async {
    let store = Samples()
    let ledger = GPUSampleLedger(store: store, log: ServerLog { _, _, _ in })
    let batches = (0..<1_100).map(batch)
    for batch in batches { await ledger.note(batch) }
    await ledger.write()
    #expect(store.steps.map(\.count) == [500, 500, 100])
    #expect(store.steps.flatMap(\.self) == batches)
  }

  @Test func `what cannot be written is a gap, and nothing is kept in memory for it`() async {
    let store = Samples()
    let ledger = GPUSampleLedger(store: store, log: ServerLog { _, _, _ in })
    store.failure.withLock { $0 = DomainError(.databaseUnreachable, "The database does not answer.") }
    await ledger.note(batch(1))
    await ledger.write()
    store.failure.withLock { $0 = nil }
    await ledger.note(batch(2))
    await ledger.write()
    #expect(store.steps == [[batch(2)]])
  }
}

private func batch(_ number: Int) -> GPUSampleBatch {
  let sample = GPUSample(
    seconds: 5, gpu: GPUShare(index: 0, uuid: "GPU-0"), utilization: 97, memoryUsed: 1 << 33,
    memoryTotal: 1 << 34)
  return GPUSampleBatch(task: TaskID(rawValue: "t\(number)"), attempt: 1, samples: [sample])
}

/// Keeps what it is given, step by step.
private final class Samples: GPUSampleStoring {
  let failure = Mutex<DomainError?>(nil)
  private let kept = Mutex<[[GPUSampleBatch]]>([])

  var steps: [[GPUSampleBatch]] { kept.withLock(\.self) }

  func append(_ batches: [GPUSampleBatch]) async throws(DomainError) {
    if let failure = failure.withLock(\.self) { throw failure }
    kept.withLock { $0.append(batches) }
  }

  func samples(of task: TaskID, attempt: Int) async throws(DomainError) -> [GPUSample] { [] }
}
