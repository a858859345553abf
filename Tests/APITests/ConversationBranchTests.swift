import Concurrency
import Contract
import Domain
import HTTPWire
import Testing

/// Conversations beyond the documents: branches, search, files, and coming back to a reply.
@Suite struct ConversationBranchTests {
  private static func create(_ server: TestServer, _ who: User) async throws -> String {
    try await server.send(.post, "/conversations", as: who).string("session_id")
  }

  private static func say(
    _ text: String, in session: String, _ server: TestServer, _ who: User, edits: String? = nil
  ) async throws {
    var body: [String: JSONValue] = ["session_id": .string(session), "message": .string(text)]
    if let edits { body["edits"] = .string(edits) }
    let answer = try await server.send(.post, "/chat", .json(.object(body)), as: who)
    #expect(answer.status == 200, "\(answer.text)")
  }

  private static func messages(_ json: JSONValue) -> [JSONValue] { json["messages"]?.items ?? [] }
  private static func texts(_ json: JSONValue) -> [String] {
    messages(json).compactMap { $0["content"]?.string }
  }

  private static func history(_ server: TestServer, _ session: String, _ who: User) async throws -> JSONValue
  {
    try await server.send(.get, "/conversations/\(session)/history", as: who).json
  }

  @Test func `an edited question and a second reply are branches, and none is lost`() async throws {
    try await TestServer.run(ConversationTests.settings) { server in
      let ada = try await server.register("ada")
      let session = try await Self.create(server, ada)
      try await Self.say("ab", in: session, server, ada)
      try await Self.say("cd", in: session, server, ada)
      var now = try await Self.history(server, session, ada)
      #expect(Self.texts(now) == ["ab", "ba", "cd", "dc"])
      let first = try #require(Self.messages(now)[0]["message_id"]?.string)
      #expect(Self.messages(now)[2]["parent_id"]?.string == Self.messages(now)[1]["message_id"]?.string)

      try await Self.say("xy", in: session, server, ada, edits: first)
      now = try await Self.history(server, session, ada)
      #expect(Self.texts(now) == ["xy", "yx"])
      // The model is asked without the other branch.
      #expect(server.engine.requests.last?.turns.map(\.content) == ["xy"])
      let versions = Self.messages(now)[0]["versions"]?.items.compactMap(\.string) ?? []
      #expect(versions.count == 2 && versions[0] == first)

      let again = try await server.send(
        .post, "/conversations/\(session)/regenerate", .json(["temperature": 1.5]), as: ada)
      #expect(Self.texts(again.json) == ["xy", "yx"])
      #expect(Self.messages(again.json)[1]["versions"]?.items.count == 2)
      #expect(server.engine.requests.last?.temperature == 1.5)

      let back = try await server.send(
        .post, "/conversations/\(session)/branch", .json(["message_id": .string(first)]), as: ada)
      #expect(Self.texts(back.json) == ["ab", "ba", "cd", "dc"])
      let list = try await server.send(.get, "/conversations", as: ada).json["conversations"]
      #expect(list?[0]?["message_count"]?.integer == 4)
      for path in ["regenerate", "branch"] {
        try await server.check(
          APIScenario(
            path, .post, "/conversations/\(session)/\(path)",
            .json(["message_id": "none"]), expect: 404,
            storesNothing: true), as: ada)
      }
    }
  }

  @Test func `a second reply that fails leaves the first in its place`() async throws {
    try await TestServer.run(ConversationTests.settings) { server in
      let ada = try await server.register("ada")
      let session = try await Self.create(server, ada)
      try await Self.say("ab", in: session, server, ada)
      server.engine.fail(with: DomainError(.upstreamFailed, "The engine is ill."))
      let answer = try await server.send(
        .post, "/conversations/\(session)/regenerate", .json(["stream": true]), as: ada)
      #expect(answer.status == 502)
      #expect(Self.texts(try await Self.history(server, session, ada)) == ["ab", "ba"])
    }
  }

  @Test func `messages are found by words and by Chinese characters, in one's own conversations`()
    async throws
  {
    try await TestServer.run(ConversationTests.settings) { server in
      let (ada, bob) = (try await server.register("ada"), try await server.register("bob"))
      let session = try await Self.create(server, ada)
      try await Self.say("大语言模型的微调", in: session, server, ada)
      try await Self.say("Fine-tuning <b>adapters</b>", in: session, server, ada)
      func found(_ query: String, as who: User) async throws -> [String] {
        let encoded = query.utf8.map { "%" + String($0, radix: 16).leftPadded }.joined()
        let answer = try await server.send(.get, "/conversations/search?q=\(encoded)", as: who)
        return answer.json["results"]?.items.compactMap { $0["excerpt"]?.string } ?? []
      }
      #expect(try await found("微调", as: ada) == ["大语言模型的微调"])
      #expect(try await found("ADAPT", as: ada) == ["Fine-tuning <b>adapters</b>"])
      #expect(try await found("微调", as: bob) == [])
      for path in ["?q=%20", "?q=!", "?q=x&limit=0", "?q=x&limit=101"] {
        try await server.check(
          APIScenario(path, .get, "/conversations/search\(path)", expect: 422, lacks: ["微调"]), as: ada)
      }
    }
  }

