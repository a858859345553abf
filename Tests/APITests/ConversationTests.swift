import Concurrency
import Contract
import Domain
import EventLoop
import HTTPWire
import Testing

/// B1 to B6 over a live server: what the conversation backend's document says, and what it leaves open.
@Suite struct ConversationTests {
  /// A preset, so that there is somebody to answer; the engine's double answers in its place.
  static let settings = [
    "LLM_API_URL": "http://127.0.0.1:9/v1/chat/completions", "LLM_API_KEY": "codegeex-secret-key",
  ]

  private static func create(_ server: TestServer, _ who: User?) async throws -> String {
    try await server.send(.post, "/conversations", as: who).string("session_id")
  }

  private static func say(
    _ text: String, in session: String, stream: Bool = false, _ more: [String: JSONValue] = [:]
  ) -> Body {
    let body: [String: JSONValue] = [
      "session_id": .string(session), "message": .string(text), "stream": .bool(stream),
    ]
    return .json(.object(body.merging(more) { _, new in new }))
  }

  private static func history(_ server: TestServer, _ session: String, _ who: User?) async throws
    -> [JSONValue]
  {
    try await server.send(.get, "/conversations/\(session)/history", as: who).json["messages"]?.items ?? []
  }

  @Test func `a conversation is begun, carried on, listed, read and deleted`() async throws {
    try await TestServer.run(Self.settings) { server in
      let ada = try await server.register("ada")
      let session = try await Self.create(server, ada)
      let answer = try await server.send(
        .post, "/chat",
        Self.say("你好？再见", in: session, ["user_id": .string(ada.id), "temperature": 0.7, "max_tokens": 2000]),
        as: ada)
      #expect(
        answer.json
          == ["session_id": .string(session), "user_message": "你好？再见", "assistant_reply": "见再？好你"])
      let streamed = try await server.send(
        .post, "/chat", Self.say("a\"b", in: session, stream: true), as: ada)
      #expect(
        streamed.text
          == "data: {\"chunk\": \"b\"}\n\ndata: {\"chunk\": \"\\\"\"}\n\ndata: {\"chunk\": \"a\"}\n\ndata: {\"done\": true}\n\n"
      )
      #expect(streamed.fields["Content-Type"]?.hasPrefix("text/event-stream") == true)
      // The second request carries the first exchange.
      #expect(server.engine.requests.last?.turns.map(\.content) == ["你好？再见", "见再？好你", "a\"b"])
      #expect(server.engine.requests.first?.maxTokens == 2000)
      #expect(server.engine.addresses.last?.chatURL == "http://127.0.0.1:9/v1/chat/completions")

      let list = try await server.send(.get, "/conversations", as: ada).json["conversations"]
      #expect(list?.items.count == 1)
      #expect(list?[0]?["title"]?.string == "你好？")
      #expect(list?[0]?["message_count"]?.integer == 4)
      let messages = try await Self.history(server, session, ada)
      #expect(messages.map { $0["role"]?.string } == ["user", "assistant", "user", "assistant"])
      #expect(messages.map { $0["content"]?.string } == ["你好？再见", "见再？好你", "a\"b", "b\"a"])
      #expect(messages.allSatisfy { $0["status"]?.string == "complete" })

