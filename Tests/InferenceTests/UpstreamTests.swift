import Concurrency
import Domain
import EventLoop
import HTTPFetching
import HTTPServing
import HTTPWire
import Inference
import Synchronization
import Testing

/// B2, B5: other people's model servers, played by a server of our own.
struct UpstreamTests {
  private static let request = GenerationRequest(
    turns: [ChatTurn(role: .user, content: "Hi \"you\"")], temperature: 0.5, topP: 0.9, topK: 7, maxTokens: 9)

  private static let sse = "text/event-stream"

  private static func chunk(_ text: String, finish: String = "null") -> String {
    "data: {\"choices\":[{\"delta\":{\"content\":\"\(text)\"},\"finish_reason\":\(finish)}]}\n\n"
  }

  private static func stream(_ text: String) -> Handler {
    { _ in Response(fields: ["Content-Type": "text/event-stream"], body: .bytes(Array(text.utf8))) }
  }

  @Test func `a user's server is asked at its address with its key and model`() async throws {
    let seen = Mutex<(path: String, key: String?, body: String)>(("", nil, ""))
    try await FakeEngine.run { request in
      let body = try await request.body.collect()
      seen.withLock {
        $0 = (request.target.path, request.fields["Authorization"], String(decoding: body, as: UTF8.self))
      }
      return try await Self.stream(
        Self.chunk("你好") + Self.chunk("!", finish: "\"stop\"") + "data: [DONE]\n\n")(request)
    } _: { engine in
      let address = EngineAddress(
        url: try UpstreamURL("\(engine.base)/api/v4"), key: "sk-1", model: "glm", isForeign: true)
      let pieces = Mutex<[String]>([])
      let result = try await engine.client(allowsPrivate: true).stream(Self.request, at: address) { piece in
        pieces.withLock { $0.append(piece) }
      }
      #expect(result.content == "你好!" && result.finishReason == "stop")
      #expect(pieces.withLock { $0 } == ["你好", "!"])
      let (path, key, body) = seen.withLock { $0 }
      #expect(path == "/api/v4/chat/completions" && key == "Bearer sk-1")
      for part in [
        "\"model\":\"glm\"", "\"top_k\":7", "\"top_p\":0.9", "\"max_tokens\":9", "\"stream\":true",
      ] {
        #expect(body.contains(part), "\(body)")
      }
    }
  }

  @Test(arguments: [
    (chunk("half"), "in the middle"), ("data: nonsense\n\n", "unreadable"),
    (chunk("half") + "data: {\"error\": {\"message\": \"overloaded\"}}\n\n", "overloaded"),
    ("", "in the middle"),
  ])
  func `a stream that breaks off is an upstream failure`(sent: String, word: String) async throws {
    try await FakeEngine.run(Self.stream(sent)) { engine in
      do {
        _ = try await engine.client(allowsPrivate: true).stream(Self.request, at: engine.address()) { _ in }
        Issue.record("it did not fail")
      } catch let error as DomainError {
        #expect(error.code == .upstreamFailed && error.origin == .upstream)
        #expect(error.message.contains(word), "\(error.message)")
      }
    }
  }

  @Test func `a refusal is told in the server's words, and a redirect is not followed`() async throws {
    let answers: [(Handler, String)] = [
      (
        { _ in
          Response(status: .tooManyRequests, body: .bytes(Array(#"{"error":{"message":"slow down"}}"#.utf8)))
        }, "slow down"
      ),
      ({ _ in Response(status: .found, fields: ["Location": "http://169.254.169.254/"]) }, "302"),
    ]
    for (handler, word) in answers {
      try await FakeEngine.run(handler) { engine in
        await #expect(throws: DomainError.self) {
          do {
            _ = try await engine.client(allowsPrivate: true).stream(Self.request, at: engine.address()) { _ in
            }
          } catch let error as DomainError {
            #expect(error.message.contains(word), "\(error.message)")
            throw error
          }
        }
      }
    }
  }

  @Test func `a user's server inside the network is not called where that is forbidden`() async throws {
    let calls = Mutex(0)
    try await FakeEngine.run { request in
      calls.withLock { $0 += 1 }
      return try await Self.stream(Self.chunk("x", finish: "\"stop\""))(request)
    } _: { engine in
      let port = engine.port
      for url in [
        "http://127.0.0.1:\(port)", "http://localhost:\(port)", "http://[::1]:\(port)", "http://10.0.0.1",
      ] {
        let address = EngineAddress(url: try UpstreamURL(url), key: nil, model: "m", isForeign: true)
        let error = await #expect(throws: DomainError.self) {
          _ = try await engine.client(allowsPrivate: false).stream(Self.request, at: address) { _ in }
        }
        #expect(error?.code == .forbidden, "\(url): \(String(reflecting: error))")
      }
      // The cloud's metadata service is nobody's model server.
      let metadata = EngineAddress(
        url: try UpstreamURL("http://169.254.169.254"), key: nil, model: "m", isForeign: true)
      let error = await #expect(throws: DomainError.self) {
        _ = try await engine.client(allowsPrivate: true).stream(Self.request, at: metadata) { _ in }
      }
      #expect(error?.code == .forbidden)
      #expect(calls.withLock { $0 } == 0)
      // The operator's own servers may be anywhere.
      let own = EngineAddress(url: try UpstreamURL(engine.base), key: nil, model: "m", isForeign: false)
      _ = try await engine.client(allowsPrivate: false).stream(Self.request, at: own) { _ in }
      #expect(calls.withLock { $0 } == 1)
    }
  }

  @Test func `who stops reading closes the server's stream`() async throws {
    let gone = Gate()
    try await FakeEngine.run { _ in
      Response(
        fields: ["Content-Type": "text/event-stream"],
        body: .stream { writer in
          defer { gone.open() }
          while true { try await writer.write(Array(Self.chunk("x").utf8)) }
        })
    } _: { engine in
      await #expect(throws: CancellationError.self) {
        _ = try await engine.client(allowsPrivate: true).stream(Self.request, at: engine.address()) { _ in
          throw CancellationError()
        }
      }
      try await gone.wait()
    }
  }
}

/// A model server on a free port.
struct FakeEngine: Sendable {
  let port: UInt16
  let fetcher: HTTPClient
  var base: String { "http://127.0.0.1:\(port)" }

  func address() throws -> EngineAddress {
    EngineAddress(url: try UpstreamURL(base), key: nil, model: "m", isForeign: true)
  }

  func client(allowsPrivate: Bool) -> OpenAIClient {
    OpenAIClient(client: fetcher, allowsPrivateAddresses: allowsPrivate, patience: 60)
  }

  static func run(_ handler: @escaping Handler, _ body: (FakeEngine) async throws -> Void) async throws {
    var configuration = ServerConfiguration()
    configuration.port = 0
    let loops = try EventLoopGroup(count: 1)
    let server = HTTPServer(
      configuration: configuration, loops: loops, blocking: try BlockingPool(threads: 1), handler: handler)
    let port = try server.start()
    let client = try HTTPClient()
    let result: Result<Void, any Error>
    do { result = .success(try await body(FakeEngine(port: port, fetcher: client))) } catch {
      result = .failure(error)
    }
    client.close()
    await server.shutdown(grace: .seconds(2))
    loops.stop()
    try result.get()
  }
}
