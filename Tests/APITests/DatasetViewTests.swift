import Contract
import Domain
import HTTPWire
import Testing

/// How a dataset is looked at before a training: its lengths, its rows as the model sees them, and what it takes.
@Suite struct DatasetViewTests {
  @Test func `row lengths are counted and told`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let rows = (1...100).map { "{\"text\": \"\(String(repeating: "word", count: $0))\"}\n" }.joined()
      let id = try await server.upload("rows.jsonl", rows, as: user)
      let lengths = try await server.send(.get, "/api/files/datasets/\(id)", as: user).json["lengths"]
      #expect(lengths?["tokens"]?["minimum"] == 1)
      #expect(lengths?["tokens"]?["maximum"] == 100)
      #expect(lengths?["characters"]?["maximum"] == 400)
      let counted = lengths?["tokens"]?["bins"]?.items.compactMap { $0["rows"]?.integer }.reduce(0, +)
      #expect(counted == 100)
      let p90 = try #require(lengths?["tokens"]?["p90"]?.integer)
      #expect((81...99).contains(p90))
      let empty = try await server.upload("broken.json", "[{]", as: user)
      let none = try await server.send(.get, "/api/files/datasets/\(empty)", as: user).json["lengths"]
      #expect(none == nil || none == .null)
    }
  }

  @Test func `rows are not shown without a trainer, and what cannot be trained on is not sent to one`()
    async throws
  {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let path = try await "/api/files/datasets/\(server.upload(as: user))/rendered"
      let good: [String: JSONValue] = ["model_name": "/models/base"]
      func check(_ what: String, _ more: [String: JSONValue], _ status: Int, _ contains: [String] = [])
        async throws
      {
        try await server.check(
          APIScenario(
            what, .post, path, .json(.object(good.merging(more) { $1 })), expect: status, contains: contains,
            storesNothing: true), as: user)
      }
      server.host.setTrainer(TrainerFacts(command: nil, version: nil, torch: nil, problem: "not installed"))
      try await check("no trainer", [:], 503, ["trainer_missing", "install"])
      server.host.setTrainer(
        TrainerFacts(command: "/opt/cli", version: nil, torch: nil, problem: nil, python: "/opt/python"))
      // The script of the test's host ends without an answer, and leaves nothing there.
      try await check("no answer", [:], 502, ["host_failed"])
      try await check("too many rows", ["count": 11], 422)
      try await check("row 0", ["from": 0], 422)
      try await check("a row behind the end", ["from": 3], 422, ["2 rows"])
      try await check("another goal", ["arguments": ["stage": "dpo"]], 422, ["dpo"])
      try await check("an unknown template", ["template": "none-such"], 422)
      try await check("an unknown argument", ["arguments": ["none_such": 1]], 422)
      try await check("no model", ["model_name": "/models/none"], 404)
      try await check("an unknown host", ["host_id": "none"], 404)
    }
  }

  @Test func `an estimate tells steps, memory and disk, and stores nothing`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      func estimate(_ more: [String: JSONValue] = [:]) async throws -> JSONValue {
        try await server.check(
          APIScenario(
            "estimate", .post, "/api/tasks/estimate",
            .json(.object(TestServer.task.fields.merging(more) { $1 })), expect: 200, events: [],
            storesNothing: true), as: user
        ).json
      }
      let unknown = try await estimate()
      #expect(unknown["rows"] == 2)
      #expect(unknown["steps"]?.integer == unknown["steps_per_epoch"]?.integer.map { $0 * 3 })
      #expect(unknown["memory"] == nil || unknown["memory"] == .null)
      let llama = """
        {"num_hidden_layers": 32, "hidden_size": 4096, "intermediate_size": 11008, "vocab_size": 32000,
         "num_attention_heads": 32}
        """
      try await server.host.write(Array(llama.utf8), to: "/models/base/config.json")
      let lora = try await estimate()
      #expect(lora["parameters"]?.integer == 6_738_415_616)
      #expect(lora["trained"]?.integer == 19_988_480)
      #expect(lora["gpu"] == nil || lora["gpu"] == .null)
      #expect((lora["memory"]?["total"]?.integer ?? 0) > 26_000_000_000)
      #expect(lora["memory"]?["error_percent"] == 30)
      let full = try await estimate(["arguments": ["finetuning_type": "full"]])
      #expect((full["memory"]?["total"]?.integer ?? 0) > 100_000_000_000)
      #expect((full["disk"]?["checkpoint"]?.integer ?? 0) > 80_000_000_000)
      try await server.check(
        APIScenario(
          "no dataset", .post, "/api/tasks/estimate",
          .json(.object(TestServer.task.fields.merging(["dataset_path": "none.json"]) { $1 })), expect: 404,
          storesNothing: true), as: user)
    }
  }
}
