package import HTTPWire

/// A request to another server.
package struct FetchRequest: Sendable {
  package enum Body: Sendable {
    case none
    case bytes([UInt8])
    /// Pulled chunk by chunk as fast as the other side takes it, until nil; an error it throws fails the
    /// request.
    ///
    /// A nil length makes it chunked.
    case stream(length: Int64?, @Sendable () async throws -> [UInt8]?)
  }

  package var method: HTTPMethod
  /// Which addresses a request may go to, whatever its name resolves to.
  package enum Reach: Sendable {
    case anywhere
    /// Not link-local, multicast or reserved ones: a cloud's metadata service lies there.
    case notThisLink
    /// Not this machine's and not private networks' either.
    case publicOnly
  }

  /// Only http and https.
  package var url: String
  package var fields: HTTPFields
  package var body: Body
  /// To resolve the name, connect, and agree on encryption.
  package var connectTimeout = Duration.seconds(10)
  /// From the start to the last byte of the answer; nil is no limit.
  package var totalTimeout: Duration?
  /// Without a byte in either direction, a second or more; nil is no limit.
  ///
  /// An answer nobody reads does not count.
  package var stallTimeout: Duration? = .seconds(120)
  /// Bytes read from the connection at once, 1024 or more: what each transfer holds while it lasts.
  package var receiveBuffer = 16 * 1024
  /// Redirects to follow; past them the request fails.
  ///
  /// Zero gives the 3xx answer itself.
  package var maximumRedirects = 0

  /// Checked at the moment of connecting, so that a name that changes its address gains nothing; proxies are
  /// not used where it is not `anywhere`, since they would connect elsewhere.
  package var reach = Reach.anywhere

  /// PEM file of the authorities that a certificate may be of; nil: the system's.
  package var authorityFile: String?

  package init(_ method: HTTPMethod = .get, _ url: String, fields: HTTPFields = [:], body: Body = .none) {
    self.method = method
    self.url = url
    self.fields = fields
    self.body = body
  }
}
