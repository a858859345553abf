import Concurrency
package import Domain

/// Tells what was committed to everyone who listens, and lets a late one catch up.
///
/// The store is the truth; the bus only says that there is news. A listener that falls behind reads
/// the store again from its cursor, so nothing is lost and memory stays bounded.
package final class EventBus: Sendable {
  private let store: any EventStoring
  private let live = Broadcast<EventRecord>()

  package init(store: any EventStoring) { self.store = store }

  /// Called after the commit that stored the events.
  package func publish(_ events: [EventRecord]) {
    for event in events { live.send(event) }
  }

  /// Stores an event of something that has no row of its own, and tells of it; one that cannot be stored is lost.
  func record(_ event: NewEvent, at time: Timestamp) async {
    if let stored = try? await store.append(event, at: time) { publish([stored]) }
  }

  /// Ends every follower (shutdown).
  package func finish() { live.finish() }

  /// What is committed from now on, for the server's own use; ends where the listener falls behind.
  package func committed() -> AsyncStream<EventRecord> { live.subscribe(buffer: 512) }

  package func newestSequence() async throws(DomainError) -> Int64 { try await store.newestSequence() }

  /// Whether everything after `cursor` is still kept.
  package func canReplay(after cursor: Int64) async throws(DomainError) -> Bool {
    // Not `cursor + 1`: the number is a caller's, and may be the greatest there is.
    try await store.oldestSequence() - 1 <= cursor
  }

  /// Delivers every event `user` may see after `cursor`, in order and without end, each once.
  ///
  /// `receive` sets the pace. Returns when the bus is finished; throws what `receive` or the store
  /// throws, and `CancellationError`.
  package func follow(
    _ user: UserID, after cursor: Int64, receive: (EventRecord) async throws -> Void
  ) async throws {
    var last = cursor
    while true {
      let stream = live.subscribe(buffer: 512)
      try await catchUp(user, &last, receive)
      var heard = false
      for await record in stream {
        heard = true
        if record.sequence == last + 1 {
          last = record.sequence
          if record.event.userID == nil || record.event.userID == user { try await receive(record) }
        } else if record.sequence > last {
          try await catchUp(user, &last, receive)
          last = max(last, record.sequence)
        }
      }
      try Task.checkCancellation()
      // A finished bus gives streams that end at once; one that overflowed had something to say.
      if !heard { return }
    }
  }

  private func catchUp(
    _ user: UserID, _ last: inout Int64, _ receive: (EventRecord) async throws -> Void
  ) async throws {
    let target = try await store.newestSequence()
    while last < target {
      let page = try await store.events(after: last, visibleTo: user, limit: 500)
      for record in page {
        try await receive(record)
        last = record.sequence
      }
      // What others' events take of the sequence is passed over.
      if page.count < 500 { last = max(last, target) }
    }
  }
}
