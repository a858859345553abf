import Contract
import Domain
import FoundationEssentials
import HTTPServing
import HTTPWire
import Services

/// Streams a file of a task while it grows.
///
/// The bytes are read by range when there is room for them, so a slow reader costs nothing.
struct TaskFileStream: Sendable {
  let call: Call
  let task: TaskRecord
  let file: TaskService.TaskFile

  /// `next`: the event for what stands at an offset and the offset behind it; nil at the end.
  func response(
    from start: Int64, next: @escaping @Sendable (Int64) async throws -> (ServerSentEvent, Int64)?
  ) -> Response {
    .eventStream { writer in
      var offset = start
      func drain() async throws {
        while let (event, behind) = try await next(offset) {
          try await writer.send(event)
          offset = behind
        }
      }
      try await drain()
      if try await !hasEnded() {
        for try await change in try await call.services.tasks.changes(of: task, file: file) {
          try await drain()
          if change.status.state == .ended || change.status.state == .lost { break }
        }
        try await untilConcluded()
      }
      // Once more: the end of the file may have been written after it was looked at, and before the task was.
      try await drain()
      try await writer.send(ServerSentEvent(event: "end", data: "{}", id: String(offset), retry: nil))
    }
  }

  /// The trainer has ended a moment before its task has: who is told of the end finds the result.
  private func untilConcluded() async throws {
    for _ in 0..<100 {
      if try await hasEnded() { return }
      try await call.request.sleep(for: .milliseconds(100))
    }
  }

  private func hasEnded() async throws -> Bool {
    try await call.services.tasks.task(task.id, of: task.userID).state.isFinal
  }
}

/// A wire value as a server-sent event.
func event(_ name: String, _ value: some Encodable, id: Int64) throws -> ServerSentEvent {
  let data = String(decoding: try JSONBytes.encode(value), as: UTF8.self)
  return ServerSentEvent(event: name, data: data, id: String(id), retry: nil)
}

extension Response {
  /// An event stream that beats every 15 seconds and ends when `body` returns, the client leaves or
  /// the server drains.
  static func eventStream(_ body: @escaping @Sendable (ResponseWriter) async throws -> Void) -> Response {
    events(.stream(body))
  }

  /// The same, fed without a task of its own.
  static func eventFeed(_ begin: @escaping @Sendable (ResponseFeed) -> Void) -> Response {
    events(.feed(begin))
  }

  private static func events(_ body: Body) -> Response {
    var response = Response(
      fields: [
        "Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",
      ],
      body: body)
    // Long enough for a client that measures: curl takes under one byte a second for a stall.
    let comment = ServerSentEvent.comment("nothing new; the connection is alive")
    response.heartbeat = Response.Heartbeat(every: .seconds(15), comment)
    response.endsWhenDraining = true
    return response
  }
}
