package import Concurrency
package import EventLoop
import HTTPWire
import Synchronization

/// An HTTP/1.1 server on event loops.
///
///     let server = HTTPServer(configuration: settings, loops: loops, blocking: pool, handler: router.handle)
///     let port = try server.start()
///     …
///     await server.shutdown(grace: .seconds(10))
package final class HTTPServer: Sendable {
  private let core: ServerCore
  private let sets: [ConnectionSet]
  private let acceptors = Mutex<[Acceptor]>([])

  /// Makes a server that is not listening yet.
  ///
  /// `onError` turns what a handler lets escape, and what the server itself refuses (then without a request),
  /// into a response of fixed bytes; it must not throw the details at the client. `onExchange` is called on
  /// the loop once per request, when its answer is done: keep it short.
  package init(
    configuration: ServerConfiguration, loops: EventLoopGroup, blocking: BlockingPool,
    onError: @escaping @Sendable (any Error, Request?) -> Response = HTTPServer.plainError,
    onExchange: (@Sendable (ExchangeSummary) -> Void)? = nil, handler: @escaping Handler
  ) {
    let core = ServerCore(
      configuration: configuration, handler: handler, onError: onError, onExchange: onExchange,
      blocking: blocking)
    self.core = core
    sets = loops.loops.map { ConnectionSet(loop: $0, core: core) }
  }

  /// Listens and serves; returns the bound port, zero for a local socket.
  ///
  /// Call once. Throws `ServerError`.
  package func start() throws(ServerError) -> UInt16 {
    let configuration = core.configuration
    try reloadCertificate()
    let (sockets, port) = try Listener.open(
      host: configuration.host, port: configuration.port, backlog: configuration.backlog)
    let loop = sets[0].loop
    let opened = sockets.map { Acceptor(listener: $0, loop: loop, core: core, sets: sets) }
    acceptors.withLock { $0 = opened }
    loop.execute {
      for acceptor in opened {
        // Only a socket that was closed already is refused here: the server was shut down at once.
        do throws(EventLoopError) { try acceptor.begin() } catch { acceptor.close() }
      }
    }
    return port
  }

  /// Reads certificate and key again, for connections from now on; nothing without TLS.
  ///
  /// Reads files on the caller's thread. Throws `ServerError` with code `.certificate`, and goes on with what it
  /// had.
  package func reloadCertificate() throws(ServerError) {
    guard let files = core.configuration.tls else { return }
    let context = try TLSContext(files)
    core.tls.withLock { $0 = context }
  }

  /// How many handlers are at work.
  package var handlerCount: Int { core.handlerCount }

  /// How many connections are open.
  package var connectionCount: Int { core.connectionCount }

  /// Stops accepting, closes idle connections, and tells handlers (`Request.isDraining`).
  ///
  /// Answers that are under way go on.
  package func drain() {
    guard core.drain.open() else { return }
    for acceptor in acceptors.withLock({ $0 }) {
      sets[0].loop.execute { acceptor.close() }
    }
    for set in sets { set.loop.execute { set.drain() } }
    core.checkQuiet()
  }

  /// Drains, waits at most `grace` for what is under way, then cancels handlers and closes every connection.
  ///
  /// When it returns, nobody can connect any more.
  package func shutdown(grace: Duration) async {
    drain()
    // A loop runs in order: behind this the listening sockets are closed.
    let closed = Gate()
    sets[0].loop.execute { closed.open() }
    try? await withTimeout(grace) { [core] in try await core.quiet.wait() }
    for set in sets { set.loop.execute { set.closeAll() } }
    // Closing is quick; the limit is for a loop that somebody blocks.
    try? await withTimeout(.seconds(5)) { [core] in
      try await closed.wait()
      try await core.quiet.wait()
    }
  }

  /// The status and the safe description as plain text; 500 without details for an error of an unknown kind.
  package static func plainError(_ error: any Error, _ request: Request?) -> Response {
    guard let error = error as? HTTPError else {
      return .text("internal error\n", status: .internalServerError)
    }
    var response = Response.text("\(error.description)\n", status: error.status)
    for (name, value) in error.fields {
      if let name = HTTPFieldName(name) { response.fields.add(name, value) }
    }
    return response
  }
}
