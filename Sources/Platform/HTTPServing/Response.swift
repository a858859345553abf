package import HTTPWire

/// The answer to a request.
package struct Response: Sendable {
  package enum Body: Sendable {
    /// The whole body.
    case bytes([UInt8])
    /// Written piece by piece, chunked.
    ///
    /// Runs after the head is out; not run for HEAD. Throwing cuts the connection, so that the client knows
    /// the answer is not whole.
    case stream(@Sendable (ResponseWriter) async throws -> Void)
    /// Fed by calls, without a task that waits; runs on the connection's loop when the head is written.
    ///
    /// Not run for HEAD.
    case feed(@Sendable (ResponseFeed) -> Void)
    /// Part of a file, read on the blocking pool.
    case file(FileBody, Range<Int64>)
  }

  /// What is sent beside a streamed body.
  package struct Heartbeat: Sendable {
    package let interval: Duration
    package let bytes: [UInt8]

    package init(every interval: Duration, _ bytes: [UInt8]) {
      self.interval = interval
      self.bytes = bytes
    }
  }

  package var status: HTTPStatus
  /// Date, Content-Length, Transfer-Encoding and Connection are the server's own; do not set them.
  package var fields: HTTPFields
  package var body: Body
  /// Goes out between the writes of a streamed body, checked with the server's other deadlines: so that proxies,
  /// and the server itself, notice a dead connection.
  package var heartbeat: Heartbeat?
  /// A streamed body ends when the server drains: its task is cancelled, and what it wrote counts as whole.
  package var endsWhenDraining = false
  /// Let go of when the answer has ended, however it did.
  package var held: (any Sendable)?

  package init(status: HTTPStatus = .ok, fields: HTTPFields = [:], body: Body = .bytes([])) {
    self.status = status
    self.fields = fields
    self.body = body
  }

  /// Plain text.
  package static func text(_ text: String, status: HTTPStatus = .ok) -> Response {
    Response(
      status: status, fields: ["Content-Type": "text/plain; charset=utf-8"], body: .bytes(Array(text.utf8)))
  }

  private static let jsonFields: HTTPFields = ["Content-Type": "application/json"]

  /// JSON that is encoded already.
  package static func json(_ bytes: [UInt8], status: HTTPStatus = .ok) -> Response {
    Response(status: status, fields: jsonFields, body: .bytes(bytes))
  }

  /// No body.
  package static func empty(_ status: HTTPStatus = .noContent) -> Response { Response(status: status) }
}
