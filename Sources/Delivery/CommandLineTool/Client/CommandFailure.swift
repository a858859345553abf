import Contract
import FoundationEssentials
import HTTPFetching
import HTTPWire

/// Why a command ended without its result.
struct CommandFailure: Error, CustomStringConvertible {
  let exitCode: ExitCode
  let envelope: ErrorEnvelope
  /// The server's own bytes, for `--json`.
  let answer: [UInt8]?
  /// Worth another attempt: the server was away, not of another opinion.
  let isTransient: Bool

  var description: String { envelope.error }

  /// Something this program found.
  init(_ exitCode: ExitCode, _ message: String, code: String = "client_error", hint: String? = nil) {
    self.exitCode = exitCode
    envelope = ErrorEnvelope(error: message, code: code, hint: hint, origin: "client")
    answer = nil
    isTransient = false
  }

  /// The server refused.
  init(status: HTTPStatus, fields: HTTPFields, answer: [UInt8], server: ServerAddress) {
    let decoded = Self.envelope(answer)
    exitCode = Self.exitCode(status: status.code, code: decoded?.code)
    isTransient = [502, 503, 504].contains(status.code)
    self.answer = decoded == nil ? nil : answer
    let envelope =
      decoded
      ?? ErrorEnvelope(
        error: "The server answered \(status.code) \(status.reason).", code: "unexpected_answer",
        hint: "Is \(server.text) a Luthier server? Name another one with --server URL.", origin: "client")
    var hint = envelope.hint
    if status == .unauthorized { hint = "Sign in: luthier login --server \(server.text)" }
    if status == .tooManyRequests, let seconds = fields["Retry-After"] {
      hint = "Try again in \(seconds) second\(seconds == "1" ? "" : "s")."
    }
    self.envelope = ErrorEnvelope(
      error: envelope.error, code: envelope.code, hint: hint, origin: envelope.origin,
      requestID: envelope.requestID, fields: envelope.fields)
  }

  /// An error in the server's shape, or in OpenAI's as its routes have it.
  private static func envelope(_ answer: [UInt8]) -> ErrorEnvelope? {
    let (data, decoder) = (Data(answer), JSONDecoder())
    if let own = try? decoder.decode(ErrorEnvelope.self, from: data) { return own }
    guard let theirs = try? decoder.decode(OpenAIErrorReply.self, from: data) else { return nil }
    return ErrorEnvelope(error: theirs.error.message, code: theirs.error.code ?? "unexpected_answer")
  }

  /// No answer, or not all of it.
  init(_ error: FetchError, server: ServerAddress) {
    if let cause = error.underlying as? CommandFailure {
      self = cause
      return
    }
    answer = nil
    switch error.code {
    case .invalidURL, .unsupportedScheme:
      exitCode = .usage
      isTransient = false
    default:
      exitCode = .unreachable
      isTransient = true
    }
    envelope = ErrorEnvelope(
      error: "\(server.text) cannot be reached: \(error.description).", code: error.code.rawValue,
      hint: "Is the server up (luthier serve)? Name another one with --server URL.", origin: "client")
  }

  /// By the code of an error that came after the answer had begun.
  static func exitCode(code: String?) -> ExitCode {
    switch code {
    case "conflict": .conflict
    case "too_large", "storage_full": .tooMuch
    default: exitCode(status: 0, code: code)
    }
  }

  private static func exitCode(status: Int, code: String?) -> ExitCode {
    switch code {
    case "model_start_failed": return .modelNotLoaded
    case "quota_exceeded": return .tooMuch
    case "upstream_refused": return .refused
    case "upstream_unreachable": return .unreachable
    default: break
    }
    switch status {
    case 401, 403: return .refused
    case 404: return .notFound
    case 409: return .conflict
    case 413, 429, 507: return .tooMuch
    default: return .failed
    }
  }
}
