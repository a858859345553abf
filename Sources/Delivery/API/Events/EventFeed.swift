import Domain
import HTTPServing
import HTTPWire
import Services
import Synchronization

/// One client's event stream from where it has caught up: without a task, and idle, with nothing to hold but itself.
///
/// | state | what comes | leaves by |
/// |---|---|---|
/// | joined | is kept until the answer can be fed; past a bound the stream ends | `begin` → live |
/// | live | goes out; where the client has more unread than a connection holds, the stream is cut | the client leaves, the server ends, the bus lost something → over |
/// | over | nothing | |
///
/// A client that was cut comes back with the last number it saw, and gets the rest from the store at its own pace.
final class EventFeed: EventListener, ResponseFeedOwner {
  private struct State {
    var feed: ResponseFeed?
    var early: [CommittedEvent] = []
    var isOver = false
    var hasFinished = false
  }

  private static let mostEarly = 1000

  private let bus: EventBus
  private let user: UserID
  private let state = Mutex(State())

  init(bus: EventBus, user: UserID) {
    self.bus = bus
    self.user = user
  }

  /// False where the bus has told more than what lies at `cursor`.
  func join(after cursor: Int64) -> Bool { bus.join(self, user, after: cursor) }

  /// Goes live; on the connection's loop.
  func begin(_ feed: ResponseFeed) {
    feed.setOwner(self)
    let (early, isOver, hasFinished) = state.withLock { state in
      defer { state.early = [] }
      if !state.isOver { state.feed = feed }
      return (state.early, state.isOver, state.hasFinished)
    }
    if isOver {
      // It may have ended by what it could not keep, and still be on the bus's list.
      bus.leave(self, user)
      return hasFinished ? feed.end() : feed.abort()
    }
    for event in early { send(event, feed) }
  }

  /// The answer was never fed.
  func abandon() { _ = stop() }

  func hear(_ event: CommittedEvent) {
    let feed = state.withLock { state -> ResponseFeed? in
      if state.isOver || state.feed != nil { return state.isOver ? nil : state.feed }
      state.early.append(event)
      if state.early.count > Self.mostEarly {
        state.early = []
        state.isOver = true
      }
      return nil
    }
    feed?.run { self.send(event, feed) }
  }

  func finished() { stop(finishing: true)?.end() }

  func lost() { stop()?.abort() }

  func clientHasRoom() {}

  func clientLeft() { stop(finishing: true)?.end() }

  private func send(_ event: CommittedEvent, _ feed: ResponseFeed?) {
    guard let feed, !state.withLock({ $0.isOver }) else { return }
    let isKeepingUp: Bool
    do {
      isKeepingUp = feed.write(
        try event.bytes { try API.event($0.event.kind.rawValue, $0.wire, id: $0.sequence).encoded() })
    } catch {
      isKeepingUp = false
    }
    if isKeepingUp { feed.flush() } else { stop()?.abort() }
  }

  /// Leaves the bus; the feed to be ended, once.
  private func stop(finishing: Bool = false) -> ResponseFeed? {
    bus.leave(self, user)
    return state.withLock { state in
      defer {
        if !state.isOver { state.hasFinished = finishing }
        state.isOver = true
        state.feed = nil
      }
      return state.feed
    }
  }
}
