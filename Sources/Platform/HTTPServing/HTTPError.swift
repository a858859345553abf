package import HTTPWire

/// An error that knows which status answers it.
///
/// Thrown by the router, by request bodies and by the server itself; handlers may throw their own.
/// `description` is safe to show to anyone.
package struct HTTPError: Error, Sendable, CustomStringConvertible {
  /// What happened, for programs.
  ///
  /// Open: other rooms add their own.
  package struct Code: RawRepresentable, Hashable, Sendable {
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let malformedRequest = Code(rawValue: "malformed_request")
    package static let notFound = Code(rawValue: "not_found")
    package static let methodNotAllowed = Code(rawValue: "method_not_allowed")
    package static let bodyTooLarge = Code(rawValue: "body_too_large")
    package static let bodyIncomplete = Code(rawValue: "body_incomplete")
    package static let timedOut = Code(rawValue: "timed_out")
    package static let fileUnavailable = Code(rawValue: "file_unavailable")
    package static let internalError = Code(rawValue: "internal_error")
  }

  package let status: HTTPStatus
  package let code: Code
  package let description: String
  /// Fields the answer must carry, for example Allow.
  package var fields = HTTPFields()
  /// What was asked for, as it was sent, where the server refused it before there was a request; not safe to show.
  package private(set) var target: String?

  package init(_ status: HTTPStatus, _ code: Code, _ description: String, fields: HTTPFields = [:]) {
    self.status = status
    self.code = code
    self.description = description
    self.fields = fields
  }

  init(_ rejection: RequestRejection) {
    self.init(
      rejection.status, rejection.status == .requestTimeout ? .timedOut : .malformedRequest,
      rejection.description)
    target = rejection.target
  }
}

/// The client went away, or the server gave the connection up, before the answer was out.
package struct ResponseAborted: Error, Sendable, CustomStringConvertible {
  package init() {}

  package var description: String { "the connection closed before the response was complete" }
}
