import Concurrency
import Domain

/// Vectors of the indexes that were asked last, in memory.
///
/// On a thread of its own: a search looks at every vector of its index.
actor VectorShelf {
  /// Bytes of all tables together.
  private static let room = 512 << 20
  private static let page = 20_000

  private struct Table {
    var vectors: VectorTable
    /// The last vector that was read.
    var last: Int64
    let removals: Int
    var usedAt: ContinuousClock.Instant
  }

  private let store: any VectorStoring
  private let executor: QueueExecutor
  private var tables: [IndexID: Table] = [:]

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// Throws where its thread cannot be started.
  init(store: any VectorStoring) throws {
    self.store = store
    executor = try QueueExecutor(name: "vectors")
  }

  /// The numbers of the nearest passages, the nearest first; some of them may be gone.
  ///
  /// Throws `quota_exceeded` for an index with more vectors than can be held.
  func nearest(
    to vector: QuantisedVector, in index: IndexID, _ vectors: IndexVectors, count: Int
  ) async throws(DomainError) -> [Int64] {
    let dimensions = vectors.dimensions ?? vector.values.count
    guard VectorTable.size(of: vectors.embedded, dimensions: dimensions) <= Self.room else {
      throw DomainError(
        .quota, "The index has more vectors than can be searched at once.",
        hint: "Part it, or take a model with smaller vectors.")
    }
    var table =
      tables[index].flatMap { $0.removals == vectors.removals ? $0 : nil }
      ?? Table(
        vectors: VectorTable(dimensions: dimensions), last: 0, removals: vectors.removals, usedAt: .now)
    // Not held twice: appending to a table that the shelf has too would copy it.
    tables[index] = nil
    if table.vectors.count == 0 { table.vectors.reserve(vectors.embedded) }
    while true {
      let (found, last) = try await store.vectors(
        of: index, side: vectors.side, after: table.last, limit: Self.page)
      for entry in found {
        if let vector = QuantisedVector(stored: entry.stored) { table.vectors.add(vector, of: entry.passage) }
      }
      table.last = last
      if found.count < Self.page { break }
    }
    table.usedAt = .now
    let nearest = table.vectors.nearest(to: vector, count: count)
    keep(table, of: index)
    return nearest
  }

  /// Puts it away, and others out that were not used for longest.
  private func keep(_ table: Table, of index: IndexID) {
    tables[index] = table
    var size = tables.values.reduce(0) { $0 + $1.vectors.size }
    while size > Self.room, let oldest = tables.min(by: { $0.value.usedAt < $1.value.usedAt }),
      oldest.key != index
    {
      size -= oldest.value.vectors.size
      tables[oldest.key] = nil
    }
  }
}
