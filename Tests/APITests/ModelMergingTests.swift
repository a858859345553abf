import Contract
import Domain
import HTTPWire
import Testing

/// Adapters that are merged into their base, once.
@Suite struct ModelMergingTests {
  private static let settings = [
    "LUTHIER_MODEL_FOLDERS": "/models", "LUTHIER_MODEL_ENGINE": "vllm", "LUTHIER_VLLM_PATH": "/opt/vllm",
  ]

  private static func prepare(_ server: TestServer, adapter: String = "{}") async throws {
    server.host.setTrainer(
      TrainerFacts(
        command: "/opt/trainer/llamafactory-cli", version: "0.9.5", torch: "2", problem: nil,
        python: "/opt/trainer/python"))
    server.host.addModel("/models/tuned", kind: .adapter, base: "/models/base")
    try await server.host.write(Array(adapter.utf8), to: "/models/tuned/adapter_config.json")
  }

  private static func ask(_ server: TestServer, _ user: User) async throws -> Answer {
    try await server.send(
      .post, "/api/chat/completion",
      .json(["model_path": "/models/tuned", "messages": [["role": "user", "content": "ab"]]]), as: user)
  }

  /// Plays the script that merges: it says these lines and ends.
  private static func say(_ lines: [String], _ job: JobSpec, _ server: TestServer, exitCode: Int = 0) {
    for line in lines { server.host.append(line + "\n", to: "\(job.directory)/answers.jsonl") }
    server.host.end(job.directory, exitCode: exitCode)
  }

  private static func made(_ server: TestServer, _ user: User) -> String {
    "{\"result\": {\"path\": \"\(folder(server, user))\", \"size\": 5000, \"made\": true}}"
  }

  private static func folder(_ server: TestServer, _ user: User) -> String {
    "\(server.usersFolder)/\(user.id)/.merged/abc"
  }

  private static func models(_ server: TestServer, _ user: User) async throws -> [JSONValue] {
    try await server.send(.get, "/api/files/models", as: user).json["models"]?.items ?? []
  }

  @Test func `an adapter that vLLM refuses is merged once for all who ask, and served by itself`()
    async throws
  {
    try await TestServer.run(Self.settings) { server in
      try await Self.prepare(server, adapter: "{\"r\": 8, \"use_dora\": true}")
      let user = try await server.register("ada")
      async let first = Self.ask(server, user)
      let job = try await server.launched(1)
      #expect(job.arguments.first == "/opt/trainer/python")
      #expect(job.arguments.last?.hasSuffix("/merge_model.py") == true)
      async let second = Self.ask(server, user)
      async let asked = server.send(.post, "/api/models/tuned/merge", .json([:]), as: user)
      let request = server.host.text(at: "\(job.directory)/request.json") ?? ""
      #expect(request.contains("llamafactory-cli") && request.contains(".merged"))
      Self.say(
        ["{\"phase\": \"writing\", \"done\": 1, \"total\": 2}", Self.made(server, user)], job, server)
      #expect(try await first.status == 200)
      #expect(try await second.status == 200)
      // One that came after the first had ended asks the script again, which finds what is there.
      if server.host.launched.filter({ $0.arguments.last?.hasSuffix("merge_model.py") == true }).count > 1 {
        let again = try await server.waitUntil("the second look") {
          server.host.launched.last { $0.arguments.last?.hasSuffix("merge_model.py") == true }
        }
        Self.say([Self.made(server, user)], again, server)
      }
      #expect(try await asked.text.contains("tuned-merged"))
      let serving = server.host.launched.filter { $0.arguments.first == "/opt/vllm" }
      #expect(serving.count == 1)
      #expect(serving.first?.arguments.prefix(3) == ["/opt/vllm", "serve", Self.folder(server, user)])
      #expect(serving.first?.arguments.contains("--enable-lora") == false)
      #expect(server.engine.adapters == [])
      let models = try await Self.models(server, user)
      #expect(models.count == 1 && models[0]["kind"] == "merged" && models[0]["frees"] == 5000)
      // The script's folder, where a request lay, is gone.
      #expect(!server.host.paths.contains { $0.contains("/merges/") })
    }
  }

