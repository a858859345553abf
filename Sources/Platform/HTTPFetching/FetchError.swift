import CCurl
import Glibc

/// Why a request got no answer, or not all of it.
///
/// An answer with any status is not an error.
package struct FetchError: Error, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
  /// What happened, for programs.
  ///
  /// Open: switch with a default.
  package struct Code: RawRepresentable, Hashable, Sendable {
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let invalidURL = Code(rawValue: "invalid_url")
    package static let unsupportedScheme = Code(rawValue: "unsupported_scheme")
    package static let dns = Code(rawValue: "dns")
    package static let connectionRefused = Code(rawValue: "connection_refused")
    package static let unreachable = Code(rawValue: "unreachable")
    package static let connectionLost = Code(rawValue: "connection_lost")
    package static let timedOut = Code(rawValue: "timed_out")
    package static let tls = Code(rawValue: "tls")
    package static let badResponse = Code(rawValue: "bad_response")
    package static let tooManyRedirects = Code(rawValue: "too_many_redirects")
    package static let tooLarge = Code(rawValue: "too_large")
    package static let uploadFailed = Code(rawValue: "upload_failed")
    package static let forbiddenAddress = Code(rawValue: "forbidden_address")
    package static let aborted = Code(rawValue: "aborted")
    package static let other = Code(rawValue: "other")
  }

  package let code: Code
  /// What the library said: may name hosts and addresses, so it goes to the log only.
  package let detail: String
  /// What the upload's source threw.
  package let underlying: (any Error)?

  package init(_ code: Code, detail: String = "", underlying: (any Error)? = nil) {
    self.code = code
    self.detail = detail
    self.underlying = underlying
  }

  init(_ result: CURLcode, systemError: Int, detail: String) {
    let code: Code =
      switch result {
      case CURLE_URL_MALFORMAT: .invalidURL
      case CURLE_UNSUPPORTED_PROTOCOL: .unsupportedScheme
      case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .dns
      case CURLE_COULDNT_CONNECT: systemError == Int(ECONNREFUSED) ? .connectionRefused : .unreachable
      case CURLE_OPERATION_TIMEDOUT: .timedOut
      case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,
        CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR:
        .tls
      case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE: .connectionLost
      case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING: .badResponse
      case CURLE_TOO_MANY_REDIRECTS: .tooManyRedirects
      default: .other
      }
    self.init(code, detail: "curl \(result.rawValue): \(detail)")
  }

  /// Safe to show to anyone.
  package var description: String {
    switch code {
    case .invalidURL: "the address is not a valid URL"
    case .unsupportedScheme: "only http and https addresses are supported"
    case .dns: "the server's name could not be resolved"
    case .connectionRefused: "the server refused the connection"
    case .unreachable: "the server could not be reached"
    case .connectionLost: "the server closed the connection before the answer was complete"
    case .timedOut: "the server did not answer in time"
    case .tls: "a secure connection to the server could not be made"
    case .badResponse: "the server's answer was not valid HTTP"
    case .tooManyRedirects: "the server redirected too often"
    case .tooLarge: "the server's answer was larger than expected"
    case .uploadFailed: "what was to be sent could not be read"
    case .forbiddenAddress: "the server's address must not be called"
    case .aborted: "the request was aborted"
    default: "the request failed"
    }
  }

  package var debugDescription: String {
    let cause = underlying.map { " (\(String(reflecting: $0)))" } ?? ""
    return "\(code.rawValue): \(detail)\(cause)"
  }
}
