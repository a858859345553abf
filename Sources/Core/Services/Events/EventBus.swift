import Concurrency
package import Domain
import Synchronization

/// Tells what was committed to everyone who listens, and lets a late one catch up.
///
/// The store is the truth; the bus only says that there is news. Listeners are kept by user: an event costs those it is
/// for, and nothing for the thousands it is not for. Each listener hears every event it may see once, in order.
package final class EventBus: Sendable {
  private struct Listening {
    let listener: any EventListener
    /// What stands there and before is known to it already.
    let after: Int64
  }

  private struct State {
    /// Everything up to here was told; nil until somebody listens.
    var told: Int64?
    var listeners: [UserID: [ObjectIdentifier: Listening]] = [:]
    /// Published and not told yet; only one teller is at work at a time, so that the order holds.
    var waiting: [EventRecord] = []
    var isTelling = false
    var isFinished = false
  }

  private enum Step {
    case tell(CommittedEvent, [any EventListener])
    /// Some are missing behind this one: another publisher's, on their way, or another server's.
    case fill(after: Int64)
  }

  private let store: any EventStoring
  private let live = Broadcast<EventRecord>()
  private let state = Mutex(State())

  package init(store: any EventStoring) { self.store = store }

  /// Called after the commit that stored the events.
  package func publish(_ events: [EventRecord]) {
    if events.isEmpty { return }
    for event in events { live.send(event) }
    let mustTell = state.withLock { state in
      state.waiting += events
      if state.isTelling { return false }
      state.isTelling = true
      return true
    }
    if mustTell { tell() }
  }

  /// Stores an event of something that has no row of its own, and tells of it; one that cannot be stored is lost.
  func record(_ event: NewEvent, at time: Timestamp) async {
    if let stored = try? await store.append(event, at: time) { publish([stored]) }
  }

  /// Ends every listener (shutdown).
  package func finish() {
    live.finish()
    endAll(isFinished: true) { $0.finished() }
  }

  /// What is committed from now on, for the server's own use; ends where the listener falls behind.
  package func committed() -> AsyncStream<EventRecord> { live.subscribe(buffer: 512) }

  package func newestSequence() async throws(DomainError) -> Int64 { try await store.newestSequence() }

  /// Whether everything after `cursor` is still kept.
  package func canReplay(after cursor: Int64) async throws(DomainError) -> Bool {
    // Not `cursor + 1`: the number is a caller's, and may be the greatest there is.
    try await store.oldestSequence() - 1 <= cursor
  }

  /// Reads every event `user` may see after `cursor` from the store, in order; `receive` sets the pace.
  ///
  /// Returns the cursor behind all there was. Throws what `receive` or the store throws.
  package func replay(
    _ user: UserID, after cursor: Int64, receive: (EventRecord) async throws -> Void
  ) async throws -> Int64 {
    let target = try await store.newestSequence()
    var last = cursor
    while last < target {
      let page = try await store.events(after: last, visibleTo: user, limit: 500)
      for record in page {
        try await receive(record)
        last = record.sequence
      }
      // What others' events take of the sequence is passed over.
      if page.count < 500 { last = max(last, target) }
    }
    return last
  }

  /// Lets `listener` hear what `user` may see after `cursor`, until it leaves or is told the end.
  ///
  /// False where something after the cursor was told before: replay it, and join again.
  package func join(_ listener: any EventListener, _ user: UserID, after cursor: Int64) -> Bool {
    let joined = state.withLock { state -> Bool? in
      if state.isFinished { return nil }
      let told = state.told ?? cursor
      state.told = told
      guard told <= cursor else { return false }
      state.listeners[user, default: [:]][ObjectIdentifier(listener)] = Listening(
        listener: listener, after: cursor)
      return true
    }
    if joined == nil { listener.finished() }
    return joined ?? true
  }

  /// Nothing reaches the listener any more, but what is on its way to it at this moment.
  package func leave(_ listener: any EventListener, _ user: UserID) {
    state.withLock { state in
      state.listeners[user]?[ObjectIdentifier(listener)] = nil
      if state.listeners[user]?.isEmpty == true { state.listeners[user] = nil }
    }
  }

  // MARK: Telling, by one at a time

  private func tell() {
    while let step = state.withLock({ Self.nextStep(&$0) }) {
      switch step {
      case .tell(let event, let listeners): for listener in listeners { listener.hear(event) }
      case .fill(let cursor):
        // Unstructured: who published goes on; the telling ends with the last event that waits.
        Task {
          await fill(after: cursor)
          tell()
        }
        return
      }
    }
  }

  private static func nextStep(_ state: inout State) -> Step? {
    for (index, record) in state.waiting.enumerated() {
      let told = state.told ?? record.sequence - 1
      if record.sequence <= told { continue }
      if record.sequence > told + 1, !state.listeners.isEmpty {
        // What waits is in the store too.
        state.waiting = []
        return .fill(after: told)
      }
      state.told = record.sequence
      let listeners = listeners(for: record, state)
      if listeners.isEmpty { continue }
      state.waiting.removeFirst(index + 1)
      return .tell(CommittedEvent(record), listeners)
    }
    state.waiting = []
    state.isTelling = false
    return nil
  }

  private static func listeners(for record: EventRecord, _ state: State) -> [any EventListener] {
    func those(_ listening: some Sequence<Listening>) -> [any EventListener] {
      listening.compactMap { $0.after < record.sequence ? $0.listener : nil }
    }
    guard let user = record.event.userID else { return state.listeners.values.flatMap { those($0.values) } }
    return state.listeners[user].map { those($0.values) } ?? []
  }

  /// Tells from the store what is missing, for everyone at once.
  private func fill(after cursor: Int64) async {
    do throws(DomainError) {
      let target = try await store.newestSequence()
      var last = cursor
      while last < target {
        let page = try await store.events(after: last, visibleTo: nil, limit: 500)
        for record in page {
          last = record.sequence
          let listeners = state.withLock { state in
            state.told = record.sequence
            return Self.listeners(for: record, state)
          }
          let event = CommittedEvent(record)
          for listener in listeners { listener.hear(event) }
        }
        if page.count < 500 { last = max(last, target) }
      }
      // A gap that no event fills is one that was rolled back or forgotten.
      state.withLock { state in state.told = max(state.told ?? last, last) }
    } catch {
      // They come back with their cursors, and find it when the store answers again.
      endAll(isFinished: false) { $0.lost() }
    }
  }

  private func endAll(isFinished: Bool, _ end: (any EventListener) -> Void) {
    let listeners = state.withLock { state in
      defer {
        state.listeners = [:]
        state.told = nil
        if isFinished { state.isFinished = true }
      }
      return state.listeners.values.flatMap { $0.values.map(\.listener) }
    }
    for listener in listeners { end(listener) }
  }
}
