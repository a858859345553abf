import Contract
import Domain
import HTTPWire
import Testing

/// P5 to P7: models, the services that load them, and a first chat.
@Suite struct ModelChatTests {
  private static let question: JSONValue = [["role": "user", "content": "Who are you?"]]

  private static func ask(_ model: String, _ more: [String: JSONValue] = [:]) -> Body {
    .json(["model_path": .string(model), "messages": question].merging(more) { _, new in new }.json)
  }

  @Test func `a model is added by hand, shown, and taken off the list with its files left alone`()
    async throws
  {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      server.host.addModel("/models/tuned", kind: .adapter, base: "/models/base")
      let made = try await server.check(
        APIScenario(
          "add", .post, "/api/files/models", .json(["model_path": "/models/tuned", "name": "mine"]),
          expect: 200,
          contains: ["\"kind\":\"adapter\"", "\"base_model_path\":\"/models/base\""], events: ["model.added"]),
        as: user)
      let path = try "/api/files/models/" + made.string("model_id")
      #expect(try await server.send(.get, path, as: user).string("name") == "mine")
      #expect(try await server.send(.get, "/v1/models", as: user).json["data"]?[0]?["id"] == "mine")
      try await server.check(
        APIScenario("delete", .delete, path, expect: 200, events: ["model.deleted"]), as: user)
      #expect(try await server.send(.delete, path, as: user).status == 404)
      #expect(server.host.paths.contains("/models/tuned/adapter_config.json"))
    }
  }

  @Test func `only models whose folder is there are available`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      server.host.addModel("/models/gone")
      for path in ["/models/base", "/models/gone"] {
        _ = try await server.send(.post, "/api/files/models", .json(["model_path": .string(path)]), as: user)
      }
      server.host.forgetModel("/models/gone")
      let available = try await server.send(.get, "/api/models/available", as: user)
      #expect(available.json["models"]?.items.compactMap { $0["model_path"]?.string } == ["/models/base"])
      let all = try await server.send(.get, "/api/files/models", as: user)
      #expect(all.json["models"]?.items.count == 2)
      server.host.setReachable(false)
      let away = try await server.send(.get, "/api/models/available", as: user)
      #expect(away.json["models"]?.items == [])
    }
  }

  @Test func `an adapter whose base is not known is refused until it is named`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      server.host.addModel("/models/tuned", kind: .adapter)
      try await server.check(
        APIScenario(
          "no base", .post, "/api/files/models", .json(["model_path": "/models/tuned"]), expect: 422,
          contains: ["base_model_path"], storesNothing: true), as: user)
      let added = try await server.send(
        .post, "/api/files/models",
        .json(["model_path": "/models/tuned", "base_model_path": "/models/base"]), as: user)
      #expect(added.status == 200)
    }
  }

  @Test func `a chat loads the model once and answers`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      for _ in 0..<3 {
        let answer = try await server.send(.post, "/api/chat/completion", Self.ask("/models/base"), as: user)
        #expect(answer.json["role"] == "assistant")
        #expect(answer.json["content"]?.string == ScriptedEngine.answer(to: "Who are you?"))
      }
      #expect(server.host.launched.count == 1)
      let job = try #require(server.host.launched.first)
      #expect(job.arguments.contains("/models/base"))
      #expect(job.environment["API_HOST"] == "127.0.0.1")
      let asked = try #require(server.engine.requests.first)
      #expect(asked.temperature == 0.7)
      #expect(asked.maxTokens == 2048)
      let services = try await server.send(.get, "/api/services", as: user)
      #expect(services.json["services"]?[0]?["status"] == "ready")
      #expect(!services.text.contains(job.environment["API_KEY"] ?? "none"))
      let id = services.json["services"]?[0]?["service_id"]?.string ?? ""
      #expect(try await server.send(.delete, "/api/services/\(id)", as: user).status == 200)
      #expect(server.host.stopped == [job.directory])
      #expect(try await server.send(.get, "/api/services", as: user).json["services"]?.items == [])
    }
  }

  @Test func `many first questions at once load one service`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<8 {
          group.addTask {
            try await server.send(.post, "/api/chat/completion", Self.ask("/models/base"), as: user).status
          }
        }
        for try await status in group { #expect(status == 200) }
      }
      #expect(server.host.launched.count == 1)
    }
  }

  @Test(
    arguments: [
      [], [["role": "assistant", "content": "hi"]], [["role": "system", "content": "x"]],
      [["role": "user", "content": ""]],
      [["role": "user", "content": "a"], ["role": "user", "content": "b"]],
      [["role": "user", "content": "a"], ["role": "assistant", "content": "b"]],
      [
        ["role": "user", "content": "a"], ["role": "system", "content": "b"],
        ["role": "user", "content": "c"],
      ],
      [["role": "tool", "content": "a"]], [["role": "user"]], [["content": "a"]], ["a"],
    ] as [JSONValue])
  func `messages out of order are refused before a model is loaded`(messages: JSONValue) async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let body: JSONValue = ["model_path": "/models/base", "messages": messages]
      try await server.check(
        APIScenario(
          messages.text, .post, "/api/chat/completion", .json(body), expect: 422, events: [],
          storesNothing: true),
        as: user)
      #expect(server.host.launched.isEmpty)
    }
  }

  @Test func `a model that cannot start leaves nothing, and the end of its log is told`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      server.engine.setUp(false)
      async let answer = server.send(.post, "/api/chat/completion", Self.ask("/models/base"), as: user)
      let job = try await server.launched(1)
      server.host.append(
        "loading\nOSError: no file named model.safetensors\n", to: "\(job.directory)/train.log")
      server.host.end(job.directory, exitCode: 1)
      let failed = try await answer
      #expect(failed.status == 502)
      #expect(failed.json["origin"] == "host")
      #expect(failed.json["code"] == "model_start_failed")
      #expect(failed.text.contains("model.safetensors"))
      #expect(try await server.send(.get, "/api/services", as: user).json["services"]?.items == [])
      #expect(!server.host.paths.contains { $0.contains("/services/") })
      server.engine.setUp(true)
      // For a moment it is not tried again, however many ask.
      let soon = try await server.send(.post, "/api/chat/completion", Self.ask("/models/base"), as: user)
      #expect(soon.status == 502 && soon.json["error"] == failed.json["error"])
      #expect(server.host.launched.count == 1)
      server.clock.advance(seconds: 4)
      let again = try await server.send(.post, "/api/chat/completion", Self.ask("/models/base"), as: user)
      #expect(again.status == 200)
    }
  }

  @Test func `what the engine and the host refuse is told as theirs`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      server.engine.fail(
        with: DomainError(.upstreamFailed, "The engine failed.", origin: .upstream, detail: "secret words"))
      let answer = try await server.send(.post, "/api/chat/completion", Self.ask("/models/base"), as: user)
      #expect(answer.status == 502)
      #expect(answer.json["origin"] == "upstream")
      #expect(!answer.text.contains("secret words"))
      server.engine.fail(with: DomainError(.timedOut, "It took too long.", origin: .upstream))
      let slow = try await server.send(.post, "/api/chat/completion", Self.ask("/models/base"), as: user)
      #expect(slow.status == 504)
      server.host.setReachable(false)
      let away = try await server.send(.post, "/api/chat/completion", Self.ask("/models/other"), as: user)
      #expect(away.status == 503)
      #expect(away.json["origin"] == "host")
    }
  }

  @Test func `an OpenAI client gets chunks and an end, and its errors before the first`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let body: JSONValue = ["model": "/models/base", "messages": Self.question, "stream": true]
      let answer = try await server.send(.post, "/v1/chat/completions", .json(body), as: user)
      #expect(answer.fields["Content-Type"]?.hasPrefix("text/event-stream") == true)
      var decoder = ServerSentEventDecoder()
      let events = try decoder.feed(answer.bytes)
      #expect(events.last?.data == "[DONE]")
      let chunks = try events.dropLast().map { try JSONValue(parsing: $0.data) }
      let text = chunks.compactMap { $0["choices"]?[0]?["delta"]?["content"]?.string }.joined()
      #expect(text == ScriptedEngine.answer(to: "Who are you?"))
      #expect(chunks.last?["choices"]?[0]?["finish_reason"] == "stop")
      #expect(Set(chunks.compactMap { $0["id"]?.string }).count == 1)
      let schema: JSONValue = ["$ref": "#/components/schemas/OpenAIChatReply"]
      for chunk in chunks { #expect(server.document.problems(of: chunk, by: schema).isEmpty) }
      #expect(chunks.allSatisfy { $0["object"] == "chat.completion.chunk" })
      try await server.check(
        APIScenario(
          "no such model", .post, "/v1/chat/completions",
          .json(["model": "none", "messages": Self.question, "stream": true]), expect: 404), as: user)
    }
  }

  @Test func `an end of the server unloads what it loaded`() async throws {
    let host = try await TestServer.run { server in
      let user = try await server.register("ada")
      _ = try await server.send(.post, "/api/chat/completion", Self.ask("/models/base"), as: user)
      #expect(server.host.stopped.isEmpty)
      return server.host
    }
    #expect(host.stopped.count == 1)
  }
}
