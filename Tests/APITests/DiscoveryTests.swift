import Concurrency
import Contract
import Domain
import HTTPWire
import Testing

/// W1: models that scans of the hosts come upon.
@Suite struct DiscoveryTests {
  private static func scanned(
    _ name: String, _ kind: ScannedModel.Kind = .adapter, _ group: ScannedModel.Group = .sft,
    checkpoints: [Int64] = [], privatePath: String? = nil
  ) -> ScannedModel {
    ScannedModel(
      path: "/work/saves/\(name)", name: name, kind: kind, group: group,
      baseModel: kind == .adapter ? "/models/base" : nil, modelType: "qwen2", size: 10,
      modifiedAt: Timestamp(milliseconds: 1),
      checkpoints: checkpoints.map {
        .init(name: "checkpoint-\($0)", step: $0, size: 5, modified: 1)
      }, privatePath: privatePath)
  }

  private static func listed(_ server: TestServer, _ who: User) async throws -> [String] {
    try await server.send(.get, "/api/models", as: who).json["models"]?.items.map {
      "\($0["name"]?.string ?? "") \($0["group"]?.string ?? "") \($0["status"]?.string ?? "")"
    } ?? []
  }

  private static func ask(_ model: String) -> Body {
    .json(["model": .string(model), "prompt": "ab"])
  }

  @Test func `what a scan finds is listed by group, chatted with, and marked when it is gone`() async throws {
    try await TestServer.run { server in
      let ada = try await server.register("ada")
      #expect(try await Self.listed(server, ada) == [])
      server.host.setScan([
        Self.scanned("base", .base, .pretrained), Self.scanned("run/a", checkpoints: [9, 10]),
        Self.scanned("dpo/final.pt", .file, .rl), Self.scanned("<b>x</b>", .merged),
      ])
      let reply = try await server.send(.post, "/api/models/scan", as: ada)
      #expect(reply.status == 200 && reply.json["hosts"]?[0]?["models"] == 4)
      #expect(reply.json["hosts"]?[0]?["complete"] == true)
      #expect(
        server.host.scannedFolders == ["/work/saves", "/work/models", server.usersFolder])
      #expect(
        try await Self.listed(server, ada) == [
          "<b>x</b> SFT unloaded", "base Pretrained unloaded", "dpo/final.pt RL failed",
          "run/a SFT unloaded",
        ])
      let list = try await server.send(.get, "/api/models", as: ada)
      let run = list.json["models"]?[3]
      #expect(run?["checkpoints"]?.items.map { $0["step"] } == [9, 10])
      #expect(run?["base"] == "/models/base" && run?["kind"] == "adapter" && run?["host"] == "local")

      for name in ["run/a", "local:/work/saves/run/a", run?["model_id"]?.string ?? ""] {
        let answer = try await server.send(.post, "/api/generate", Self.ask(name), as: ada)
        #expect(answer.text.contains("\"done\": true"), "\(name): \(answer.text)")
      }
      #expect(server.host.launched.last?.arguments.contains("/work/saves/run/a") == true)
      _ = try await server.send(.post, "/api/generate", Self.ask("run/a/checkpoint-9"), as: ada)
      #expect(server.host.launched.last?.arguments.contains("/work/saves/run/a/checkpoint-9") == true)
      try await server.check(
        APIScenario(
          "no such checkpoint", .post, "/api/generate", Self.ask("run/a/checkpoint-8"), expect: 404),
        as: ada)
      try await server.check(
        APIScenario("a file", .post, "/api/generate", Self.ask("dpo/final.pt"), expect: 422), as: ada)
      let status = try await server.send(.get, "/api/models/dpo%2Ffinal.pt/status", as: ada)
      #expect(status.json["status"] == "failed")
      #expect(try await server.send(.get, "/v1/models", as: ada).text.contains("\"run/a\""))

