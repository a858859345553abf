package import Concurrency
import Synchronization

/// What the server counts of itself while it works, for `GET /metrics`.
///
/// Whoever counts holds the one counter that is theirs; none of them ever waits.
package final class ServerMetrics: Sendable {
  package let requests: RequestCounts
  /// How long tasks waited in the queue until they were given their slot.
  package let queueWait = DurationHistogram(
    bounds: [1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400, 604_800])
  /// How long agents took to answer a ping.
  package let agentAnswers = DurationHistogram(
    bounds: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 15])
  /// How long transactions took, the wait for their thread included.
  package let databaseReads = DurationHistogram(bounds: databaseBounds)
  package let databaseWrites = DurationHistogram(bounds: databaseBounds)
  package let streams = StreamCount()

  private static let databaseBounds = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5,
  ]

  /// - Parameter routes: the table's.
  package init(routes: [RequestCounts.Row]) { requests = RequestCounts(routes: routes) }
}

/// How many event streams are open.
package final class StreamCount: Sendable {
  private let count = Atomic<Int>(0)

  package init() {}

  /// Counts a stream for as long as what is returned is held.
  package func open() -> OpenStream { OpenStream(self) }

  package var value: Int { count.load(ordering: .relaxed) }

  fileprivate func add(_ amount: Int) { count.add(amount, ordering: .relaxed) }
}

/// One open event stream.
package final class OpenStream: Sendable {
  private let streams: StreamCount

  fileprivate init(_ streams: StreamCount) {
    self.streams = streams
    streams.add(1)
  }

  deinit { streams.add(-1) }
}
