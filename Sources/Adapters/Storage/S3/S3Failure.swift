import Domain
import HTTPFetching
import HTTPWire

/// Why an object store did not do what it was asked for.
enum S3Failure: Error, Sendable {
  /// It said no.
  case refused(S3Refusal)
  /// It gave no answer, or not all of it.
  case unreached(FetchError)
  /// What it said is not what S3 says.
  case unreadable(String)
  /// What it holds is not what was sent.
  case damaged(String)
  case cancelled

  /// Worth another try, unchanged.
  var isPassing: Bool {
    switch self {
    case .refused(let refusal): refusal.isPassing
    case .unreached(let error):
      [.dns, .connectionRefused, .unreachable, .connectionLost, .timedOut, .badResponse].contains(error.code)
    case .unreadable, .damaged, .cancelled: false
    }
  }

  var isMissing: Bool { code == "NoSuchKey" || (code == "" && status == 404) }
  var code: String? { if case .refused(let refusal) = self { refusal.code } else { nil } }
  var status: Int? { if case .refused(let refusal) = self { refusal.status } else { nil } }

  /// What a user is told; the store's own words go to the log.
  var error: DomainError {
    switch self {
    case .refused(let refusal) where refusal.isPassing:
      Self.away("the object store answered \(refusal.status) \(refusal.code)")
    case .refused(let refusal):
      DomainError(
        .storageRefused, "The object store did not take the request.",
        hint: "The server's log says why; luthier storage check looks at what may be done there.",
        origin: .upstream, detail: refusal.detail)
    case .unreached(let error): Self.away(error.debugDescription)
    case .unreadable(let detail):
      DomainError(
        .storageRefused, "The object store's answer could not be understood.",
        hint: "Check LUTHIER_S3_ENDPOINT.", origin: .upstream, detail: detail)
    case .damaged(let detail):
      DomainError(
        .storageRefused, "What the object store holds is not what was sent to it.",
        hint: "Try again; if it stays so, the store or the line to it is at fault.", origin: .upstream,
        detail: detail)
    case .cancelled:
      DomainError(.internalFault, "The request was given up.", hint: "Try again.", detail: "cancelled")
    }
  }

  private static func away(_ detail: String) -> DomainError {
    DomainError(
      .storageUnreachable, "The object store does not answer.",
      hint: "Try again in a moment; nothing that it holds is lost.", origin: .upstream, detail: detail,
      retryAfter: 5)
  }
}

/// An object store's no.
struct S3Refusal: Error, Sendable, Equatable {
  /// Of HTTP; 200 where the answer turned out to be an error after it had begun.
  let status: Int
  /// S3's, such as `AccessDenied`; empty where it sent none, as to HEAD.
  let code: String
  /// Its own words, without what must not be seen.
  let message: String
  /// The bucket's, where it named one.
  let region: String?
  /// Where the bucket is to be found instead.
  let location: String?
  /// The clock of the store, as it sent it.
  let date: String?

  init(
    status: Int, code: String, message: String = "", region: String? = nil, location: String? = nil,
    date: String? = nil
  ) {
    self.status = status
    self.code = code
    self.message = message
    self.region = region
    self.location = location
    self.date = date
  }

  init(_ status: HTTPStatus, _ fields: HTTPFields, body: [UInt8], hiding: (String) -> String) {
    let answer = try? S3Answer(body)
    let error = answer?.name == "Error" ? answer : nil
    func short(_ text: String?) -> String {
      String(hiding(text ?? "").unicodeScalars.prefix(300).map { $0.value < 32 ? " " : Character($0) })
    }
    self.init(
      status: status.code, code: String(short(error?.text(of: "Code")).prefix(64)),
      message: short(error?.text(of: "Message")),
      region: error?.text(of: "Region") ?? fields["x-amz-bucket-region"], location: fields["Location"],
      date: fields["Date"])
  }

  /// Codes that come with a 4xx and pass all the same; a body that was damaged on its way is sent again.
  private static let passing: Set<String> = [
    "SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable", "OperationAborted", "BadDigest",
    "XAmzContentSHA256Mismatch", "RequestLimitExceeded", "ThrottlingException", "ServerBusy",
  ]

  var isPassing: Bool {
    Self.passing.contains(code) || [429, 500, 502, 503, 504].contains(status)
  }

  var detail: String { "\(status) \(code): \(message)" }
}
