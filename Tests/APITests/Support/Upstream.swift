import Concurrency
import Contract
import EventLoop
import FoundationEssentials
import HTTPServing
import HTTPWire
import Synchronization

/// Somebody's model server, played by a handler; gone when the body returns.
final class Upstream: Sendable {
  struct Seen: Sendable {
    let path: String
    let authorization: String?
    let body: [UInt8]
    var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
  }

  let port: UInt16
  private let seen: Mutex<[Seen]>
  var requests: [Seen] { seen.withLock { $0 } }
  var base: String { "http://127.0.0.1:\(port)" }

  private init(port: UInt16, seen: consuming Mutex<[Seen]>) {
    self.port = port
    self.seen = seen
  }

  typealias Script = @Sendable (Request, Seen) async throws -> Response

  static func run(_ script: @escaping Script, _ body: (Upstream) async throws -> Void) async throws {
    let noted = Noted()
    var configuration = ServerConfiguration()
    configuration.port = 0
    configuration.maximumBodyBytes = 64 << 20
    let loops = try EventLoopGroup(count: 1)
    let server = HTTPServer(
      configuration: configuration, loops: loops, blocking: try BlockingPool(threads: 1),
      handler: { request in
        let seen = Seen(
          path: request.target.path, authorization: request.fields["Authorization"],
          body: try await request.body.collect())
        noted.upstream.withLock { upstream in upstream?.seen.withLock { $0.append(seen) } }
        return try await script(request, seen)
      })
    let upstream = Upstream(port: try server.start(), seen: Mutex([]))
    noted.upstream.withLock { $0 = upstream }
    let result: Result<Void, any Error>
    do { result = .success(try await body(upstream)) } catch { result = .failure(error) }
    await server.shutdown(grace: .seconds(1))
    loops.stop()
    try result.get()
  }

  private final class Noted: Sendable {
    let upstream = Mutex<Upstream?>(nil)
  }

  static func json(_ text: String, _ status: HTTPStatus = .ok, fields: HTTPFields = [:]) -> Response {
    var response = Response.json(Array(text.utf8), status: status)
    for (name, value) in fields { HTTPFieldName(name).map { response.fields[$0] = value } }
    return response
  }

  static func events(_ pieces: [String]) -> Response {
    Response(
      fields: ["Content-Type": "text/event-stream"],
      body: .stream { writer in for piece in pieces { try await writer.write(Array(piece.utf8)) } })
  }
}

/// Writes a file of presets; nil removes nothing and the folder goes with the server.
func presetFile(_ entries: JSONValue) throws -> (folder: String, path: String) {
  let folder = try TestServer.makeFolder()
  let path = "\(folder)/presets.json"
  try Data(entries.bytes).write(to: URL(filePath: path))
  return (folder, path)
}
