/// How the body of a message is delimited.
package enum BodyFraming: Sendable, Equatable {
  case none
  case length(Int64)
  case chunked
}

/// The head of a request that passed every check of RFC 9112.
package struct RequestHead: Sendable {
  package let method: HTTPMethod
  /// The target as sent; `RequestTarget` checks and decodes it.
  package let target: String
  /// HTTP/1.0 rather than 1.1.
  package let isHTTP10: Bool
  package let fields: HTTPFields
  package let framing: BodyFraming
  /// Whether the client lets the connection live on after the answer.
  package let keepsAlive: Bool
  /// Whether the client waits for 100 (Continue) before it sends the body.
  package let expectsContinue: Bool
}

/// A request that cannot be accepted: the status to answer before the connection is closed.
package struct RequestRejection: Error, Sendable, Equatable, CustomStringConvertible {
  package let status: HTTPStatus
  /// Safe to show: names the rule.
  package let description: String
  /// What was asked for, as it was sent; nil where that could not be told.
  package let target: String?

  package init(_ status: HTTPStatus, _ description: String, target: String? = nil) {
    self.status = status
    self.description = description
    self.target = target
  }
}
