import Contract
import Domain
import HTTPWire
import Testing

/// Titles that models give, and an upstream that speaks as Ollama does.
@Suite struct ConversationTitleTests {
  private static let list = """
    {"object":"list","data":[{"id":"llama3.2:latest","object":"model","created":1,"owned_by":"library"},\
    {"id":"hf.co/a/b:Q4","object":"model","created":1,"owned_by":"library"}]}
    """

  private static let tags = """
    {"models":[{"name":"llama3.2:latest","model":"llama3.2:latest","size":2019393189,
    "modified_at":"2024-09-25T12:00:00.123456789+02:00","digest":"a","details":{"format":"gguf"}},
    {"name":"hf.co/a/b:Q4","size":-1,"modified_at":"lately"}]}
    """

  /// Answers as Ollama's `/v1`; a request for a title with `title`.
  private static func ollama(_ title: String, tellsSizes: Bool = true) -> Upstream.Script {
    { _, seen in
      if seen.path == "/v1/models" { return Upstream.json(list) }
      if seen.path == "/api/tags", tellsSizes { return Upstream.json(tags) }
      guard seen.path == "/v1/chat/completions" else { return Upstream.json("{}", .notFound) }
      let asksTitle = seen.json["messages"]?[0]?["content"]?.string?.contains("Give the conversation") == true
      let text = asksTitle ? title : "Boil water."
      let chunk = """
        {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"llama3.2:latest",\
        "system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":"\(text)"},\
        "finish_reason":null}]}
        """
      let last = """
        {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"llama3.2:latest",\
        "system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":""},\
        "finish_reason":"stop"}]}
        """
      return Upstream.events(["data: \(chunk)\n\n", "data: \(last)\n\n", "data: [DONE]\n\n"])
    }
  }

  private static func run(
    title: String, _ body: @escaping @Sendable (TestServer, User, Upstream) async throws -> Void
  ) async throws {
    try await Upstream.run(ollama(title)) { upstream in
      let settings = ["LUTHIER_OLLAMA_URL": upstream.base, "LUTHIER_IMPROVE_TITLES": "true"]
      try await TestServer.run(settings, onThisMachine: true) { server in
        try await body(server, try await server.register("ada"), upstream)
      }
    }
  }

  private static func talk(_ server: TestServer, _ user: User) async throws -> String {
    let session = try await server.send(.post, "/conversations", as: user).string("session_id")
    let answer = try await server.send(
      .post, "/api/generate",
      .json([
        "session_id": .string(session), "prompt": "How do I make tea?", "model": "ollama/llama3.2:latest",
      ]), as: user)
    #expect(answer.text.contains("Boil water."), "\(answer.text)")
    return session
  }

  private static func title(_ server: TestServer, _ session: String, _ user: User) async throws -> String? {
    try await server.send(.get, "/conversations", as: user).json["conversations"]?.items.first {
      $0["session_id"]?.string == session
    }?["title"]?.string
  }

  private static func asked(_ upstream: Upstream) -> Int {
    upstream.requests.count { $0.path == "/v1/chat/completions" }
  }

  @Test func `an Ollama server's models are listed, and answer under their names`() async throws {
    try await Self.run(title: "Tea") { server, ada, upstream in
      let models = try await server.send(.get, "/api/models", as: ada).json["models"]?.items ?? []
      #expect(
        models.filter { $0["type"] == "external" }.compactMap { $0["name"]?.string }
          == ["ollama/llama3.2:latest", "ollama/hf.co/a/b:Q4"])
      #expect(try await server.send(.get, "/v1/models", as: ada).text.contains("ollama/hf.co/a/b:Q4"))
      _ = try await Self.talk(server, ada)
      let first = upstream.requests.first { $0.path == "/v1/chat/completions" }
      #expect(first?.json["model"] == "llama3.2:latest" && first?.authorization == nil)
      let lists = upstream.requests.count { $0.path == "/api/tags" }
      #expect(lists > 0)
      _ = try await server.send(.get, "/api/models", as: ada)
      #expect(upstream.requests.count { $0.path == "/api/tags" } == lists)
      #expect(models[0]["size"] == 2_019_393_189 && models[0]["modified"] == "2024-09-25T10:00:00.000Z")
      // What it does not tell, or tells wrongly, is there all the same.
      #expect(models[1]["size"] == 0 && models[1]["modified"]?.string?.isEmpty == false)
    }
  }

  @Test func `a server that has no list of its own kind is asked for OpenAI's`() async throws {
    try await Upstream.run(Self.ollama("Tea", tellsSizes: false)) { upstream in
      try await TestServer.run(["LUTHIER_OLLAMA_URL": upstream.base], onThisMachine: true) { server in
        let ada = try await server.register("ada")
        let models = try await server.send(.get, "/api/models", as: ada).json["models"]?.items ?? []
        #expect(
          models.compactMap { $0["name"]?.string } == ["ollama/llama3.2:latest", "ollama/hf.co/a/b:Q4"])
        for model in models { #expect(model["size"] == 0 && model["modified"] != nil) }
      }
    }
  }

  @Test func `the model improves the title, without what it thought aloud`() async throws {
    try await Self.run(title: "<think>Hm, tea?</think>\\\"Making Tea\\\"") { server, ada, upstream in
      let session = try await Self.talk(server, ada)
      _ = try await server.waitUntil("the title is better") {
        try await Self.title(server, session, ada) == "Making Tea" ? true : nil
      }
      // Once: a second exchange asks for none.
      _ = try await server.send(
        .post, "/api/generate",
        .json(["session_id": .string(session), "prompt": "And?", "model": "ollama/llama3.2:latest"]), as: ada)
      _ = try await Self.talk(server, ada)
      _ = try await server.waitUntil("the second conversation is asked for its title") {
        Self.asked(upstream) == 5 ? true : nil
      }
    }
  }

  @Test func `a title that a person gave stays`() async throws {
    try await Self.run(title: "Making Tea") { server, ada, upstream in
      let session = try await server.send(.post, "/conversations", as: ada).string("session_id")
      let named = try await server.send(
        .patch, "/conversations/\(session)", .json(["title": "My kettle"]), as: ada)
      #expect(named.status == 200)
      _ = try await server.send(
        .post, "/api/generate",
        .json(["session_id": .string(session), "prompt": "Tea?", "model": "ollama/llama3.2:latest"]), as: ada)
      _ = try await server.waitUntil("a title is asked for") { Self.asked(upstream) == 2 ? true : nil }
      // One title after the other: when the next conversation has its own, the first one's was decided.
      let other = try await Self.talk(server, ada)
      _ = try await server.waitUntil("the other has its title") {
        try await Self.title(server, other, ada) == "Making Tea" ? true : nil
      }
      #expect(try await Self.title(server, session, ada) == "My kettle")
    }
  }

  @Test func `a title in another language is not taken, and not asked for again`() async throws {
    try await Self.run(title: "泡茶的方法") { server, ada, upstream in
      let session = try await Self.talk(server, ada)
      _ = try await server.waitUntil("a title is asked for") { Self.asked(upstream) == 2 ? true : nil }
      #expect(try await Self.title(server, session, ada) == "How do I make tea?")
      _ = try await server.send(.get, "/conversations", as: ada)
      #expect(Self.asked(upstream) == 2)
    }
  }
}