  @Test func `a conversation is renamed, pinned, tagged and put away`() async throws {
    try await TestServer.run(ConversationTests.settings) { server in
      let ada = try await server.register("ada")
      let (old, new) = (try await Self.create(server, ada), try await Self.create(server, ada))
      let change: JSONValue = ["title": "  My own ", "pinned": true, "tags": ["工作", "work", "work"]]
      let answer = try await server.send(.patch, "/conversations/\(old)", .json(change), as: ada)
      #expect(answer.json["title"]?.string == "My own" && answer.json["tags"] == ["工作", "work"])
      func list(_ query: String) async throws -> [String] {
        try await server.send(.get, "/conversations\(query)", as: ada).json["conversations"]?.items
          .compactMap { $0["session_id"]?.string } ?? []
      }
      #expect(try await list("") == [old, new])
      #expect(try await list("?tag=work") == [old])
      // The first message gives no title to one that has its own.
      try await Self.say("hello", in: old, server, ada)
      _ = try await server.send(.patch, "/conversations/\(old)", .json(["archived": true]), as: ada)
      #expect(try await list("") == [new])
      #expect(try await list("?archived=true") == [old])
      let stored = try await server.send(.get, "/conversations?archived=true", as: ada)
      #expect(stored.json["conversations"]?[0]?["title"]?.string == "My own")
      for body in [
        [:], ["title": ""], ["title": " "], ["title": "a\nb"], ["tags": [""]],
        ["title": .string(.init(repeating: "x", count: 201))],
        ["tags": .array((0..<21).map { .string("t\($0)") })],
      ] as [JSONValue] {
        try await server.check(
          APIScenario(
            body.text, .patch, "/conversations/\(old)", .json(body), expect: 422, storesNothing: true),
          as: ada)
      }
    }
  }