      _ = try await server.send(.delete, "/conversations/\(session)", as: ada)
      try await server.check(
        APIScenario("deleted", .get, "/conversations/\(session)/history", expect: 404), as: ada)
    }
  }

  @Test func `another user's conversation is not found by any door`() async throws {
    try await TestServer.run(Self.settings) { server in
      let (ada, bob) = (try await server.register("ada"), try await server.register("bob"))
      let session = try await Self.create(server, bob)
      _ = try await server.send(.post, "/chat", Self.say("secret words", in: session), as: bob)
      for (method, path, body) in [
        (HTTPMethod.get, "/conversations/\(session)/history", Body.none),
        (.delete, "/conversations/\(session)", .none), (.delete, "/conversations/\(session)/reply", .none),
        (.post, "/chat", Self.say("x", in: session)),
        (.post, "/chat", Self.say("x", in: session, stream: true)),
        (.post, "/api/chat/clear", .json(["session_id": .string(session)])),
        (.post, "/api/generate", .json(["session_id": .string(session), "prompt": "x"])),
      ] {
        // Ada is the administrator, which opens nobody's conversations.
        try await server.check(
          APIScenario(
            "\(method) \(path)", method, path, body, expect: 404, contains: ["not_found"], lacks: ["secret"],
            storesNothing: true), as: ada)
      }
      #expect(try await server.send(.get, "/conversations", as: ada).json["conversations"]?.items == [])
      try await server.check(
        APIScenario(
          "another's user_id", .post, "/chat", Self.say("x", in: session, ["user_id": .string(ada.id)]),
          expect: 403, storesNothing: true), as: bob)
      try await server.check(
        APIScenario("another's config", .get, "/api/config?user_id=\(ada.id)", expect: 403), as: bob)
      #expect(try await Self.history(server, session, bob).count == 2)
    }
  }

  @Test func `a reply is stored whole also when the client has left`() async throws {
    try await TestServer.run(Self.settings) { server in
      let ada = try await server.register("ada")
      let session = try await Self.create(server, ada)
      let gate = Gate()
      server.engine.pause(after: 2, until: gate)
      let client = try await Self.beginStream(
        "reliable", in: session, server, ada, until: "{\"chunk\": \"l\"}")
      // While it is written: what came so far can be read, and a second message is refused.
      let partial = try await Self.history(server, session, ada)
      #expect(partial.last?["status"]?.string == "streaming" && partial.last?["content"]?.string == "el")
      try await server.check(
        APIScenario("while writing", .post, "/chat", Self.say("x", in: session), expect: 409), as: ada)
      client.leave()
      gate.open()
      let whole = try await server.waitUntil("the reply is complete") {
        let last = try await Self.history(server, session, ada).last
        return last?["status"]?.string == "complete" ? last : nil
      }
      #expect(whole["content"]?.string == "elbailer")
      #expect(server.engine.closed == 0)
    }
  }

  @Test func `a stopped reply closes the upstream and keeps what came`() async throws {
    try await TestServer.run(Self.settings) { server in
      let ada = try await server.register("ada")
      let session = try await Self.create(server, ada)
      server.engine.pause(after: 3, until: Gate())
      async let streamed = server.send(
        .post, "/chat", Self.say("unending", in: session, stream: true), as: ada)
      _ = try await server.waitUntil("three pieces came") {
        try await Self.history(server, session, ada).last?["content"]?.string == "gni" ? true : nil
      }
      _ = try await server.send(.delete, "/conversations/\(session)/reply", as: ada)
      #expect(try await streamed.text.hasSuffix("data: {\"chunk\": \"i\"}\n\ndata: {\"done\": true}\n\n"))
      let messages = try await Self.history(server, session, ada)
      #expect(messages.last?["status"]?.string == "stopped" && messages.last?["content"]?.string == "gni")
      _ = try await server.waitUntil("the upstream is closed") { server.engine.closed == 1 ? true : nil }
      try await server.check(
        APIScenario("nothing to stop", .delete, "/conversations/\(session)/reply", expect: 409), as: ada)
    }
  }

  @Test func `a failure before the first piece is an error, one after it travels in the stream`() async throws
  {
    try await TestServer.run(Self.settings) { server in
      let ada = try await server.register("ada")
      let session = try await Self.create(server, ada)
      let failure = DomainError(.upstreamFailed, "It broke.", origin: .upstream)
      server.engine.fail(with: failure)
      for stream in [true, false] {
        try await server.check(
          APIScenario(
            "at once", .post, "/chat", Self.say("one", in: session, stream: stream), expect: 502,
            contains: ["It broke."]), as: ada)
      }
      server.engine.fail(with: nil)
      let gate = Gate()
      gate.open()
      server.engine.pause(after: 1, until: gate, failing: failure)
      let answer = try await server.send(.post, "/chat", Self.say("two", in: session, stream: true), as: ada)
      #expect(answer.text == "data: {\"chunk\": \"o\"}\n\ndata: {\"error\": \"It broke.\"}\n\n")
      let messages = try await Self.history(server, session, ada)
      #expect(messages.map { $0["content"]?.string } == ["one", "one", "two", "o"])
      #expect(messages.last?["status"]?.string == "failed")
    }
  }

  @Test func `the end of the server keeps what came and marks it`() async throws {
    let folder = try TestServer.makeFolder()
    defer { TestServer.removeFolder(folder) }
    let settings = Self.settings.merging(["LUTHIER_DATA_DIR": folder]) { $1 }
    let session = try await TestServer.run(settings) { server in
      let ada = try await server.register("ada")
      let session = try await Self.create(server, ada)
      server.engine.pause(after: 2, until: Gate())
      let client = try await Self.beginStream("abc", in: session, server, ada, until: "\"b\"")
      client.leave()
      return session
    }
    try await TestServer.run(settings) { server in
      let ada = User(id: "", name: "ada", token: try await server.login("ada"))
      let messages = try await Self.history(server, session, ada)
      #expect(messages.map { $0["content"]?.string } == ["abc", "cb"])
      #expect(messages.last?["status"]?.string == "interrupted")
      let answer = try await server.send(.post, "/chat", Self.say("go on", in: session), as: ada)
      #expect(answer.status == 200)
      #expect(server.engine.requests.last?.turns.map(\.content) == ["abc", "cb", "go on"])
    }
  }

  /// A client of its own, which has read until `text`.
  private static func beginStream(
    _ message: String, in session: String, _ server: TestServer, _ who: User, until text: String
  ) async throws -> RawClient {
    let client = try RawClient(port: server.port, loop: server.loops.loops[0])
    let body = "{\"session_id\": \"\(session)\", \"message\": \"\(message)\", \"stream\": true}"
    let head = "Host: h\r\nAuthorization: Bearer \(who.token)\r\nContent-Length: \(body.utf8.count)"
    await client.send("POST /chat HTTP/1.1\r\n\(head)\r\n\r\n\(body)")
    var seen = ""
    while !seen.contains(text) {
      let bytes = try await client.reader.next()
      seen += String(decoding: try #require(bytes), as: UTF8.self)
    }
    return client
  }

  @Test func `the newest conversations are kept and the others forgotten`() async throws {
    try await TestServer.run(Self.settings.merging(["LUTHIER_KEEP_CONVERSATIONS": "3"]) { $1 }) { server in
      let ada = try await server.register("ada")
      var sessions: [String] = []
      for _ in 0..<5 { sessions.append(try await Self.create(server, ada)) }
      let list = try await server.send(.get, "/conversations", as: ada).json["conversations"]?.items ?? []
      #expect(Set(list.compactMap { $0["session_id"]?.string }) == Set(sessions.suffix(3)))
    }
  }

  @Test func `without guests the doors need a login, with them they work as documented`() async throws {
    try await TestServer.run(Self.settings) { server in
      for (method, path) in [
        (HTTPMethod.post, "/conversations"), (.get, "/api/config?user_id=x"), (.get, "/api/models"),
      ] {
        try await server.check(APIScenario("off", method, path, expect: 401, storesNothing: true), as: nil)
      }
    }
    try await TestServer.run(Self.settings.merging(["GUEST_ACCESS": "true"]) { $1 }) { server in
      // The guest took nothing from the first who registers.
      let ada = try await server.register("ada")
      #expect(try await server.send(.get, "/api/auth/me", as: ada).string("role") == "admin")
      let session = try await Self.create(server, nil)
      let own = try await Self.create(server, ada)
      let said = try await server.send(
        .post, "/chat", Self.say("hello", in: session, ["user_id": "user_1"]), as: nil)
      #expect(try said.string("assistant_reply") == "olleh")
      let list = try await server.send(.get, "/conversations").json["conversations"]?.items ?? []
      #expect(list.map { $0["session_id"]?.string } == [session])
      try await server.check(
        APIScenario("a user's to a guest", .get, "/conversations/\(own)/history", expect: 404), as: nil)
      try await server.check(
        APIScenario("a guest's to a user", .get, "/conversations/\(session)/history", expect: 404), as: ada)
      try await server.check(
        APIScenario("no user_id", .post, "/chat", Self.say("x", in: session), expect: 422), as: nil)
      // A bad credential is not a guest's.
      #expect(try await server.send(.get, "/conversations", token: "not.a.token").status == 401)
      #expect(try await server.send(.get, "/api/tasks").status == 401)
      try await server.check(
        APIScenario(
          "nobody logs in as the guest", .post, "/api/auth/login",
          .json(["username_or_email": "(guest)", "password": "-"]), expect: 401), as: nil)
      // Each user_id has its own configuration.
      _ = try await server.send(.post, "/api/config", .json(["user_id": "user_1", "max_tokens": 55]))
      #expect(try await server.send(.get, "/api/config?user_id=user_1").json["max_tokens"]?.integer == 55)
      #expect(try await server.send(.get, "/api/config?user_id=user_2").json["max_tokens"]?.integer == 2000)
      // Guests name no folder on the host.
      try await server.check(
        APIScenario(
          "a folder", .post, "/api/generate", .json(["model": "/models/base", "prompt": "x"]), expect: 404),
        as: nil)
    }
  }

  @Test func `a configuration names a preset or a server of one's own, whose key is never shown`()
    async throws
  {
    try await TestServer.run(Self.settings) { server in
      let ada = try await server.register("ada")
      let first = try await server.send(.get, "/api/config", as: ada)
      #expect(first.json["current_model_type"]?.string == "codegeex")
      #expect(first.json["llm_model"]?.string == "codegeex4-all-9b")
      #expect(!first.text.contains("codegeex-secret"))
      #expect(first.json["preset_models"]?.items.map { $0["available"]?.bool } == [true, false])
      for refused: JSONValue in [
        ["model_type": "glm4"], ["model_type": "custom"], ["model_type": "model"], ["model_type": "nosuch"],
        ["custom_api_url": "file:///etc/passwd", "custom_model": "m"], ["custom_model": "m"],
        ["custom_api_url": "http://u:p@h/", "custom_model": "m"], ["max_tokens": 0], ["model": "nosuch"],
      ] {
        try await server.check(
          APIScenario("refused", .post, "/api/config", .json(refused), expect: 422, 404, storesNothing: true),
          as: ada)
      }
      let custom = try await server.send(
        .post, "/api/config",
        .json([
          "user_id": .string(ada.id), "model_type": "custom", "custom_api_url": "http://127.0.0.1:9/v1",
          "custom_model": "own", "custom_api_key": "sk-a-long-key-of-mine",
        ]), as: ada)
      #expect(custom.json["llm_api_key"]?.string == "****mine" && !custom.text.contains("a-long-key"))
      let session = try await Self.create(server, ada)
      _ = try await server.send(.post, "/chat", Self.say("hi", in: session), as: ada)
      #expect(server.engine.addresses.last?.key == "sk-a-long-key-of-mine")
      #expect(server.engine.addresses.last?.isForeign == true && server.engine.addresses.last?.model == "own")
      // A key does not follow to another server.
      _ = try await server.send(
        .post, "/api/config", .json(["custom_api_url": "http://127.0.0.1:8/v1"]), as: ada)
      _ = try await server.send(.post, "/chat", Self.say("hi", in: session), as: ada)
      #expect(server.engine.addresses.last?.key == nil)
      #expect(!server.log.text.contains("a-long-key"))
    }
  }
}
