import Contract
import Domain
import HTTPServing
import HTTPWire
import Services

extension System {
  /// Begins with `event: ready`, whose id is the newest sequence number: a page that has just read its
  /// lists misses nothing from there on.
  ///
  /// A cursor that is too old gets `event: reset` instead of a replay: read the lists
  /// again.
  static func events(_ call: Call) async throws -> Response {
    let user = try call.user.id
    let bus = call.services.events
    let newest = try await bus.newestSequence()
    let header = call.request.fields["Last-Event-ID"].flatMap(Int64.init)
    var cursor = try header ?? call.integer("after", in: 0...Int64.max, default: newest)
    var greeting = "ready"
    // A number from the future is another installation's.
    let isKept = try await bus.canReplay(after: cursor)
    if cursor > newest || !isKept {
      greeting = "reset"
      cursor = newest
    }
    let (start, name) = (cursor, greeting)
    return .eventStream { writer in
      try await writer.send(
        ServerSentEvent(event: name, data: "{\"sequence\":\(start)}", id: String(start), retry: 1000))
      let feed = EventFeed(bus: bus, user: user)
      var last = start
      repeat {
        last = try await bus.replay(user, after: last) { record in
          try await writer.send(try event(record.event.kind.rawValue, record.wire, id: record.sequence))
        }
      } while !feed.join(after: last)
      do {
        try await writer.continueAsFeed { feed.begin($0) }
      } catch {
        feed.abandon()
        throw error
      }
    }
  }
}
