import Concurrency
import HTTPFetching
import HTTPWire
import Testing

extension TestServer {
  /// Reads an event stream until an event for which `until` holds, or the stream's end; at most 20 seconds.
  func read(
    _ path: String, as who: User, lastEventID: String? = nil,
    at location: SourceLocation = #_sourceLocation,
    whenBegun: @Sendable @escaping () async throws -> Void = {},
    until: @Sendable @escaping (ServerSentEvent) -> Bool = { _ in false }
  ) async throws -> [ServerSentEvent] {
    var request = FetchRequest(.get, base + path)
    request.fields["Authorization"] = "Bearer \(who.token)"
    if let lastEventID { request.fields["Last-Event-ID"] = lastEventID }
    request.totalTimeout = .seconds(20)
    let sent = request
    return try await client.withResponse(sent) { response in
      #expect(response.status == .ok, sourceLocation: location)
      #expect(
        response.fields["Content-Type"]?.hasPrefix("text/event-stream") == true, sourceLocation: location)
      var decoder = ServerSentEventDecoder()
      var seen: [ServerSentEvent] = []
      var hasBegun = false
      while let chunk = try await response.body.next() {
        if !hasBegun {
          hasBegun = true
          try await whenBegun()
        }
        for event in try decoder.feed(chunk) {
          seen.append(event)
          if until(event) { return seen }
        }
      }
      return seen
    }
  }
}
