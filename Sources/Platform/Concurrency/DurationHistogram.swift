import Synchronization

/// Counters side by side that any thread may raise without waiting for another.
package final class AtomicCounts: @unchecked Sendable {
  // @unchecked: the pointer is never changed, and what it points to is atomic.
  private let storage: UnsafeMutablePointer<Atomic<UInt64>>
  package let count: Int

  /// All zero.
  package init(_ count: Int) {
    self.count = count
    storage = .allocate(capacity: max(1, count))
    for index in 0..<count { (storage + index).initialize(to: Atomic(0)) }
  }

  deinit {
    storage.deinitialize(count: count)
    storage.deallocate()
  }

  /// Raises one; an index outside is a programmer's error.
  package func add(_ amount: UInt64, at index: Int) {
    precondition(index >= 0 && index < count)
    (storage + index).pointee.add(amount, ordering: .relaxed)
  }

  /// As it is now; beside a raise on another thread, before or after it.
  package subscript(index: Int) -> UInt64 {
    precondition(index >= 0 && index < count)
    return (storage + index).pointee.load(ordering: .relaxed)
  }
}

/// How often something took how long: three additions for each, and no lock.
package final class DurationHistogram: Sendable {
  /// The upper bounds in seconds, rising; one more bucket takes what is beyond.
  package let bounds: [Double]
  private let counts: AtomicCounts

  package init(bounds: [Double]) {
    self.bounds = bounds
    counts = AtomicCounts(bounds.count + 2)
  }

  package func record(seconds: Double) {
    let seconds = seconds.isFinite ? min(max(seconds, 0), 1e9) : 0
    let place = bounds.firstIndex { seconds <= $0 } ?? bounds.count
    counts.add(1, at: place)
    counts.add(UInt64(seconds * 1_000_000), at: bounds.count + 1)
  }

  package func record(_ duration: Duration) { record(seconds: duration / .seconds(1)) }

  /// How many took at most each bound, how many there were, and their seconds together.
  package var snapshot: (cumulative: [UInt64], count: UInt64, seconds: Double) {
    var sum: UInt64 = 0
    let cumulative = bounds.indices.map { index -> UInt64 in
      sum += counts[index]
      return sum
    }
    return (cumulative, sum + counts[bounds.count], Double(counts[bounds.count + 1]) / 1_000_000)
  }
}
