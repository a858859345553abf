import CCurl
package import EventLoop
import HTTPWire

/// An HTTP/1.1 client on event loops, fed by the loop the caller is on, so that a relayed stream never leaves its
/// thread: libcurl, but for plain requests to an address, which are this room's own.
///
/// Connections are kept and reused.
package final class HTTPClient: Sendable {
  private let loops: EventLoopGroup
  private let ownsLoops: Bool
  private let engines: [TransferEngine]
  /// One for each engine, in the same order.
  private let connections: [DirectConnections]

  /// A client on running loops; close it before they stop.
  package convenience init(loops: EventLoopGroup) throws {
    try self.init(loops: loops, ownsLoops: false)
  }

  /// A client with a loop of its own, for programs that have none.
  ///
  /// Throws `EventLoopError` or `ThreadError`.
  package convenience init() throws {
    try self.init(loops: try EventLoopGroup(count: 1), ownsLoops: true)
  }

  private init(loops: EventLoopGroup, ownsLoops: Bool) throws {
    guard Self.isLibraryReady else { throw FetchError(.other, detail: "curl_global_init failed") }
    self.loops = loops
    self.ownsLoops = ownsLoops
    engines = try loops.loops.map { try TransferEngine(loop: $0) }
    connections = loops.loops.map { DirectConnections(loop: $0) }
  }

  // Once for the process, as curl demands; never undone.
  private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

  deinit { close() }

  /// Aborts what is under way and closes every connection.
  ///
  /// Harmless twice.
  package func close() {
    for engine in engines { engine.close() }
    for connections in connections { connections.close() }
    if ownsLoops { loops.stop() }
  }

  /// Sends a request and returns the whole answer.
  ///
  /// Throws `FetchError`, `.tooLarge` for a body of more than `upTo` bytes, and `CancellationError`.
  package func send(_ request: FetchRequest, upTo maximum: Int = 16 * 1024 * 1024) async throws -> FetchResult
  {
    try await withResponse(request) { response in
      FetchResult(
        status: response.status, fields: response.fields, bytes: try await response.collect(upTo: maximum))
    }
  }

  /// Sends a request and lends the answer to `body`; what `body` leaves unread is given up.
  package func withResponse<Value>(
    _ request: FetchRequest, _ body: (FetchResponse) async throws -> Value
  ) async throws -> Value {
    let response = try await open(request)
    defer { response.close() }
    return try await body(response)
  }

  /// Sends a request and returns when the head of the answer is there: for relays, which must know the status
  /// before they answer themselves.
  ///
  /// Call `close` on the response on every path.
  ///
  /// Throws `FetchError`, and `CancellationError` when the task was cancelled: the transfer is then gone.
  package func open(_ request: FetchRequest) async throws -> FetchResponse {
    try Task.checkCancellation()
    let loop = loops.any()
    guard let place = engines.firstIndex(where: { $0.loop === loop }) else {
      throw FetchError(.aborted, detail: "no such loop")
    }
    let carrier: any Carrier =
      if let target = DirectTarget(request) {
        DirectCarrier(request, to: target, pool: connections[place])
      } else {
        try CurlCarrier(request, engine: engines[place])
      }
    let transfer = Transfer(carrier, stall: request.stallTimeout, loop: loop)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        loop.execute { transfer.begin(continuation) }
      }
    } onCancel: {
      transfer.abort(CancellationError())
    }
  }
}
