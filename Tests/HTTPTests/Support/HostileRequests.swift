import Testing

/// Requests as attackers, old clients and broken proxies send them, each with the answer it must get.
///
/// The same rows go through the parser alone and through a live server, whole and byte by byte.
enum HostileRequests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let request: String
    let status: Int
    /// What a handler reads, where one is reached.
    let body: String

    var testDescription: String { name }

    init(_ name: String, _ status: Int, _ request: String, _ body: String = "") {
      self.name = name
      self.status = status
      self.request = request
      self.body = body
    }
  }

  /// Two parsers could read these differently: no handler ever sees one.
  static let refused: [Case] = [
    Case(
      "Content-Length beside Transfer-Encoding", 400,
      post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")),
    Case("two Content-Lengths that differ", 400, post("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd")),
    Case("two Content-Lengths that agree", 400, post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc")),
    Case("a list of lengths", 400, post("Content-Length: 3, 3\r\n", "abc")),
    Case("a negative length", 400, post("Content-Length: -1\r\n")),
    Case("a length with a sign", 400, post("Content-Length: +3\r\n", "abc")),
    Case("a length in hexadecimal", 400, post("Content-Length: 0x3\r\n", "abc")),
    Case("an empty length", 400, post("Content-Length: \r\n")),
    Case("a length that overflows", 400, post("Content-Length: 9999999999999999999\r\n")),
    Case("two Hosts", 400, get("Host: b\r\n")),
    Case("no Host", 400, "GET / HTTP/1.1\r\n\r\n"),
    Case("a Host with a path", 400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    Case("a Host with a user", 400, "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"),
    Case("a space before the colon", 400, get("X-A : 1\r\n")),
    Case("a length hidden by a space before its colon", 400, post("Content-Length : 3\r\n", "abc")),
    Case("a header without a name", 400, get(": 1\r\n")),
    Case("a header without a colon", 400, get("X-A\r\n")),
    Case("a header name with a control character", 400, get("X\u{1}A: 1\r\n")),
    Case("a folded header", 400, get("X-A: 1\r\n two\r\n")),
    Case("a first header that is folded", 400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
    Case("a NUL in a value", 400, get("X-A: a\u{0}b\r\n")),
    Case("a bare CR in a value", 400, get("X-A: a\rb\r\n")),
    Case("a bare LF after a value", 400, "GET / HTTP/1.1\r\nHost: a\nX-A: 1\r\n\r\n"),
    Case("a head of bare LFs", 400, "GET / HTTP/1.1\nHost: a\n\n"),
    Case("a bare LF after the request line", 400, "GET / HTTP/1.1\nHost: a\r\n\r\n"),
    Case("a bare CR after the request line", 400, "GET / HTTP/1.1\rHost: a\r\n\r\n"),
    Case("a DEL in a value", 400, get("X-A: \u{7F}\r\n")),
    Case("xchunked", 501, post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")),
    Case("gzip before chunked", 501, post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")),
    Case("chunked, identity", 501, post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n")),
    Case(
      "chunked twice", 400, post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")),
    Case(
      "chunked in HTTP/1.0", 400, "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    Case("a chunk size with 0x", 400, chunked("0x3\r\nabc\r\n0\r\n\r\n")),
    Case("a chunk size with a sign", 400, chunked("+3\r\nabc\r\n0\r\n\r\n")),
    Case("a chunk size with a space", 400, chunked("3 \r\nabc\r\n0\r\n\r\n")),
    Case("an empty chunk size", 400, chunked("\r\nabc\r\n0\r\n\r\n")),
    Case("a chunk size that overflows", 400, chunked("fffffffffffffffff\r\nabc\r\n0\r\n\r\n")),
    Case("a chunk size ended by a bare LF", 400, chunked("3\nabc\r\n0\r\n\r\n")),
    Case("a chunk longer than its size", 400, chunked("3\r\nabcd\r\n0\r\n\r\n")),
    Case("a bare CR in a chunk extension", 400, chunked("3;a=\rb\r\nabc\r\n0\r\n\r\n")),
    Case(
      "an endless chunk extension", 400,
      chunked("3;" + String(repeating: "a", count: 400) + "\r\nabc\r\n0\r\n\r\n")),
    Case("a trailer that is no header", 400, chunked("0\r\nnonsense\r\n\r\n")),
    Case("a request line of two parts", 400, "GET /\r\nHost: a\r\n\r\n"),
    Case("a request line with two spaces", 400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case("a space in the target", 400, "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case("a tab in the target", 400, "GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case("a method that is no token", 400, "G@T / HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case("HTTP/2.0", 505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
    Case("HTTP/1.2", 505, "GET / HTTP/1.2\r\nHost: a\r\n\r\n"),
    Case("a lower case version", 400, "GET / http/1.1\r\nHost: a\r\n\r\n"),
    Case("an unknown expectation", 417, post("Expect: tea\r\nContent-Length: 1\r\n", "a")),
    Case("%00 in the path", 400, get("", target: "/a%00b")),
    Case("%2F in a segment", 400, get("", target: "/a%2Fb")),
    Case("%5C in a segment", 400, get("", target: "/a%5Cb")),
    Case("a dot-dot segment", 400, get("", target: "/a/../b")),
    Case("an encoded dot-dot segment", 400, get("", target: "/a/%2e%2E/b")),
    Case("a broken escape", 400, get("", target: "/a%2")),
    Case("an escape that is not hexadecimal", 400, get("", target: "/a%zz")),
    Case("a path that is not UTF-8", 400, get("", target: "/%ff")),
    Case("a query that is not UTF-8", 400, get("", target: "/?q=%ff")),
    Case("a fragment", 400, get("", target: "/a#b")),
    Case("a target without a slash", 400, get("", target: "a")),
    Case("an authority with a user", 400, get("", target: "http://u@a/")),
    Case("too long a head", 431, get("X-A: " + String(repeating: "a", count: 20_000) + "\r\n")),
    Case("too many headers", 431, get(String(repeating: "X: 1\r\n", count: 200))),
    Case(
      "a length behind Transfer-Encoding", 400,
      post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "abc")),
    Case("a length with an underscore", 400, post("Content-Length: 1_0\r\n", "abcdefghij")),
    Case("a length in Arabic digits", 400, post("Content-Length: \u{663}\r\n", "abc")),
    Case("a length behind a vertical tab", 400, post("Content-Length: \u{B}3\r\n", "abc")),
    Case("chunked behind a vertical tab", 400, post("Transfer-Encoding: \u{B}chunked\r\n", "0\r\n\r\n")),
    Case("chunked in quotes", 501, post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n")),
    Case("identity", 501, post("Transfer-Encoding: identity\r\n")),
    Case("an empty Transfer-Encoding", 501, post("Transfer-Encoding: \r\n")),
    Case("chunked folded onto its own line", 501, post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n")),
    Case("a header folded with a tab", 400, get("X-A: 1\r\n\ttwo\r\n")),
    Case("two Hosts that agree", 400, get("Host: a\r\n")),
    Case("a Host with a space", 400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
    Case("a NUL in the request line", 400, "GET /\u{0} HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case("a NUL in a name", 400, get("X\u{0}: 1\r\n")),
    Case("a bare CR before the end of a line", 400, get("X-A: a\r\r\n")),
    Case("a bare CR in the request line", 400, "GET /\rx HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case("a chunk ended by a bare LF", 400, chunked("3\r\nabc\n0\r\n\r\n")),
    Case("a NUL in a chunk extension", 400, chunked("3;a=\u{0}\r\nabc\r\n0\r\n\r\n")),
    Case("a chunk size with an underscore", 400, chunked("1_0\r\nabc\r\n0\r\n\r\n")),
    Case("a trailer ended by a bare LF", 400, chunked("0\r\nX: 1\n\r\n")),
    Case("a trailer that is folded", 400, chunked("0\r\nX: 1\r\n two\r\n\r\n")),
    Case(
      "an endless trailer", 400,
      chunked("0\r\n" + String(repeating: "X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", count: 400) + "\r\n")),
    Case("two empty lines before the request", 400, "\r\n\r\n" + get("")),
    Case("a bare LF before the request", 400, "\n" + get("")),
    Case("a space before the method", 400, " GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case("a space after the version", 400, "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"),
    Case("the opening of HTTP/2", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    Case("HTTP/0.9", 400, "GET /\r\n\r\n"),
    Case("HTTP/1.10", 400, "GET / HTTP/1.10\r\nHost: a\r\n\r\n"),
    Case(
      "a method without an end", 400, String(repeating: "A", count: 40) + " / HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case("a tunnel", 400, "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"),
    Case("%2f in lower case", 400, get("", target: "/a%2fb")),
    Case("a backslash", 400, get("", target: "/a\\..\\b")),
    Case("%0d%0a in the path", 400, get("", target: "/a%0d%0aX:%201")),
    Case("an overlong slash", 400, get("", target: "/a%c0%afb")),
    Case("a single dot segment", 400, get("", target: "/./a")),
    Case("5,000 headers", 431, get(String(repeating: "X: 1\r\n", count: 5000))),
    Case(
      "a head that does not end", 431,
      "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "a", count: 20_000)),
  ]

  /// Unusual, and clear all the same.
  static let accepted: [Case] = [
    Case("the plainest request", 200, get("Connection: close\r\n")),
    Case("an empty line before the request", 200, "\r\n" + get("Connection: close\r\n")),
    Case("HTTP/1.0 without a Host", 200, "GET / HTTP/1.0\r\n\r\n"),
    Case("an absolute target", 200, get("Connection: close\r\n", target: "http://a/x?y=1")),
    Case("a tab in a value", 200, get("X-A: a\tb\r\nConnection: close\r\n")),
    Case("a body by length", 200, post("Content-Length: 3\r\nConnection: close\r\n", "abc"), "abc"),
    Case(
      "chunks with extension and trailer", 200,
      post("Transfer-Encoding: Chunked\r\nConnection: close\r\n", "3;a=b\r\nabc\r\n0\r\nX-T: 1\r\n\r\n"),
      "abc"),
    Case("a path with UTF-8 in escapes", 200, get("Connection: close\r\n", target: "/%E4%BD%A0")),
    Case(
      "a body in a GET", 200,
      "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc", "abc"),
    Case(
      "lower case header names", 200,
      "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\nconnection: close\r\n\r\nabc", "abc"),
    Case("no space behind a colon", 200, "GET / HTTP/1.1\r\nHost:a\r\nConnection:close\r\n\r\n"),
    Case("blanks around a value", 200, "GET / HTTP/1.1\r\nHost: \t a \t\r\nConnection: close\r\n\r\n"),
    Case(
      "a length with zeros before it", 200, post("Content-Length: 0003\r\nConnection: close\r\n", "abc"),
      "abc"),
    Case("an empty body by length", 200, post("Content-Length: 0\r\nConnection: close\r\n")),
    Case(
      "an empty body in chunks", 200, post("Transfer-Encoding: chunked\r\nConnection: close\r\n", "0\r\n\r\n")
    ),
    Case(
      "chunk sizes in both cases and with zeros", 200,
      post(
        "Transfer-Encoding: chunked\r\nConnection: close\r\n",
        "0A\r\n0123456789\r\n00a\r\n0123456789\r\n000\r\n\r\n"),
      "01234567890123456789"),
    Case(
      "a trailer that names a length", 200,
      post("Transfer-Encoding: chunked\r\nConnection: close\r\n", "1\r\na\r\n0\r\nContent-Length: 9\r\n\r\n"),
      "a"),
    Case(
      "a Host of another address form", 200, "GET / HTTP/1.1\r\nHost: [::1]:8000\r\nConnection: close\r\n\r\n"
    ),
    Case("100 headers", 200, get(String(repeating: "X: 1\r\n", count: 98) + "Connection: close\r\n")),
    Case("bytes past ASCII in a value", 200, get("X-A: \u{4F60}\r\nConnection: close\r\n")),
    Case("an empty segment", 200, get("Connection: close\r\n", target: "//a")),
  ]

  private static func get(_ lines: String, target: String = "/") -> String {
    "GET \(target) HTTP/1.1\r\nHost: a\r\n\(lines)\r\n"
  }

  private static func post(_ lines: String, _ body: String = "") -> String {
    "POST / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n\(body)"
  }

  private static func chunked(_ body: String) -> String { post("Transfer-Encoding: chunked\r\n", body) }
}