  @Test func `an export comes back whole, with every branch, and makes no doubles`() async throws {
    try await TestServer.run(ConversationTests.settings) { server in
      let (ada, bob) = (try await server.register("ada"), try await server.register("bob"))
      let session = try await Self.create(server, ada)
      try await Self.say("first \"words\"", in: session, server, ada)
      let first = Self.messages(try await Self.history(server, session, ada))[0]["message_id"]?.string
      try await Self.say("第二", in: session, server, ada, edits: first)
      _ = try await server.send(
        .patch, "/conversations/\(session)", .json(["title": "Both", "tags": ["t"], "pinned": true]), as: ada)

      let markdown = try await server.send(.get, "/conversations/\(session)/export.md", as: ada)
      #expect(markdown.text.hasPrefix("# Both\n") && markdown.text.contains("## User\n\n第二"))
      #expect(!markdown.text.contains("first"))
      #expect(markdown.fields["Content-Disposition"]?.contains("conversation.md") == true)

      let file = try await server.send(.get, "/conversations/export", as: ada).text
      func take(_ text: String, as who: User) async throws -> Answer {
        try await server.send(.post, "/conversations/import", .form(.file("c.json", text)), as: who)
      }
      let twice = try await take(file, as: ada)
      #expect(twice.json["imported"]?.integer == 0 && twice.json["skipped"]?.integer == 1)
      let other = try await take(file, as: bob)
      #expect(other.json["imported"]?.integer == 1, "\(other.text)")
      let copies = try await server.send(.get, "/conversations", as: bob).json["conversations"]
      let copy = try #require(copies?[0]?["session_id"]?.string)
      #expect(
        copy != session && copies?[0]?["title"]?.string == "Both" && copies?[0]?["pinned"] == .bool(true))
      let branch = try await Self.history(server, copy, bob)
      #expect(Self.texts(branch) == ["第二", "二第"])
      #expect(Self.messages(branch)[0]["versions"]?.items.count == 2)
      // What bob does with it is not ada's.
      _ = try await server.send(.delete, "/conversations/\(copy)", as: bob)
      #expect(Self.texts(try await Self.history(server, session, ada)) == ["第二", "二第"])
      #expect(try await take(file, as: bob).json["imported"]?.integer == 1)
    }
  }

  @Test func `OpenAI's export is taken in, with its branches and without its tools`() async throws {
    try await TestServer.run(ConversationTests.settings) { server in
      let ada = try await server.register("ada")
      func node(_ parent: String?, _ role: String?, _ text: JSONValue) -> JSONValue {
        let message: JSONValue =
          role.map {
            [
              "author": ["role": .string($0)], "content": ["content_type": "text", "parts": [text]],
              "create_time": 1.7e9,
            ]
          } ?? .null
        return ["message": message, "parent": parent.map(JSONValue.string) ?? .null, "children": []]
      }
      let conversation: JSONValue = [
        "title": "Theirs", "create_time": 1_700_000_000.5, "update_time": 1_700_000_100, "current_node": "e",
        "conversation_id": "6f1d7a52-3c7f-4b7d-9d0e-111111111111",
        "mapping": [
          "root": node(nil, nil, .null), "s": node("root", "system", "secret system"),
          "a": node("s", "user", "Hi"),
          "b": node("a", "assistant", "Hello"), "c": node("a", "assistant", "Hey"),
          "d": node("b", "tool", "tool noise"), "e": node("d", "user", "More"),
          "loop": node("loop", "user", "never ends"), "image": node("e", "assistant", ["image": "x"]),
        ],
      ]
      let file = JSONValue.array([conversation]).text
      let answer = try await server.send(
        .post, "/conversations/import", .form(.file("c.json", file)), as: ada)
      #expect(answer.json["imported"]?.integer == 1, "\(answer.text)")
      let list = try await server.send(.get, "/conversations", as: ada).json["conversations"]
      #expect(list?[0]?["title"]?.string == "Theirs")
      #expect(list?[0]?["created_at"]?.string == "2023-11-14T22:13:20.500Z")
      let history = try await Self.history(server, list?[0]?["session_id"]?.string ?? "", ada)
      #expect(Self.texts(history) == ["Hi", "Hello", "More"])
      #expect(Self.messages(history)[1]["versions"]?.items.count == 2)
      #expect(!history.text.contains("noise") && !history.text.contains("never ends"))
    }
  }

  @Test func `a file that is broken is refused with its place, and what came before stays`() async throws {
    try await TestServer.run(ConversationTests.settings) { server in
      let ada = try await server.register("ada")
      let good =
        "{\"session_id\":\"x\",\"title\":\"t\",\"created_at\":\"\",\"updated_at\":\"\",\"messages\":[]}"
      for (text, words) in [
        ("", "no list"), ("nonsense", "no list"), ("[\(good),{\"x\":1}]", "Conversation 2"),
        ("[\(good)", "ends in the middle"),
        ("{\"format\":\"luthier.conversations\"", "ends in the middle"),
        ("[{\"messages\":[[}]", "ends in the middle"),
      ] {
        let answer = try await server.send(
          .post, "/conversations/import", .form(.file("c.json", text)), as: ada)
        #expect(answer.status == 422 && answer.text.contains(words), "\(text): \(answer.text)")
      }
      let list = try await server.send(.get, "/conversations", as: ada).json["conversations"]
      #expect(list?.items.count == 1)
    }
  }

  @Test func `a reader that comes back gets the rest of the reply`() async throws {
    try await TestServer.run(ConversationTests.settings) { server in
      let (ada, bob) = (try await server.register("ada"), try await server.register("bob"))
      let session = try await Self.create(server, ada)
      let path = "/conversations/\(session)/reply"
      try await server.check(APIScenario("nothing yet", .get, path, expect: 409), as: ada)
      let gate = Gate()
      server.engine.pause(after: 2, until: gate)
      async let whole: Void = Self.say("abcd", in: session, server, ada)
      _ = try await server.waitUntil("two pieces came") {
        Self.texts(try await Self.history(server, session, ada)).last == "dc" ? true : nil
      }
      try await server.check(APIScenario("another's", .get, path, expect: 404, lacks: ["dc"]), as: bob)
      async let rest = server.send(.get, "\(path)?from=1", as: ada)
      gate.open()
      try await whole
      let text = try await rest.text
      #expect(
        text == "id: 2\ndata: {\"chunk\": \"c\"}\n\nid: 3\ndata: {\"chunk\": \"b\"}\n\nid: 4\n"
          + "data: {\"chunk\": \"a\"}\n\ndata: {\"done\": true}\n\n"
          || text.contains("reply is being written"))
    }
  }
}

extension String {
  fileprivate var leftPadded: String { count == 1 ? "0" + self : self }
}
