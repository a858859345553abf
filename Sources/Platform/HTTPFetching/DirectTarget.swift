import CSystem
import Glibc
import HTTPWire

/// Where a plain HTTP request to an address in digits goes.
struct DirectTarget: Equatable {
  /// The address and the port, as they stand in a Host field: what a kept connection is found by.
  let origin: String
  let address: String
  let port: UInt16
  /// The path with its query, as it is sent.
  let path: String

  /// Nil for what is curl's: names, TLS, users in the URL, redirects, streamed bodies, guarded addresses, proxies, and
  /// whatever a URL could hold that is read in two ways.
  init?(_ request: FetchRequest) {
    guard request.reach == .anywhere, request.maximumRedirects == 0, request.method.isToken else {
      return nil
    }
    if case .stream = request.body { return nil }
    self.init(url: request.url)
    if Self.hasProxy, !Self.isLoopback(address) { return nil }
  }

  /// Reads `http://ADDRESS[:PORT][/PATH][?QUERY]`, and nothing else.
  init?(url: String) {
    let scheme = "http://"
    guard url.utf8.starts(with: scheme.utf8),
      url.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "#") })
    else { return nil }
    let rest = url.utf8.dropFirst(scheme.utf8.count)
    let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
    let tail = String(rest[end...]) ?? ""
    // Curl takes "." and ".." out of a path.
    guard !tail.contains("/."), !tail.contains("\\") else { return nil }
    path = tail.hasPrefix("/") ? tail : "/" + tail
    guard let authority = String(rest[..<end]), let (host, digits) = Self.split(authority) else { return nil }
    guard let number = digits.isEmpty ? 80 : UInt16(digits), number > 0 else { return nil }
    var room = in6_addr()
    guard inet_pton(host.contains(":") ? AF_INET6 : AF_INET, host, &room) == 1 else { return nil }
    address = host
    port = number
    let shown = host.contains(":") ? "[\(host)]" : host
    origin = number == 80 ? shown : "\(shown):\(number)"
  }

  /// The address and the digits of the port, which may be none.
  private static func split(_ authority: String) -> (host: String, digits: String)? {
    let host: Substring
    var rest: Substring
    if authority.hasPrefix("[") {
      guard let close = authority.firstIndex(of: "]") else { return nil }
      host = authority[authority.index(after: authority.startIndex)..<close]
      // In brackets stands no address of version 4.
      guard host.contains(":") else { return nil }
      rest = authority[authority.index(after: close)...]
    } else {
      let end = authority.firstIndex(of: ":") ?? authority.endIndex
      host = authority[..<end]
      rest = authority[end...]
    }
    if rest.isEmpty { return (String(host), "") }
    guard rest.removeFirst() == ":", (1...5).contains(rest.utf8.count),
      rest.utf8.allSatisfy({ (48...57).contains($0) })
    else { return nil }
    return (String(host), String(rest))
  }

  /// A proxy from the environment is for other machines, never for this one.
  private static func isLoopback(_ address: String) -> Bool { address.hasPrefix("127.") || address == "::1" }

  /// Whether curl would go by a proxy; it reads these three for plain HTTP.
  private static let hasProxy = ["http_proxy", "all_proxy", "ALL_PROXY"].contains { (name: String) in
    getenv(name).map { $0.pointee != 0 } ?? false
  }
}
