import Concurrency
import Contract
import Domain
import HTTPWire
import Testing

/// Loads that are told of and ended, and models that take each other's room.
@Suite struct ModelSwitchTests {
  private static let folders = ["LUTHIER_MODEL_FOLDERS": "/models"]
  private static let one = folders.merging(
    ["LUTHIER_MODELS_PER_HOST": "1", "LUTHIER_MODEL_RESIDENCE": "0"]) { _, new in new }

  private static func ask(_ model: String) -> Body {
    .json(["model_path": .string(model), "messages": [["role": "user", "content": "ab"]]])
  }

  private static func models(_ server: TestServer, _ user: User) async throws -> [String] {
    try await server.send(.get, "/api/services", as: user).json["services"]?.items
      .compactMap { $0["model_path"]?.string } ?? []
  }

  @Test func `a load is begun without waiting, told with its phases, and expected by the last one's time`()
    async throws
  {
    try await TestServer.run(Self.folders) { server in
      let user = try await server.register("ada")
      server.engine.setUp(false)
      let begun = try await server.send(.post, "/api/models/base/load", as: user)
      #expect(begun.json["status"] == "loading")
      #expect(begun.json["error"] == nil && begun.json["expected_seconds"] == nil)
      let job = try await server.launched(1)
      server.host.append("Loading weights: 10%", to: "\(job.directory)/train.log")
      _ = try await server.waitUntil("the weights are read") {
        try await server.send(.get, "/api/models/base/status", as: user).json["phase"] == "weights"
          ? true : nil
      }
      server.clock.advance(seconds: 30)
      server.engine.setUp(true)
      _ = try await server.waitUntil("it is ready") {
        try await server.send(.get, "/api/models/base/status", as: user).json["status"] == "ready"
          ? true : nil
      }
      #expect(server.host.launched.count == 1)
      _ = try await server.send(.post, "/api/models/base/unload", as: user)

      server.engine.setUp(false)
      _ = try await server.send(.post, "/api/models/base/load", as: user)
      _ = try await server.launched(2)
      let status = try await server.send(.get, "/api/models/base/status", as: user).json
      #expect((status["expected_seconds"]?.double ?? 0) >= 30)
      #expect((status["progress"]?.double ?? -1) >= 0)
      _ = try await server.send(.post, "/api/models/base/unload", as: user)
      #expect(try await Self.models(server, user) == [])
    }
  }

  @Test func `a model is served on the port that was asked for, and not where another program is`()
    async throws
  {
    try await TestServer.run(Self.folders) { server in
      let user = try await server.register("ada")
      for port in ["80", "65536", "many"] {
        let refused = try await server.send(.post, "/api/models/base/load?port=\(port)", as: user)
        #expect(refused.status == 422)
      }
      let path = "/api/models/base/load?port=\(RecordingHost.takenPort)"
      let taken = try await server.send(.post, path, as: user)
      #expect(taken.status == 409)
      #expect(server.host.launched.isEmpty)
      let free = try await server.send(.get, "/api/models/base/status", as: user)
      #expect(free.json["status"] == "unloaded")
      _ = try await server.send(.post, "/api/models/base/load?port=18500", as: user)
      #expect(try await server.launched(1).port == 18_500)
      // It is where it is, whoever asks for another port.
      let again = try await server.send(.post, path, as: user)
      #expect(again.status == 200)
      #expect(server.host.launched.count == 1)
    }
  }

  @Test func `who ends a load ends it for those who wait, and it counts as no failure`() async throws {
    try await TestServer.run(Self.folders) { server in
      let user = try await server.register("ada")
      let other = try await server.register("bob")
      server.engine.setUp(false)
      async let waiting = server.send(.post, "/api/chat/completion", Self.ask("/models/base"), as: user)
      let job = try await server.launched(1)
      try await server.check(
        APIScenario("another's load", .post, "/api/models/base/unload", expect: 409), as: other)
      _ = try await server.send(.post, "/api/models/base/unload", as: user)
      let told = try await waiting
      #expect(told.status == 502)
      #expect(told.text.contains("unloaded meanwhile"))
      #expect(server.host.stopped == [job.directory])
      #expect(!server.host.paths.contains { $0.contains("/services/") })
      #expect(try await server.send(.get, "/api/models/base/status", as: user).json["status"] == "unloaded")
      server.engine.setUp(true)
      let again = try await server.send(.post, "/api/chat/completion", Self.ask("/models/base"), as: user)
      #expect(again.status == 200)
    }
  }

