package import HTTPWire

extension Response {
  /// Streams server-sent events until the sequence ends, the client leaves, or the server drains.
  ///
  /// A comment goes out every `heartbeat`, so that proxies and the server itself notice a dead connection.
  package static func events<Events: AsyncSequence & Sendable>(
    _ events: Events, heartbeat: Duration = .seconds(15)
  ) -> Response where Events.Element == ServerSentEvent {
    var response = Response(
      fields: [
        "Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no",
      ],
      body: .stream { writer in for try await event in events { try await writer.send(event) } })
    response.heartbeat = Heartbeat(every: heartbeat, ServerSentEvent.comment())
    response.endsWhenDraining = true
    return response
  }
}
