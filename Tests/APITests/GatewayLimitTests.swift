import Concurrency
import Contract
import Domain
import HTTPServing
import HTTPWire
import Synchronization
import Testing

/// Who may ask how much, which backend is asked, and what of one user another may see.
@Suite struct GatewayLimitTests {
  private static let answer = """
    {"model":"engine-name","choices":[{"message":{"content":"x"},"finish_reason":"stop"}],
    "usage":{"prompt_tokens":60,"completion_tokens":40,"total_tokens":100}}
    """

  private static func ask(_ server: TestServer, _ model: String, token: String) async throws -> Answer {
    try await GatewayTests.post(
      server, "/v1/chat/completions", GatewayTests.question.replacing("\"up\"", with: "\"\(model)\""),
      token: token)
  }

  @Test func `a key has its own limit of requests, and its owner goes on`() async throws {
    try await GatewayTests.run({ _, _ in Upstream.json(Self.answer) }) { server, _, user in
      let made = try await server.send(
        .post, "/api/auth/keys", .json(["name": "slow", "requests_per_minute": 2]), as: user)
      let key = try made.string("key")
      #expect(made.json["requests_per_minute"] == 2)
      for _ in 0..<2 { #expect(try await Self.ask(server, "up", token: key).status == 200) }
      let refused = try await Self.ask(server, "up", token: key)
      #expect(refused.status == 429 && refused.json["error"]?["code"] == "rate_limit_exceeded")
      #expect(refused.fields["Retry-After"].flatMap { Int($0) }.map { (1...30).contains($0) } == true)
      #expect(try await Self.ask(server, "up", token: user.token).status == 200)
      server.clock.advance(seconds: 31)
      #expect(try await Self.ask(server, "up", token: key).status == 200)
      for wrong in [0, -1] as [JSONValue] {
        let body: JSONValue = ["name": "k", "requests_per_minute": wrong]
        #expect(try await server.send(.post, "/api/auth/keys", .json(body), as: user).status == 422)
      }
    }
  }

  private static let doors = [
    "/chat", "/chat stream", "/api/generate", "/api/generate kept", "/api/chat/completion", "regenerate",
  ]

  /// Asks through one of the documents' doors; the engine's double says that each answer took 3 and 4 tokens.
  private static func ask(_ server: TestServer, through door: String, as who: User?) async throws -> Answer {
    let session = try await server.send(.post, "/conversations", as: who).string("session_id")
    var body: [String: JSONValue] = [:]
    if who == nil { body["user_id"] = "g" }
    switch door {
    case "/chat", "/chat stream":
      body.merge(
        ["session_id": .string(session), "message": "ab", "stream": .bool(door != "/chat")]) { $1 }
      return try await server.send(.post, "/chat", .json(.object(body)), as: who)
    case "/api/generate": body["model"] = "codegeex"
    case "/api/generate kept": body["session_id"] = .string(session)
    case "/api/chat/completion":
      let ask: JSONValue = ["model_path": "codegeex", "messages": [["role": "user", "content": "ab"]]]
      return try await server.send(.post, door, .json(ask), as: who)
    default:
      let path = "/conversations/\(session)/regenerate"
      return try await server.send(.post, path, .json(.object(body)), as: who)
    }
    body["prompt"] = "ab"
    return try await server.send(.post, "/api/generate", .json(.object(body)), as: who)
  }

  @Test(arguments: doors) func `each door of the documents is limited and counted`(door: String) async throws
  {
    let settings = ConversationTests.settings.merging(
      ["LUTHIER_REQUESTS_PER_MINUTE": "2", "GUEST_ACCESS": "on"]) { $1 }
    try await TestServer.run(settings) { server in
      let ada = try await server.register("ada")
      let bob = try await server.register("bob")
      // There is no reply yet to be made anew; the request counts all the same.
      let good = door == "regenerate" ? 422 : 200
      for _ in 0..<2 { #expect(try await Self.ask(server, through: door, as: ada).status == good) }
      let refused = try await Self.ask(server, through: door, as: ada)
      #expect(refused.status == 429 && refused.json["code"] == "rate_limited", "\(refused.text)")
      #expect(refused.fields["Retry-After"].flatMap { Int($0) }.map { (1...30).contains($0) } == true)
      #expect(refused.json["hint"]?.string?.isEmpty == false)
      #expect(try await Self.ask(server, through: door, as: bob).status == good)
      if door != "/api/chat/completion" {
        // Guests have one share together.
        for _ in 0..<2 { #expect(try await Self.ask(server, through: door, as: nil).status == good) }
        #expect(try await Self.ask(server, through: door, as: nil).status == 429)
      }
      guard good == 200 else { return }
      let used = try await server.waitUntil("it is counted") { () -> JSONValue? in
        let used = try await server.send(.get, "/api/usage", as: ada).json["usage"]
        return used?[0]?["requests"] == 2 ? used : nil
      }
      #expect(used.items.count == 1 && used[0]?["model"] == "CodeGeeX4")
      #expect(used[0]?["prompt_tokens"] == 6 && used[0]?["completion_tokens"] == 8)
      #expect(used[0]?["estimated_requests"] == 0 && used[0]?["failures"] == 0)
      let history = try await server.send(.get, "/conversations", as: ada).json["conversations"]
      #expect(history?.items.allSatisfy { ($0["message_count"]?.integer ?? 0) <= 2 } == true)
    }
  }

  @Test func `a reply that is stopped counts for what came of it, one that failed as a failure`() async throws
  {
    try await TestServer.run(ConversationTests.settings) { server in
      let ada = try await server.register("ada")
      let session = try await server.send(.post, "/conversations", as: ada).string("session_id")
      let say: JSONValue = ["session_id": .string(session), "message": "abcdefgh"]
      server.engine.fail(with: DomainError(.upstreamFailed, "It broke."))
      #expect(try await server.send(.post, "/chat", .json(say), as: ada).status == 502)
      server.engine.fail(with: nil)
      let gate = Gate()
      server.engine.pause(after: 4, until: gate)
      async let asked = server.send(.post, "/chat", .json(say), as: ada)
      _ = try await server.waitUntil("half is there") {
        let history = try await server.send(.get, "/conversations/\(session)/history", as: ada)
        return history.text.contains("\"hgfe\"") ? true : nil
      }
      let stopped = try await server.send(.delete, "/conversations/\(session)/reply", as: ada)
      #expect(stopped.status == 200)
      _ = try await asked
      let used = try await server.waitUntil("it is counted") { () -> JSONValue? in
        let used = try await server.send(.get, "/api/usage", as: ada).json["usage"]?[0]
        return used?["requests"] == 2 ? used : nil
      }
      #expect(used["failures"] == 1 && used["estimated_requests"] == 1)
      #expect(used["completion_tokens"] == 1)
    }
  }

  @Test func `a budget of tokens ends with the day, and not with the server`() async throws {
    try await Upstream.run({ _, _ in Upstream.json(Self.answer) }) { upstream in
      let (folder, path) = try presetFile([
        ["id": "up", "url": .string(upstream.base), "model": "engine-name"]
      ])
      defer { TestServer.removeFolder(folder) }
      let settings = ["LUTHIER_PRESETS": path, "LUTHIER_TOKENS_PER_DAY": "150"]
      let token = try await TestServer.run(settings, relaysForReal: true, keepingIn: folder) { server in
        let ada = try await server.register("ada")
        let key = try await server.send(
          .post, "/api/auth/keys", .json(["name": "k", "tokens_per_day": 100]), as: ada
        ).string("key")
        #expect(try await Self.ask(server, "up", token: key).status == 200)
        let spent = try await Self.ask(server, "up", token: key)
        #expect(spent.status == 429 && spent.json["error"]?["code"] == "insufficient_quota")
        #expect(spent.fields["Retry-After"].flatMap { Int($0) }.map { $0 > 0 } == true)
        // The user's own is larger, and over all keys.
        #expect(try await Self.ask(server, "up", token: ada.token).status == 200)
        #expect(try await Self.ask(server, "up", token: ada.token).status == 429)
        let bob = try await server.register("bob")
        #expect(try await Self.ask(server, "up", token: bob.token).status == 200)
        return ada.token
      }
      try await TestServer.run(settings, relaysForReal: true, keepingIn: folder) { server in
        #expect(try await Self.ask(server, "up", token: token).status == 429)
        server.clock.advance(seconds: 86_400)
        let later = try await Self.ask(server, "up", token: try await server.login("ada"))
        #expect(later.status == 200)
      }
    }
  }

  /// Three presets at one upstream, told apart by their model names, and an alias over them.
  private static func runAlias(
    _ script: @escaping Upstream.Script,
    _ body: @escaping @Sendable (TestServer, Upstream, User) async throws -> Void
  ) async throws {
    try await Upstream.run(script) { upstream in
      let presets: [JSONValue] = ["a", "b", "c"].map {
        ["id": .string($0), "url": .string(upstream.base), "model": .string("engine-\($0)")]
      }
      let alias: JSONValue = [
        "id": "fast", "targets": [["preset": "a", "weight": 3], ["preset": "b"]], "fallbacks": ["c"],
      ]
      let (folder, path) = try presetFile(.array(presets + [alias]))
      defer { TestServer.removeFolder(folder) }
      try await TestServer.run(["LUTHIER_PRESETS": path], relaysForReal: true) { server in
        try await body(server, upstream, try await server.register("ada"))
      }
    }
  }

  @Test func `targets that fail are followed by others, and rest`() async throws {
    try await Self.runAlias({ _, seen in
      switch seen.json["model"]?.string {
      case "engine-a": Upstream.json("{}", .serviceUnavailable)
      case "engine-b": Upstream.events([])
      default: Upstream.events([GatewayTests.chunk("from c", finish: "\"stop\"")])
      }
    }) { server, upstream, user in
      server.clock.stop()
      let body = GatewayTests.streamed.replacing("\"up\"", with: "\"fast\"")
      let got = try await GatewayTests.post(server, "/v1/chat/completions", body, token: user.token)
      #expect(got.status == 200 && got.text.contains("from c") && !got.text.contains("engine"))
      #expect(
        Set(upstream.requests.map { $0.json["model"]?.string }) == ["engine-a", "engine-b", "engine-c"])
      let again = try await GatewayTests.post(server, "/v1/chat/completions", body, token: user.token)
      #expect(again.status == 200)
      #expect(upstream.requests.count == 4, "the others rest")
      let used = try await server.send(.get, "/api/usage", as: user).json["usage"]
      #expect(used?.items.count == 1 && used?[0]?["model"] == "fast" && used?[0]?["failures"] == 0)
    }
  }

  @Test func `what is the request's own fault is tried once`() async throws {
    try await Self.runAlias({ _, _ in Upstream.json("{\"error\":{\"message\":\"bad\"}}", .badRequest) }) {
      server, upstream, user in
      let refused = try await Self.ask(server, "fast", token: user.token)
      #expect(refused.status == 400)
      #expect(upstream.requests.count == 1)
    }
  }

  @Test func `a stream that broke off after its first event is not tried again`() async throws {
    try await Self.runAlias({ _, _ in Upstream.events([GatewayTests.chunk("half")]) }) {
      server, upstream, user in
      let body = GatewayTests.streamed.replacing("\"up\"", with: "\"fast\"")
      let got = try await GatewayTests.post(server, "/v1/chat/completions", body, token: user.token)
      #expect(got.text.contains("half") && got.text.contains("\"error\""))
      #expect(upstream.requests.count == 1)
    }
  }

  @Test func `when all fail the last failure is told`() async throws {
    try await Self.runAlias({ _, _ in
      Upstream.json("{\"error\":{\"message\":\"busy\"}}", .tooManyRequests, fields: ["Retry-After": "9"])
    }) { server, upstream, user in
      let got = try await Self.ask(server, "fast", token: user.token)
      #expect(got.status == 429 && got.fields["Retry-After"] == "9")
      #expect(upstream.requests.count == 3)
    }
  }

  @Test(
    arguments: [
      [["id": "x", "targets": [["preset": "none"]]]], [["id": "x", "targets": []]],
      [["id": "glm4", "targets": [["preset": "codegeex"]]]],
      [["id": "x", "targets": [["preset": "codegeex", "weight": 0]]]],
      [["id": "x", "targets": [["preset": "codegeex"], ["preset": "codegeex"]]]],
      [["id": "x", "targets": [["preset": "codegeex"]], "model": "m"]],
      [["id": "x", "targets": [["preset": "codegeex"]], "fallbacks": ["x"]]],
      [["id": "x", "url": "http://h/v1"]],
    ] as [JSONValue])
  func `an alias that cannot be is told at the start`(entries: JSONValue) async throws {
    let (folder, path) = try presetFile(entries)
    defer { TestServer.removeFolder(folder) }
    await #expect(throws: (any Error).self) { try await TestServer.run(["LUTHIER_PRESETS": path]) { _ in } }
  }

  @Test func `keys, models and usage of one user are nothing to another`() async throws {
    try await GatewayTests.run({ _, _ in Upstream.json(Self.answer) }) { server, _, ada in
      let bob = try await server.register("bob")
      _ = try await server.send(
        .post, "/api/files/models", .json(["model_path": "/models/base", "name": "hidden-model"]), as: ada)
      _ = try await Self.ask(server, "up", token: ada.token)
      let models = try await server.send(.get, "/v1/models", as: bob)
      #expect(models.text.contains("\"up\"") && !models.text.contains("hidden-model"))
      #expect(try await server.send(.get, "/v1/models/hidden-model", as: ada).status == 200)
      for name in ["hidden-model", "none"] {
        #expect(try await server.send(.get, "/v1/models/\(name)", as: bob).status == 404)
        let refused = try await Self.ask(server, name, token: bob.token)
        #expect(refused.status == 404 && refused.json["error"]?["code"] == "model_not_found")
      }
      #expect(try await server.send(.get, "/api/usage", as: bob).json["usage"]?.items == [])
      #expect(try await server.send(.get, "/api/usage?user=all", as: bob).status == 403)
      #expect(try await server.send(.get, "/api/usage?user=ada", as: bob).status == 422)
      let all = try await server.send(.get, "/api/usage?user=all", as: ada)
      #expect(all.json["usage"]?[0]?["username"] == "ada")
      for path in [
        "/v1/models", "/v1/models/up", "/api/models", "/api/config", "/api/usage", "/openapi.json",
      ] {
        let shown = try await server.send(.get, path, as: bob).text
        #expect(!shown.contains("sk-hidden-key"), "\(path)")
      }
      #expect(!server.log.text.contains("sk-hidden-key"))
    }
  }
}
