import HTTPFetching
import HTTPWire

extension APIClient {
  /// Follows a stream of server-sent events.
  ///
  /// `body` gets the events of each piece that arrives, none for a heartbeat, and returns false to end.
  /// Returns whether `body` ended it; false when the server did.
  func follow(
    _ path: APIPath, lastEventID: String? = nil, _ body: ([ServerSentEvent]) async throws -> Bool
  ) async throws -> Bool {
    var request = request(.get, path)
    request.fields["Accept"] = "text/event-stream"
    if let lastEventID { request.fields["Last-Event-ID"] = lastEventID }
    // The server sends a heartbeat every 15 seconds: three missing ones mean that it has gone.
    request.stallTimeout = .seconds(45)
    return try await stream(request) { response in
      var decoder = ServerSentEventDecoder()
      while let bytes = try await response.body.next() {
        if try await !body(try decoder.feed(bytes)) { return true }
      }
      return false
    }
  }
}
