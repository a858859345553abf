package import HTTPWire

extension Response {
  /// Streams server-sent events until the sequence ends, the client leaves, or the server drains.
  ///
  /// A comment goes out every `heartbeat`, so that proxies and the server itself notice a dead connection.
  package static func events<Events: AsyncSequence & Sendable>(
    _ events: Events, for request: Request, heartbeat: Duration = .seconds(15)
  ) -> Response where Events.Element == ServerSentEvent {
    Response(
      fields: [
        "Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no",
      ],
      body: .stream { writer in
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { for try await event in events { try await writer.send(event) } }
          group.addTask { try await request.drained() }
          group.addTask {
            while true {
              try await request.sleep(for: heartbeat)
              try await writer.write(ServerSentEvent.comment())
            }
          }
          // Whichever ends first ends the answer.
          defer { group.cancelAll() }
          try await group.next()
        }
      })
  }
}
