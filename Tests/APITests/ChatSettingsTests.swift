import Concurrency
import Contract
import Domain
import HTTPWire
import Testing

/// What a conversation's replies are asked for with, presets, and why a reply did not come.
@Suite struct ChatSettingsTests {
  private static let settings: JSONValue = [
    "system_prompt": "Be short.", "temperature": 0.25, "top_p": 0.5, "top_k": 20, "max_tokens": 64, "seed": 7,
  ]

  private static func say(_ text: String, in session: String, _ server: TestServer, _ who: User) async throws
    -> Answer
  {
    try await server.send(
      .post, "/chat", .json(["session_id": .string(session), "message": .string(text)]), as: who)
  }

  @Test func `every reply of a conversation is asked for with its settings`() async throws {
    try await TestServer.run(ConversationTests.settings) { server in
      let ada = try await server.register("ada")
      let session = try await server.send(.post, "/conversations", as: ada).string("session_id")
      let path = "/conversations/\(session)"
      let bare = try await server.send(.get, path, as: ada)
      #expect(bare.status == 200 && !bare.text.contains("settings"))
      let changed = try await server.send(.patch, path, .json(["settings": Self.settings]), as: ada)
      #expect(changed.json["settings"] == Self.settings)
      #expect(try await server.send(.get, path, as: ada).json["settings"] == Self.settings)

      _ = try await Self.say("ab", in: session, server, ada)
      _ = try await Self.say("cd", in: session, server, ada)
      _ = try await server.send(
        .post, "/conversations/\(session)/regenerate", .json(["temperature": 1.5]), as: ada)
      let asked = server.engine.requests.suffix(3)
      #expect(asked.map { $0.turns.first?.content } == ["Be short.", "Be short.", "Be short."])
      #expect(
        asked.allSatisfy { $0.turns.first?.role == .system && $0.turns.dropFirst().first?.content == "ab" })
      // What a message says of itself holds for that message.
      #expect(asked.map(\.temperature) == [0.25, 0.25, 1.5])
      #expect(asked.allSatisfy { $0.topP == 0.5 && $0.topK == 20 && $0.maxTokens == 64 && $0.seed == 7 })
      // The prompt is no message, and nothing is said to be left out for it.
      let history = try await server.send(.get, "/conversations/\(session)/history", as: ada)
      #expect(history.json["messages"]?.items.count == 4 && !history.text.contains("Be short."))
      #expect(!history.text.contains("left_out"))
      // A list does not carry prompts about.
      let list = try await server.send(.get, "/conversations", as: ada)
      #expect(!list.text.contains("Be short."))

      // A rename leaves them, and an empty set takes all of them away.
      _ = try await server.send(.patch, path, .json(["title": "New"]), as: ada)
      #expect(try await server.send(.get, path, as: ada).json["settings"] == Self.settings)
      _ = try await server.send(.patch, path, .json(["settings": [:]]), as: ada)
      _ = try await Self.say("ef", in: session, server, ada)
      #expect(server.engine.requests.last?.turns.first?.content == "ab")
      #expect(server.engine.requests.last?.seed == nil)
    }
  }

  @Test func `settings go out with an export and come in with an import`() async throws {
    try await TestServer.run(ConversationTests.settings) { server in
      let (ada, bob) = (try await server.register("ada"), try await server.register("bob"))
      let session = try await server.send(.post, "/conversations", as: ada).string("session_id")
      _ = try await server.send(
        .patch, "/conversations/\(session)", .json(["settings": Self.settings, "title": "Kept"]), as: ada)
      _ = try await Self.say("ab", in: session, server, ada)
      let file = try await server.send(.get, "/conversations/\(session)/export", as: ada).text
      func take(_ text: String) async throws -> JSONValue? {
        let answer = try await server.send(
          .post, "/conversations/import", .form(.file("c.json", text)), as: bob)
        #expect(answer.json["imported"]?.integer == 1, "\(answer.text)")
        let list = try await server.send(.get, "/conversations", as: bob)
        let id = try #require(list.json["conversations"]?[0]?["session_id"]?.string)
        let found = try await server.send(.get, "/conversations/\(id)", as: bob)
        #expect(found.json["title"]?.string == "Kept")
        _ = try await server.send(.delete, "/conversations/\(id)", as: bob)
        return found.json["settings"]
      }
      #expect(try await take(file) == Self.settings)
      // A file may say anything: what cannot be is left out, the conversation is not.
      #expect(try await take(file.replacing("\"top_k\":20", with: "\"top_k\":0")) == nil)
    }
  }

  @Test func `settings out of their bounds are refused and change nothing`() async throws {
    try await TestServer.run(ConversationTests.settings) { server in
      let ada = try await server.register("ada")
      let session = try await server.send(.post, "/conversations", as: ada).string("session_id")
      let wrong: [JSONValue] = [
        ["temperature": 3], ["top_p": 0], ["top_k": 0], ["max_tokens": 0], ["seed": -1],
        ["seed": 4_294_967_296], ["system_prompt": .string(String(repeating: "a", count: 32_769))],
        ["temperature": "hot"], "short", ["seed": 1.5],
      ]
      for settings in wrong {
        for (method, path) in [
          (HTTPMethod.patch, "/conversations/\(session)"), (.post, "/api/chat/presets"),
          (.post, "/api/comparisons"),
        ] {
          var body = try BadInputTests.goodBody(
            method == .patch
              ? "updateConversation" : path.hasSuffix("presets") ? "createPreset" : "recordComparison",
            1
          ).fields
          body["settings"] = settings
          try await server.check(
            APIScenario(
              "\(path) \(settings)", method, path, .json(.object(body)), expect: 400, 422, storesNothing: true
            ),
            as: ada)
        }
      }
    }
  }

  @Test func `why a reply did not come is told again by the history, until it comes`() async throws {
    try await TestServer.run(ConversationTests.settings) { server in
      let ada = try await server.register("ada")
      let session = try await server.send(.post, "/conversations", as: ada).string("session_id")
      server.engine.fail(
        with: DomainError(.upstreamFailed, "It broke.", hint: "Wait.", origin: .upstream, detail: "secret"))
      #expect(try await Self.say("one", in: session, server, ada).status == 502)
      func last() async throws -> JSONValue? {
        let answer = try await server.send(.get, "/conversations/\(session)/history", as: ada)
        #expect(!answer.text.contains("secret"))
        return answer.json["messages"]?.items.last
      }
      var now = try await last()
      #expect(now?["role"]?.string == "user")
      #expect(
        now?["failure"] == ["code": "upstream_failed", "message": "It broke.", "hint": "Wait."])
      server.engine.fail(with: nil)
      let again = try await server.send(
        .post, "/conversations/\(session)/regenerate", .json([:]), as: ada)
      #expect(again.status == 200 && !again.text.contains("failure"), "\(again.text)")

      let gate = Gate()
      gate.open()
      server.engine.pause(
        after: 1, until: gate, failing: DomainError(.upstreamFailed, "Cut.", origin: .upstream))
      _ = try await Self.say("two", in: session, server, ada)
      now = try await last()
      #expect(now?["content"]?.string == "o" && now?["status"]?.string == "failed")
      #expect(now?["failure"] == ["code": "upstream_failed", "message": "Cut."])
    }
  }

  @Test func `why a reply did not come goes out with an export and comes in with an import`() async throws {
    try await TestServer.run(ConversationTests.settings) { server in
      let (ada, bob) = (try await server.register("ada"), try await server.register("bob"))
      let session = try await server.send(.post, "/conversations", as: ada).string("session_id")
      let gate = Gate()
      gate.open()
      server.engine.pause(
        after: 1, until: gate,
        failing: DomainError(.upstreamFailed, "Cut.", hint: "Wait.", origin: .upstream, detail: "secret"))
      _ = try await Self.say("two", in: session, server, ada)
      let file = try await server.send(.get, "/conversations/export", as: ada).text
      #expect(file.contains("upstream_failed") && !file.contains("secret"), "\(file)")
      let taken = try await server.send(.post, "/conversations/import", .form(.file("c.json", file)), as: bob)
      #expect(taken.json["imported"]?.integer == 1, "\(taken.text)")
      let copies = try await server.send(.get, "/conversations", as: bob).json["conversations"]
      let copy = try #require(copies?[0]?["session_id"]?.string)
      let history = try await server.send(.get, "/conversations/\(copy)/history", as: bob)
      let last = history.json["messages"]?.items.last
      #expect(last?["status"]?.string == "failed" && last?["content"]?.string == "o")
      #expect(last?["failure"] == ["code": "upstream_failed", "message": "Cut.", "hint": "Wait."])
    }
  }

  @Test func `presets are made, changed, listed by name and deleted`() async throws {
    try await TestServer.run { server in
      let ada = try await server.register("ada")
      let made = try await server.send(
        .post, "/api/chat/presets", .json(["name": " Terse ", "settings": Self.settings, "model": "m"]),
        as: ada)
      #expect(made.json["name"]?.string == "Terse" && made.json["settings"] == Self.settings)
      let path = "/api/chat/presets/\(try made.string("preset_id"))"
      for (name, body, status) in [
        ("a second of this name", ["name": "Terse"] as JSONValue, 409), ("no name", ["name": " "], 422),
        ("a name of two lines", ["name": "a\nb"], 422),
        ("a long name", ["name": .string(String(repeating: "a", count: 81))], 422),
      ] {
        try await server.check(
          APIScenario(name, .post, "/api/chat/presets", .json(body), expect: status, storesNothing: true),
          as: ada)
      }
      _ = try await server.send(.post, "/api/chat/presets", .json(["name": "Calm"]), as: ada)
      let renamed = try await server.send(.patch, path, .json(["name": "Brief", "model": ""]), as: ada)
      #expect(renamed.json["settings"] == Self.settings && renamed.json["model"] == nil)
      try await server.check(
        APIScenario("another's name", .patch, path, .json(["name": "Calm"]), expect: 409), as: ada)
      let changed = try await server.send(.patch, path, .json(["settings": ["seed": 1]]), as: ada)
      #expect(changed.json["settings"] == ["seed": 1])
      let list = try await server.send(.get, "/api/chat/presets", as: ada).json["presets"]
      #expect(list?.items.map { $0["name"]?.string } == ["Brief", "Calm"])
      #expect(try await server.send(.delete, path, as: ada).status == 200)
      try await server.check(APIScenario("twice", .delete, path, expect: 404), as: ada)
    }
  }
}
