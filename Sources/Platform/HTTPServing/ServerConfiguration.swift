/// Where a server listens and how much it lets a client do.
///
/// Every limit is on for every client.
package struct ServerConfiguration: Sendable {
  /// An address of this machine, a name that resolves to some, or a local socket.
  ///
  /// `::` takes IPv4 clients too. `unix:` and an absolute path is a local socket, which owner and group may use.
  package var host = "127.0.0.1"
  /// Zero lets the system choose; `HTTPServer.start` returns the choice.
  package var port: UInt16 = 8000
  /// With a certificate the server speaks TLS (1.2 or later), and nothing else.
  package var tls: TLSFiles?
  /// Connections waiting to be accepted.
  package var backlog: Int32 = 1024
  /// Connections at one time; those past it are answered 503 and closed.
  package var maximumConnections = 10_000
  /// Connections at one time from one IPv4 address or one IPv6 network of 64 bits; those past it are answered
  /// 429 and closed.
  package var maximumConnectionsPerAddress = 1000
  /// Whether this machine's own addresses are counted too: behind a proxy every client has one.
  package var limitsLoopback = false
  /// Bytes in a request line and its header fields together; more is 431.
  package var maximumHeadBytes = 16 * 1024
  /// Bytes in a request body where the route does not say; more is 413, as the bytes arrive.
  package var maximumBodyBytes: Int64 = 1024 * 1024
  /// Bytes that may wait in each direction of a connection before its producer is paused.
  package var highMark = 256 * 1024
  /// From a connection to the end of its TLS handshake; then it is closed.
  package var handshakeTimeout = Duration.seconds(10)
  /// From the first byte of a head to its last; then 408.
  package var headTimeout = Duration.seconds(10)
  /// Between two requests of a connection; then it is closed without a word.
  package var idleTimeout = Duration.seconds(75)
  /// Without one byte of a body that is being read; then 408.
  package var bodyStallTimeout = Duration.seconds(30)
  /// Without the client taking one byte of an answer; then the connection is cut.
  package var writeStallTimeout = Duration.seconds(30)
  /// How long a handler goes on for a client that has closed its sending side, as one that left does too; then
  /// it is cancelled, unless it sends an answer of known length and the client takes it.
  package var halfCloseTime = Duration.seconds(2)
  /// How long the rest of an upload is read and dropped after an early answer, so that the client can read
  /// it.
  package var lingerTime = Duration.seconds(1)

  /// Whether `%2F` may stand in a path; only for handlers that know where it belongs, as a `Router` does.
  package var allowsEncodedSlash = false

  package init() {}
}