  @Test func `what deleting a merged model frees is its folder, and only that`() async throws {
    try await TestServer.run(Self.settings) { server in
      try await Self.prepare(server)
      let user = try await server.register("ada")
      async let asked = server.send(
        .post, "/api/models/tuned/merge", .json(["name": "whole"]), as: user)
      Self.say([Self.made(server, user)], try await server.launched(1), server)
      let told = try await asked
      #expect(told.text.contains("event: end") && told.text.contains("\"whole\""))
      let folder = Self.folder(server, user)
      for path in [folder, folder + "d", "/models/tuned"] {
        try await server.host.write([1], to: "\(path)/model.safetensors")
      }
      let id = try await Self.models(server, user)[0]["model_id"]?.string ?? ""
      server.host.setReachable(false)
      try await server.check(
        APIScenario("away", .delete, "/api/files/models/\(id)", expect: 503, storesNothing: true), as: user)
      server.host.setReachable(true)
      try await server.check(
        APIScenario(
          "deleted", .delete, "/api/files/models/\(id)", expect: 200, contains: ["\"freed\":5000"],
          events: ["model.deleted"]), as: user)
      #expect(!server.host.paths.contains("\(folder)/model.safetensors"))
      #expect(server.host.paths.contains("\(folder)d/model.safetensors"))
      #expect(server.host.paths.contains("/models/tuned/model.safetensors"))
    }
  }

  @Test func `what the host fails of is told with its cure, leaves no model, and can be tried again`()
    async throws
  {
    try await TestServer.run(Self.settings) { server in
      try await Self.prepare(server)
      let user = try await server.register("ada")
      async let asked = server.send(.post, "/api/models/tuned/merge", .json([:]), as: user)
      Self.say(
        ["{\"error\": {\"code\": \"storage_full\", \"message\": \"Full.\", \"hint\": \"Delete.\"}}"],
        try await server.launched(1), server, exitCode: 1)
      let told = try await asked
      #expect(told.text.contains("storage_full") && told.text.contains("Delete."))
      #expect(try await Self.models(server, user).isEmpty)
      async let silent = server.send(.post, "/api/models/tuned/merge", .json([:]), as: user)
      Self.say([], try await server.launched(2), server, exitCode: 1)
      #expect(try await silent.text.contains("host_failed"))
      async let last = server.send(.post, "/api/models/tuned/merge", .json([:]), as: user)
      Self.say([Self.made(server, user)], try await server.launched(3), server)
      #expect(try await last.text.contains("tuned-merged"))
    }
  }

  @Test func `a merge that is stopped ends for all who wait, leaves nothing, and can be asked for again`()
    async throws
  {
    try await TestServer.run(Self.settings) { server in
      try await Self.prepare(server)
      let user = try await server.register("ada")
      let other = try await server.register("bob")
      let path = "/api/models/tuned/merge"
      #expect(try await server.send(.delete, path, as: user).status == 409)
      async let first = server.send(.post, path, .json([:]), as: user)
      let job = try await server.launched(1)
      // Another's is another's.
      #expect(try await server.send(.delete, path, as: other).status == 409)
      #expect(try await server.send(.delete, path, as: user).status == 200)
      let told = try await first
      #expect(told.text.contains("merge_stopped"), "\(told.text)")
      #expect(server.host.stopped.contains(job.directory))
      #expect(!server.host.paths.contains { $0.contains("/merges/") })
      #expect(try await Self.models(server, user).isEmpty)
      async let again = server.send(.post, path, .json([:]), as: user)
      Self.say([Self.made(server, user)], try await server.launched(2), server)
      #expect(try await again.text.contains("tuned-merged"))
    }
  }
}