  @Test func `another model waits while one answers, then takes its room, and later askers queue behind it`()
    async throws
  {
    try await TestServer.run(Self.one) { server in
      let user = try await server.register("ada")
      server.host.addModel("/models/second")
      let gate = Gate()
      server.engine.pause(after: 1, until: gate)
      let stream: JSONValue = [
        "model": "/models/base", "messages": [["role": "user", "content": "ab"]], "stream": true,
      ]
      async let busy = server.send(.post, "/v1/chat/completions", .json(stream), as: user)
      _ = try await server.waitUntil("the answer has begun") { server.engine.addresses.isEmpty ? nil : true }
      let begun = try await server.send(.post, "/api/models/second/load", as: user)
      #expect(begun.json["phase"] == "waiting")
      let (launched, stopped) = (server.host.launched.count, server.host.stopped.count)
      #expect(launched == stopped + 1)
      gate.open()
      let whole = try await busy
      #expect(whole.text.contains("[DONE]"))
      _ = try await server.waitUntil("the second is ready") {
        try await server.send(.get, "/api/models/second/status", as: user).json["status"] == "ready"
          ? true : nil
      }
      #expect(try await Self.models(server, user) == ["/models/second"])
      #expect(server.host.launched.count == launched + 1 && server.host.stopped.count == stopped + 1)
    }
  }

  @Test func `many chats with two models in turns load each a few times, and none fails`() async throws {
    try await TestServer.run(Self.one) { server in
      let user = try await server.register("ada")
      server.host.addModel("/models/second")
      try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<20 {
          group.addTask {
            var worst = 0
            for turn in 0..<3 {
              let model = (number + turn) % 2 == 0 ? "/models/base" : "/models/second"
              worst = max(
                worst, try await server.send(.post, "/api/chat/completion", Self.ask(model), as: user).status)
            }
            return worst
          }
        }
        for try await status in group { #expect(status == 200) }
      }
      #expect(try await Self.models(server, user).count == 1)
      #expect(server.host.launched.count == server.host.stopped.count + 1)
    }
  }

  @Test func `a model larger than its host may hold is refused in words`() async throws {
    let settings = Self.folders.merging(["LUTHIER_MODEL_MEMORY": "536871912"]) { _, new in new }
    try await TestServer.run(settings) { server in
      let user = try await server.register("ada")
      server.host.append(
        String(repeating: "w", count: 1000), to: "/models/base/model.safetensors")
      let refused = try await server.send(.post, "/api/chat/completion", Self.ask("/models/base"), as: user)
      #expect(refused.status == 502)
      #expect(refused.text.contains("LUTHIER_MODEL_MEMORY"))
      #expect(server.host.launched.isEmpty)
      #expect(try await server.send(.get, "/api/models/base/status", as: user).json["status"] == "failed")
    }
  }

  @Test func `a model to load at the start that is not there is told, and keeps nothing from starting`()
    async throws
  {
    let settings = Self.folders.merging(["LUTHIER_PRELOAD_MODELS": "base,nosuch"]) { _, new in new }
    try await TestServer.run(settings) { server in
      _ = try await server.waitUntil("both were looked for") {
        server.log.text.contains("nosuch") ? true : nil
      }
    }
  }

  @Test func `adapters share the server of their base under vLLM, each given to it once`() async throws {
    let settings = Self.folders.merging(
      ["LUTHIER_MODEL_ENGINE": "vllm", "LUTHIER_VLLM_PATH": "/opt/vllm/bin/vllm"]) { _, new in new }
    try await TestServer.run(settings) { server in
      let user = try await server.register("ada")
      for name in ["one", "two"] {
        server.host.addModel("/models/\(name)", kind: .adapter, base: "/models/base")
      }
      for name in ["one", "two", "one", "base"] {
        let answer = try await server.send(
          .post, "/api/chat/completion", Self.ask("/models/\(name)"), as: user)
        #expect(answer.status == 200)
      }
      #expect(server.host.launched.count == 1)
      #expect(server.host.launched[0].arguments.prefix(3) == ["/opt/vllm/bin/vllm", "serve", "/models/base"])
      #expect(server.engine.adapters == ["/models/one", "/models/two"])
    }
  }

  @Test func `a tuned model is served with the system message it was trained with`() async throws {
    try await TestServer.run(Self.folders) { server in
      let user = try await server.register("ada")
      _ = try await server.upload(as: user)
      _ = try await server.submit(["arguments": ["default_system": "--Be kind."]], as: user)
      server.host.complete(try await server.launched(1))
      let model = try await server.waitUntil("the model is there") {
        try await server.send(.get, "/api/files/models", as: user).json["models"]?[0]?["model_path"]?.string
      }
      _ = try await server.send(.post, "/api/chat/completion", Self.ask(model), as: user)
      let job = try await server.launched(2)
      #expect(job.arguments.contains("--default_system=--Be kind."))
      #expect(job.arguments.contains(model))
      _ = try await server.send(.post, "/api/chat/completion", Self.ask("/models/base"), as: user)
      let base = try await server.launched(3)
      #expect(!base.arguments.contains { $0.hasPrefix("--default_system") })
    }
  }
}