      // A scan that saw only a part takes nothing for gone.
      server.host.setScan([Self.scanned("base", .base, .pretrained)], isComplete: false)
      _ = try await server.send(.post, "/api/models/scan", as: ada)
      #expect(try await Self.listed(server, ada).count == 4)
      server.host.setScan([Self.scanned("base", .base, .pretrained)])
      _ = try await server.send(.post, "/api/models/scan", as: ada)
      #expect(try await Self.listed(server, ada).filter { $0.hasSuffix("failed") }.count == 3)
      try await server.check(
        APIScenario("gone", .post, "/api/generate", Self.ask("run/a"), expect: 404, contains: ["gone"]),
        as: ada)
      #expect(try await !server.send(.get, "/v1/models", as: ada).text.contains("\"run/a\""))
      server.host.setScan([Self.scanned("run/a")])
      _ = try await server.send(.post, "/api/models/scan", as: ada)
      let back = try await server.send(.get, "/api/models", as: ada).json["models"]?.items.first {
        $0["name"] == "run/a"
      }
      #expect(back?["model_id"] == run?["model_id"] && back?["gone_at"] == nil)
    }
  }

  @Test func `what lies in a user's folder is only that user's, also by its names`() async throws {
    try await TestServer.run(["GUEST_ACCESS": "true", "LUTHIER_SCAN_FOLDERS": "/work/saves"]) { server in
      let ada = try await server.register("ada")
      let bob = try await server.register("bob")
      server.host.setScan([
        Self.scanned("hers", privatePath: "\(ada.id)/models/t1"),
        Self.scanned("nobodys", privatePath: "stray"), Self.scanned("ours"),
      ])
      let reply = try await server.send(.post, "/api/models/scan", as: bob)
      #expect(reply.json["hosts"]?[0]?["models"] == 1)
      #expect(try await Self.listed(server, ada) == ["hers SFT unloaded", "ours SFT unloaded"])
      #expect(try await Self.listed(server, bob) == ["ours SFT unloaded"])
      let guest = try await server.send(.get, "/api/models", as: nil)
      #expect(guest.json["models"]?.items.map { $0["name"] } == ["ours"])
      let id =
        try await server.send(.get, "/api/models", as: ada).json["models"]?[0]?["model_id"]?.string ?? ""
      for name in ["hers", "local:/work/saves/hers", id] {
        for who in [bob, nil] {
          let scenario = APIScenario(
            "hers", .post, "/api/generate", Self.ask(name), expect: 404, lacks: [ada.id])
          try await server.check(scenario, as: who)
        }
      }
      #expect(try await !server.send(.get, "/v1/models", as: bob).text.contains("hers"))
    }
  }

  @Test func `a scan that is asked for finds what was there when it was asked for`() async throws {
    try await TestServer.run { server in
      let ada = try await server.register("ada")
      // The scan of the start, or one that is asked for, has looked and not yet told.
      let gate = server.host.holdScans()
      async let first = server.send(.post, "/api/models/scan", as: ada)
      _ = try await server.waitUntil("a scan is held") { server.host.heldScans > 0 ? true : nil }
      server.host.setScan([Self.scanned("late")])
      async let second = server.send(.post, "/api/models/scan", as: ada)
      async let third = server.send(.post, "/api/models/scan", as: ada)
      // Answered after these were sent, so that they lie before the gate's opening wherever possible.
      _ = try await Self.listed(server, ada)
      gate.open()
      let answers = try await [first, second, third]
      #expect(answers.map(\.status) == [200, 200, 200])
      #expect(answers.dropFirst().allSatisfy { $0.json["hosts"]?[0]?["models"] == 1 })
      #expect(try await Self.listed(server, ada) == ["late SFT unloaded"])
    }
  }

  @Test func `folders that nobody named are not shown to guests, by any name of what is in them`()
    async throws
  {
    try await TestServer.run(["GUEST_ACCESS": "true", "LUTHIER_MODEL_FOLDERS": "/models"]) { server in
      let ada = try await server.register("ada")
      server.host.setScan([Self.scanned("ours", checkpoints: [3])])
      _ = try await server.send(.post, "/api/models/scan", as: ada)
      let seen = try await server.send(.get, "/api/models", as: ada).json["models"]
      #expect(seen?.items.map { $0["name"] } == ["base", "ours"])
      let guest = try await server.send(.get, "/api/models", as: nil)
      #expect(guest.json["models"]?.items.map { $0["name"] } == ["base"])
      let id = seen?[1]?["model_id"]?.string ?? ""
      for name in ["ours", "ours/checkpoint-3", "local:/work/saves/ours", "/work/saves/ours", id] {
        try await server.check(
          APIScenario(
            name, .post, "/api/generate", Self.ask(name), expect: 404, lacks: ["/models/base", "qwen2"]),
          as: nil)
      }
      #expect(server.host.launched.isEmpty)
    }
  }

  @Test func `a reward model is listed as one, and offered, loaded and asked nowhere`() async throws {
    try await TestServer.run { server in
      let ada = try await server.register("ada")
      let rows = #"[{"instruction": "a", "input": "", "chosen": "b", "rejected": "c"}]"#
      try await server.upload("pairs.json", rows, as: ada)
      let task = try await server.submit(
        ["dataset_path": "pairs.json", "name": "judge", "arguments": ["stage": "rm"]], as: ada)
      let job = try await server.launched(1)
      server.host.complete(job)
      let done = try await server.wait(task, for: "completed", as: ada)
      let id = done["model_id"]?.string ?? ""
      // One that a scan came upon, and one that stands for PPO's: its files do not say what it is.
      var found = Self.scanned("judges/old", .adapter, .rl, checkpoints: [9])
      found.stage = "rm"
      server.host.setScan([found, Self.scanned("judges/ppo", .adapter, .rl)])
      _ = try await server.send(.post, "/api/models/scan", as: ada)

      let list = try await server.send(.get, "/api/models", as: ada).json["models"]?.items ?? []
      let judges = list.filter { $0["stage"] == "rm" }
      #expect(Set(judges.compactMap { $0["name"]?.string }) == ["judge", "judges/old"])
      for judge in judges {
        #expect(judge["type"] == "rl" && judge["status"] == "failed")
        #expect(judge["error"]?.string?.contains("reward model") == true)
      }
      let offered = try await server.send(.get, "/v1/models", as: ada).json["data"]?.items
      #expect(offered?.map { $0["id"]?.string } == ["judges/ppo"])

      let output = server.host.output(of: job)
      let names = [
        "judge", id, output, "judges/old", "judges/old/checkpoint-9", "local:/work/saves/judges/old",
      ]
      for name in names {
        let said: [String: JSONValue] = [
          "model": .string(name), "messages": [["role": "user", "content": "Who are you?"]],
        ]
        let path = name.replacing("/", with: "%2F")
        let doors: [(String, String, Body)] = [
          ("generate", "/api/generate", Self.ask(name)),
          ("gateway", "/v1/chat/completions", .json(said.json)),
          ("load", "/api/models/\(path)/load", .none),
          ("verify", "/api/models/\(path)/verify", .json([:])),
        ]
        for (door, path, body) in doors {
          try await server.check(
            APIScenario(
              "\(door) \(name)", .post, path, body, expect: door == "gateway" ? 400 : 422,
              contains: ["scores answers and writes none", "Choose another model"], storesNothing: true),
            as: ada)
        }
        let status = try await server.send(.get, "/api/models/\(path)/status", as: ada)
        #expect(status.json["status"] == "failed")
      }
      #expect(server.host.launched.count == 1)
      let answer = try await server.send(.post, "/api/generate", Self.ask("judges/ppo"), as: ada)
      #expect(answer.text.contains("\"done\": true"), "\(answer.text)")
    }
  }

  @Test func `a model of a task is listed with where it came from, once`() async throws {
    try await TestServer.run { server in
      let ada = try await server.register("ada")
      let dataset = try await server.upload("data.json", as: ada)
      let hash = try await server.send(.get, "/api/files/datasets/\(dataset)", as: ada)
        .json["dataset"]?["content_hash"]?.string
      let task = try await server.submit(["dataset_path": "data.json"], as: ada)
      let job = try await server.launched(1)
      server.host.complete(job)
      _ = try await server.wait(task, for: "completed", as: ada)
      server.host.setScan([
        ScannedModel(
          path: server.host.output(of: job), name: "x", kind: .adapter, group: .rl, size: 1,
          modifiedAt: Timestamp(milliseconds: 1),
          checkpoints: [.init(name: "checkpoint-5", step: 5, size: 1, modified: 1)],
          privatePath: "\(ada.id)/models/\(task)")
      ])
      _ = try await server.send(.post, "/api/models/scan", as: ada)
      let list = try await server.send(.get, "/api/models", as: ada).json["models"]?.items ?? []
      #expect(list.count == 1)
      #expect(list.first?["type"] == "sft" && list.first?["checkpoints"]?[0]?["step"] == 5)
      #expect(list.first?["lineage"]?["task_id"]?.string == task)
      #expect(list.first?["lineage"]?["attempt"] == 1)
      #expect(list.first?["lineage"]?["dataset_hashes"]?.items.map { $0.string } == [hash])
    }
  }

  @Test func `a host that cannot be reached keeps its last list, and hosts have their folders`() async throws
  {
    let folders = "/all:gpu=/one:~/saves:local=/other"
    try await TestServer.run(["LUTHIER_SCAN_FOLDERS": folders], hosts: ["local", "gpu"]) { server in
      let ada = try await server.register("ada")
      let gpu = try #require(server.fleet.recording("gpu"))
      gpu.setScan([Self.scanned("same"), Self.scanned("far")])
      server.host.setScan([Self.scanned("same")])
      _ = try await server.send(.post, "/api/models/scan", as: ada)
      #expect(gpu.scannedFolders == ["/all", "/one", "~/saves", server.usersFolder])
      #expect(server.host.scannedFolders == ["/all", "~/saves", "/other", server.usersFolder])
      let names = ["far SFT unloaded", "same SFT unloaded", "local:/work/saves/same SFT unloaded"]
      #expect(try await Self.listed(server, ada) == names)
      gpu.setReachable(false)
      let reply = try await server.send(.post, "/api/models/scan", as: ada)
      #expect(reply.json["hosts"]?.items.map { $0["problem"]?.string == nil } == [true, false])
      #expect(try await Self.listed(server, ada) == names)
    }
  }
}
