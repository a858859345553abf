import Contract
package import Domain
package import HTTPServing
import HTTPWire

/// The one place where an error becomes an answer.
package enum ErrorAnswer {
  /// Answers with the envelope; what is not safe to show stays in the log.
  package static func response(to error: any Error, request: Request?, log: ServerLog) -> Response {
    let answer = describe(error)
    if answer.status.code >= 500 {
      log.error(
        "request failed",
        [
          "request": request?.id ?? "-", "route": request?.route ?? "-", "code": answer.envelope.code,
          "error": String(reflecting: error),
        ])
    }
    var response: Response
    if OpenAIError.applies(to: request, error) {
      response = OpenAIError.response(to: answer)
    } else {
      let envelope = ErrorEnvelope(
        error: answer.envelope.error, code: answer.envelope.code,
        hint: answer.envelope.hint.flatMap { $0.isEmpty ? nil : $0 } ?? hint(for: answer.status),
        origin: answer.envelope.origin, requestID: request?.id, fields: answer.envelope.fields)
      response = (try? Response.json(envelope, status: answer.status)) ?? .empty(answer.status)
    }
    for (name, value) in answer.fields {
      if let name = HTTPFieldName(name) { response.fields[name] = value }
    }
    if answer.status == .unauthorized { response.fields["WWW-Authenticate"] = "Bearer" }
    return response
  }

  struct Description {
    let status: HTTPStatus
    let envelope: ErrorEnvelope
    var fields: [(name: String, value: String)] = []
    /// A backend's own words, for routes that pass them on.
    var upstream: UpstreamRefusal?
  }

  static func describe(_ error: any Error) -> Description {
    switch error {
    case let error as DomainError:
      return Description(
        status: status(of: error.code),
        envelope: ErrorEnvelope(
          error: error.message, code: error.code.rawValue, hint: error.hint, origin: error.origin.rawValue,
          fields: error.faults.isEmpty
            ? nil : error.faults.map { .init(field: $0.field, message: $0.message, hint: $0.hint) }),
        fields: error.retryAfter.map { [("Retry-After", String($0))] } ?? [])
    case let error as LimitReached:
      return Description(
        status: .tooManyRequests,
        envelope: ErrorEnvelope(error: error.message, code: error.code.rawValue, hint: error.hint),
        fields: [("Retry-After", String(error.retryAfter))])
    case let error as UpstreamRefusal:
      return Description(
        status: passedOn[error.status] ?? (error.status >= 500 ? .badGateway : .badRequest),
        envelope: ErrorEnvelope(
          error: error.message, code: error.status == 429 ? "rate_limited" : "upstream_failed",
          origin: "upstream"),
        fields: error.retryAfter.map { [("Retry-After", String($0))] } ?? [], upstream: error)
    case let error as BodyRefusal:
      return Description(
        status: error.isSyntax ? .badRequest : .unprocessableContent,
        envelope: ErrorEnvelope(
          error: error.message, code: error.isSyntax ? "malformed_json" : "invalid_input", hint: error.hint,
          fields: error.field.map { [$0] }))
    case let error as PipelineRefusal:
      return Description(
        status: error.isOnlyMissing ? .notFound : .unprocessableContent, envelope: error.envelope)
    case let error as HTTPError:
      return Description(
        status: error.status,
        envelope: ErrorEnvelope(
          error: error.description, code: error.code.rawValue),
        fields: error.fields.map { ($0.name, $0.value) })
    case let error as MultipartError:
      return Description(
        status: .badRequest,
        envelope: ErrorEnvelope(
          error: error.description, code: "malformed_multipart",
          hint: "Send multipart/form-data with one file part."))
    default:
      return Description(
        status: .internalServerError,
        envelope: ErrorEnvelope(
          error: "Something went wrong in the server.", code: "internal_error",
          hint: "Try again; the server's log tells more under this request's id."))
    }
  }

  /// A backend's statuses that mean the same to the caller.
  private static let passedOn: [Int: HTTPStatus] = [
    404: .notFound, 413: .contentTooLarge, 429: .tooManyRequests, 503: .serviceUnavailable,
    504: .gatewayTimeout,
  ]

  /// What to do where the error itself does not say: every answer has a hint.
  static func hint(for status: HTTPStatus) -> String {
    switch status {
    case .unauthorized: "Log in again."
    case .notFound, .badRequest, .unprocessableContent, .unsupportedMediaType:
      "See /docs for what there is and what it takes."
    case .methodNotAllowed: "The Allow field names the methods this address takes."
    case .conflict: "Look at its present state, then try again."
    case .contentTooLarge: "Send less, or have the limit raised (MAX_UPLOAD_SIZE)."
    case .rangeNotSatisfiable: "The Content-Range field names the size; ask for bytes within it."
    case .requestTimeout: "Send the request again, and faster."
    default: "Try again; the server's log tells more under this request's id."
    }
  }

  private static func status(of code: DomainError.Code) -> HTTPStatus {
    statuses[code] ?? .internalServerError
  }

  static let statuses: [DomainError.Code: HTTPStatus] = [
    .invalidInput: .unprocessableContent, .unauthenticated: .unauthorized, .forbidden: .forbidden,
    .notFound: .notFound, .conflict: .conflict, .tooLarge: .contentTooLarge,
    .unsupportedMedia: .unsupportedMediaType, .quota: .forbidden, .rateLimited: .tooManyRequests,
    .hostUnreachable: .serviceUnavailable, .hostFailed: .badGateway, .trainerMissing: .serviceUnavailable,
    .engineMissing: .serviceUnavailable, .mergeFailed: .badGateway, .mergeStopped: .conflict,
    .archiveStopped: .conflict,
    .modelMissing: .notFound, .modelStartFailed: .badGateway, .upstreamFailed: .badGateway,
    .upstreamRefused: .badGateway, .upstreamUnreachable: .badGateway,
    .timedOut: .gatewayTimeout, .databaseUnreachable: .serviceUnavailable, .notInCharge: .serviceUnavailable,
    .storageFull: HTTPStatus(507), .storageUnreachable: HTTPStatus(503), .storageRefused: HTTPStatus(502),
    .chatTimedOut: .gatewayTimeout, .chatNoReply: .badGateway, .chatCommandMissing: .serviceUnavailable,
    .chatScriptMissing: .serviceUnavailable, .chatWorkDirectoryMissing: .serviceUnavailable,
    .chatWrongPython: .serviceUnavailable, .chatOutOfMemory: .serviceUnavailable,
    .chatMessageUnsendable: .unprocessableContent, .chatQueueFull: .serviceUnavailable,
    .chatFailed: .badGateway, .budgetSpent: .tooManyRequests, .clusterRefused: .unprocessableContent,
  ]
}
