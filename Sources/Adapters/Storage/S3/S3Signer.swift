package import Domain
import SecretSealing

/// Signs requests to an object store: AWS Signature Version 4, with the payload's hash in the signature.
///
/// By "Signature Calculations for the Authorization Header: Transferring Payload in a Single Chunk" of the Amazon S3 API
/// Reference.
package struct S3Signer: Sendable {
  /// What is signed: every field that is sent but those curl adds, names in lower case, values as they are sent.
  package struct Request: Sendable {
    let method: String
    /// With its port, where that is not the scheme's.
    let host: String
    /// Encoded, with a slash at its beginning.
    let path: String
    let query: [(name: String, value: String)]
    let fields: [(name: String, value: String)]
    /// SHA-256 of the body, lower-case hexadecimal.
    let payloadHash: String

    package init(
      method: String, host: String, path: String, query: [(name: String, value: String)] = [],
      fields: [(name: String, value: String)] = [], payloadHash: String = S3Signer.emptyHash
    ) {
      self.method = method
      self.host = host
      self.path = path
      self.query = query
      self.fields = fields
      self.payloadHash = payloadHash
    }
  }

  /// SHA-256 of nothing.
  package static let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
  private static let algorithm = "AWS4-HMAC-SHA256"

  private let credentials: S3Credentials
  private let region: String

  package init(credentials: S3Credentials, region: String) {
    self.credentials = credentials
    self.region = region
  }

  /// The fields to send beside the request's own, `authorization` among them.
  package func sign(_ request: Request, at time: Timestamp) -> [(name: String, value: String)] {
    let moment = Self.basic(time)
    let day = String(moment.prefix(8))
    var added = [
      (name: "x-amz-content-sha256", value: request.payloadHash), (name: "x-amz-date", value: moment),
    ]
    if let token = credentials.sessionToken { added.append((name: "x-amz-security-token", value: token)) }
    let fields = (request.fields + added + [(name: "host", value: request.host)]).sorted { $0.name < $1.name }
    let names = fields.map(\.name).joined(separator: ";")
    let scope = "\(day)/\(region)/s3/aws4_request"
    let text = [
      Self.algorithm, moment, scope,
      hexadecimal(SHA256.hash(Array(Self.canonical(request, fields: fields, names: names).utf8))),
    ].joined(separator: "\n")
    var key = Array("AWS4\(credentials.secret)".utf8)
    for part in [day, region, "s3", "aws4_request", text] {
      key = HMACSHA256.authenticate(Array(part.utf8), keyBytes: key)
    }
    let authorization =
      "\(Self.algorithm) Credential=\(credentials.keyID)/\(scope),SignedHeaders=\(names),Signature=\(hexadecimal(key))"
    return added + [(name: "authorization", value: authorization)]
  }

  private static func canonical(
    _ request: Request, fields: [(name: String, value: String)], names: String
  ) -> String {
    let lines = fields.map { "\($0.name):\(collapsed($0.value))\n" }.joined()
    return [request.method, request.path, query(request.query), lines, names, request.payloadHash]
      .joined(separator: "\n")
  }

  /// As it is signed, and as it is sent: sorted by encoded name, each with a `=`.
  package static func query(_ items: [(name: String, value: String)]) -> String {
    items.map { (encode($0.name), encode($0.value)) }.sorted { $0 < $1 }.map { "\($0)=\($1)" }
      .joined(separator: "&")
  }

  /// Everything but letters, digits and `-._~` as `%XX`.
  package static func encode(_ text: String, keepingSlashes: Bool = false) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        bytes.append(byte)
      case UInt8(ascii: "/") where keepingSlashes: bytes.append(byte)
      default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Without blanks at the ends, and with one for many.
  private static func collapsed(_ value: String) -> String {
    value.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
  }

  /// `20130524T000000Z`.
  private static func basic(_ time: Timestamp) -> String {
    String(time.iso8601.prefix(19)).filter { $0 != "-" && $0 != ":" } + "Z"
  }
}
