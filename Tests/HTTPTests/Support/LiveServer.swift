import Concurrency
import EventLoop
import HTTPServing

/// A server on a free port with two loops of its own, gone when the body returns.
struct LiveServer: Sendable {
  let server: HTTPServer
  let port: UInt16
  let loops: EventLoopGroup

  static func run<Value>(
    configure: (inout ServerConfiguration) -> Void = { _ in },
    onExchange: (@Sendable (ExchangeSummary) -> Void)? = nil, handler: @escaping Handler,
    _ body: (LiveServer) async throws -> Value
  ) async throws -> Value {
    var configuration = ServerConfiguration()
    configuration.port = 0
    configuration.lingerTime = .milliseconds(200)
    configuration.halfCloseTime = .milliseconds(200)
    configure(&configuration)
    let loops = try EventLoopGroup(count: 2)
    let server = HTTPServer(
      configuration: configuration, loops: loops, blocking: try BlockingPool(threads: 2),
      onExchange: onExchange, handler: handler)
    let live = LiveServer(server: server, port: try server.start(), loops: loops)
    let result: Result<Value, any Error>
    do { result = .success(try await body(live)) } catch { result = .failure(error) }
    await server.shutdown(grace: .seconds(2))
    loops.stop()
    return try result.get()
  }

  func connect() throws -> RawClient { try RawClient(port: port, loop: loops.loops[0]) }

  /// Sends `request` on a connection of its own and returns all that comes back until the server closes.
  func exchange(_ request: String) async throws -> String {
    let client = try connect()
    try await client.send(request)
    return try await client.readAll()
  }
  /// Sends `request` in packets of one byte and returns all that comes back until the server closes.
  func drip(_ request: String) async throws -> String {
    let client = try connect()
    client.sendsAtOnce()
    do { for byte in request.utf8.prefix(2000) { try await client.send([byte]) } } catch is EventLoopError {
      return try await client.readAll()
    }
    // The rest of what is only long.
    try? await client.send(Array(request.utf8.dropFirst(2000)))
    return try await client.readAll()
  }
}
