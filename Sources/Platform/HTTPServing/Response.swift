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
    /// Part of a file, read on the blocking pool.
    case file(FileBody, Range<Int64>)
  }

  package var status: HTTPStatus
  /// Date, Content-Length, Transfer-Encoding and Connection are the server's own; do not set them.
  package var fields: HTTPFields
  package var body: Body

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

  /// JSON that is encoded already.
  package static func json(_ bytes: [UInt8], status: HTTPStatus = .ok) -> Response {
    Response(status: status, fields: ["Content-Type": "application/json"], body: .bytes(bytes))
  }

  /// No body.
  package static func empty(_ status: HTTPStatus = .noContent) -> Response { Response(status: status) }
}
