import Contract
import Domain
import HTTPWire
import Testing

/// W1 to W5 over a live server.
@Suite struct WebChatTests {
  private static let settings = [
    "LLM_API_URL": "http://127.0.0.1:9/v1", "LUTHIER_MODEL_FOLDERS": "/models", "LUTHIER_GLM_MODEL": "glm",
  ]

  @Test func `models are listed with their state, loaded by use, and unloaded by name`() async throws {
    try await TestServer.run(Self.settings) { server in
      let ada = try await server.register("ada")
      let bob = try await server.register("bob")
      _ = try await server.send(
        .post, "/api/files/models", .json(["model_path": "/models/base", "name": "my/base"]), as: ada)
      func listed(_ who: User) async throws -> [String] {
        try await server.send(.get, "/api/models", as: who).json["models"]?.items.map {
          "\($0["name"]?.string ?? "") \($0["type"]?.string ?? "") \($0["status"]?.string ?? "")"
        } ?? []
      }
      #expect(
        try await listed(ada)
          == ["my/base pretrained unloaded", "base pretrained unloaded", "codegeex external ready"])
      #expect(try await listed(bob) == ["base pretrained unloaded", "codegeex external ready"])
      let status = "/api/models/my%2Fbase/status"
      #expect(try await server.send(.get, status, as: ada).string("status") == "unloaded")
      try await server.check(APIScenario("another's", .get, status, expect: 404), as: bob)
      try await server.check(APIScenario("no such", .get, "/api/models/nosuch/status", expect: 404), as: ada)

      let answer = try await server.send(
        .post, "/api/generate",
        .json([
          "model": "my/base", "prompt": "ab", "temperature": 0.5, "top_p": 0.9, "top_k": 5, "max_tokens": 9,
        ]),
        as: ada)
      #expect(
        answer.text == "data: {\"token\": \"b\"}\n\ndata: {\"token\": \"a\"}\n\ndata: {\"done\": true}\n\n")
      #expect(server.engine.requests.last?.topK == 5 && server.engine.requests.last?.maxTokens == 9)
      #expect(try await server.send(.get, status, as: ada).string("status") == "ready")
      #expect(try await listed(ada)[0] == "my/base pretrained ready")
      // Bob uses the same folder under its shared name, which Ada has loaded: it is not his to unload.
      try await server.check(
        APIScenario("another's service", .post, "/api/models/base/unload", expect: 409), as: bob)
      _ = try await server.send(.post, "/api/models/my%2Fbase/unload", as: ada)
      #expect(try await server.send(.get, status, as: ada).string("status") == "unloaded")
      try await server.check(
        APIScenario("a preset", .post, "/api/models/codegeex/unload", expect: 409), as: ada)
      // Elsewhere an encoded slash stays refused.
      try await server.check(APIScenario("elsewhere", .get, "/api/tasks/a%2Fb", expect: 400), as: ada)
    }
  }

  @Test func `generate takes messages or a prompt, within bounds, and keeps a session's`() async throws {
    try await TestServer.run(Self.settings) { server in
      let ada = try await server.register("ada")
      for refused: JSONValue in [
        ["model": "base"], ["model": "base", "prompt": ""], ["model": "base", "prompt": "x", "top_k": 0],
        ["model": "base", "prompt": "x", "temperature": 3], ["model": "base", "prompt": "x", "top_p": 0],
        ["model": "base", "messages": [["role": "assistant", "content": "x"]]],
      ] {
        try await server.check(
          APIScenario("refused", .post, "/api/generate", .json(refused), expect: 422, storesNothing: true),
          as: ada)
      }
      let session = try await server.send(.post, "/conversations", as: ada).string("session_id")
      for _ in 0..<2 {
        _ = try await server.send(
          .post, "/api/generate", .json(["session_id": .string(session), "prompt": "ab"]), as: ada)
      }
      #expect(server.engine.requests.last?.turns.map(\.content) == ["ab", "ba", "ab"])
      _ = try await server.send(.post, "/api/chat/clear", .json(["session_id": .string(session)]), as: ada)
      let history = try await server.send(.get, "/conversations/\(session)/history", as: ada)
      #expect(history.json["messages"]?.items == [])
    }
  }
}
