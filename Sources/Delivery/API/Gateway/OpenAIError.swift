import Contract
import Domain
import FoundationEssentials
import HTTPServing
import HTTPWire

/// Errors in OpenAI's shape, for its routes.
enum OpenAIError {
  /// Whether an error has this shape: one of a request's, or one that kept it from being a request.
  static func applies(to request: Request?, _ error: any Error) -> Bool {
    let asked = request?.target.path ?? (error as? HTTPError)?.target
    return asked?.hasPrefix("/v1/") ?? false
  }

  /// An error after the stream has begun.
  ///
  /// Not inlined: what it works with would count in the memory of every stream.
  @inline(never)
  static func event(_ error: any Error) -> [UInt8] {
    Array("data: ".utf8) + encoded(reply(to: ErrorAnswer.describe(error))) + Array("\n\n".utf8)
  }

  static func response(to answer: ErrorAnswer.Description) -> Response {
    .json(encoded(reply(to: answer)), status: status(of: answer))
  }

  /// OpenAI's routes say 400 for what elsewhere is 422.
  private static func status(of answer: ErrorAnswer.Description) -> HTTPStatus {
    answer.status == .unprocessableContent ? .badRequest : answer.status
  }

  private static func reply(to answer: ErrorAnswer.Description) -> OpenAIErrorReply {
    if let own = answer.upstream {
      return OpenAIErrorReply(
        error: .init(
          message: own.message, type: own.type ?? type(of: answer.status), param: own.param,
          code: own.code ?? answer.envelope.code))
    }
    let hint = " " + (answer.envelope.hint ?? ErrorAnswer.hint(for: answer.status))
    return OpenAIErrorReply(
      error: .init(
        message: answer.envelope.error + hint, type: type(of: status(of: answer)),
        param: answer.envelope.fields?.first?.field, code: code(of: answer.envelope.code)))
  }

  private static func type(of status: HTTPStatus) -> String {
    switch status.code {
    case 401: "authentication_error"
    case 403: "permission_error"
    case 429: "rate_limit_error"
    case 500...: "server_error"
    default: "invalid_request_error"
    }
  }

  private static func code(of ours: String) -> String {
    switch ours {
    case "unauthenticated": "invalid_api_key"
    case "model_missing": "model_not_found"
    case "rate_limited": "rate_limit_exceeded"
    default: ours
    }
  }

  private static func encoded(_ reply: OpenAIErrorReply) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(reply)).map { [UInt8]($0) } ?? Array("{\"error\":{}}".utf8)
  }
}
