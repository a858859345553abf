import Domain
import HTTPServing
import HTTPWire
import Inference
import Synchronization
import Testing

/// Rerankers of other people, played by a server of our own, in each shape that they have.
struct RerankingTests {
  private static let texts = ["about cats", "about cars", "about the moon"]

  private static func json(_ text: String, _ status: HTTPStatus = .ok) -> Response {
    Response(status: status, fields: ["Content-Type": "application/json"], body: .bytes(Array(text.utf8)))
  }

  private static func scores(
    _ engine: FakeEngine, _ path: String = "/v1", key: String? = "sk-1"
  ) async throws -> [Double?] {
    let address = EngineAddress(
      url: try UpstreamURL(engine.base + path), key: key, model: "judge", isForeign: true)
    return try await engine.client(allowsPrivate: true).scores(
      of: texts, for: "a \"cat\"?", at: address, limit: 5)
  }

  @Test func `a reranker is asked with its key, and its results may come in any order`() async throws {
    let seen = Mutex<(path: String, key: String?, body: String)>(("", nil, ""))
    try await FakeEngine.run { request in
      let body = try await request.body.collect()
      seen.withLock {
        $0 = (request.target.path, request.fields["Authorization"], String(decoding: body, as: UTF8.self))
      }
      return Self.json(
        #"{"id": "r", "results": [{"index": 2, "relevance_score": -4.5, "document": {"text": "x"}}, {"index": 0, "relevance_score": 0.9}]}"#
      )
    } _: { engine in
      let scores = try await Self.scores(engine)
      #expect(scores == [0.9, nil, -4.5])
      let (path, key, body) = seen.withLock { $0 }
      #expect(path == "/v1/rerank" && key == "Bearer sk-1")
      for part in [
        #""model":"judge""#, #""top_n":3"#, #""query":"a \"cat\"?""#, #""documents":["about cats","#,
      ] {
        #expect(body.contains(part), "\(body)")
      }
    }
  }

  @Test func `one that has no version in its path is found, and asked in its own words`() async throws {
    let seen = Mutex<[(path: String, body: String)]>([])
    try await FakeEngine.run { request in
      let body = String(decoding: try await request.body.collect(), as: UTF8.self)
      seen.withLock { $0.append((request.target.path, body)) }
      guard request.target.path == "/rerank" else { return Self.json("{}", .notFound) }
      return Self.json(
        #"[{"index": 1, "score": 0.99}, {"index": 0, "score": 0.5}, {"index": 2, "score": 0.1}]"#)
    } _: { engine in
      for path in ["", "/v1"] {
        let scores = try await Self.scores(engine, path)
        #expect(scores == [0.5, 0.99, 0.1])
      }
      let asked = seen.withLock { $0 }
      #expect(asked.map(\.path) == ["/v1/rerank", "/rerank", "/v1/rerank", "/rerank"])
      #expect(asked.last?.body.contains(#""texts":["about cats","#) == true)
    }
  }

  @Test(arguments: [
    #"{"results": [{"index": 3, "relevance_score": 1}]}"#,
    #"{"results": [{"index": -1, "relevance_score": 1}]}"#,
    #"{"results": [{"index": 0, "relevance_score": 1}, {"index": 0, "relevance_score": 2}]}"#,
    #"{"results": [{"index": 0}]}"#, #"{"results": []}"#, "[]", "{}", "nonsense", "",
  ])
  func `an answer that cannot be is an upstream failure`(answer: String) async throws {
    try await FakeEngine.run { _ in
      Self.json(answer)
    } _: { engine in
      let error = await #expect(throws: DomainError.self) { _ = try await Self.scores(engine) }
      #expect(error?.code == .upstreamFailed && error?.origin == .upstream)
    }
  }

  @Test func `a refusal is told in the server's words, and a redirect is not followed`() async throws {
    for (answer, word) in [
      (Self.json(#"{"error": {"message": "no such key"}}"#, .unauthorized), "no such key"),
      (Response(status: .found, fields: ["Location": "http://169.254.169.254/"]), "302"),
    ] {
      try await FakeEngine.run { _ in
        answer
      } _: { engine in
        let error = await #expect(throws: DomainError.self) { _ = try await Self.scores(engine) }
        #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
      }
    }
  }

  @Test func `a reranker inside the network is not asked where that is forbidden`() async throws {
    let calls = Mutex(0)
    try await FakeEngine.run { _ in
      calls.withLock { $0 += 1 }
      return Self.json(#"{"results": [{"index": 0, "relevance_score": 1}]}"#)
    } _: { engine in
      let address = EngineAddress(
        url: try UpstreamURL(engine.base + "/v1"), key: nil, model: "judge", isForeign: true)
      let error = await #expect(throws: DomainError.self) {
        _ = try await engine.client(allowsPrivate: false).scores(
          of: Self.texts, for: "cats", at: address, limit: 5)
      }
      #expect(error?.code == .forbidden)
    }
    #expect(calls.withLock { $0 } == 0)
  }
}
