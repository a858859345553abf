import Contract
import Domain
import HTTPWire
import Services
import Testing

/// Who gets which GPU, and what those who wait are told, over the whole server.
@Suite struct QueueTests {
  private func withGPUs(
    _ count: Int, strangers: [Int] = [], settings: [String: String] = [:],
    _ body: @Sendable (TestServer, User) async throws -> Void
  ) async throws {
    try await TestServer.run(settings) { server in
      server.host.setGPUs(count, strangers: strangers)
      let user = try await server.register("ada")
      try await server.upload(as: user)
      try await Self.see(count, server, user)
      try await body(server, user)
    }
  }

  /// Waits until the server has seen the GPUs: more are refused then.
  private static func see(_ count: Int, _ server: TestServer, _ user: User) async throws {
    _ = try await server.waitUntil("the GPUs are seen") {
      let answer = try await server.send(
        .post, "/api/tasks",
        .json(.object(TestServer.task.fields.merging(["gpus": .integer(64)]) { _, new in new })), as: user)
      if answer.status == 200 {
        _ = try await server.send(.post, "/api/tasks/\(answer.string("task_id"))/cancel", as: user)
      }
      return answer.text.contains("has \(count) of") ? true : nil
    }
  }

  @Test func `each task gets a GPU of its own, in its environment and in its answer`() async throws {
    try await withGPUs(2) { server, user in
      let first = try await server.submit(["name": "first"], as: user)
      let second = try await server.submit(["name": "second"], as: user)
      let jobs = [try await server.launched(1), try await server.launched(2)]
      #expect(Set(jobs.compactMap { $0.environment["CUDA_VISIBLE_DEVICES"] }) == ["0", "1"])
      for job in jobs {
        #expect(job.environment["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID")
        #expect(job.environment["FORCE_TORCHRUN"] == nil)
        #expect(server.host.text(at: "\(job.directory)/train.yaml")?.contains("bf16: true") == true)
      }
      let third = try await server.submit(["name": "third"], as: user)
      let shown = try await server.send(.get, "/api/tasks/\(third)", as: user)
      #expect(shown.json["queue"]?["reason"] == "gpus_busy")
      #expect(shown.json["queue"]?["position"] == 1)
      #expect(shown.json["queue"]?["message"] == "Waits for a GPU on Recording.")
      for task in [first, second] {
        let running = try await server.wait(task, for: "running", as: user)
        #expect(running["assigned_gpus"]?.items.count == 1)
        #expect(running["attempts"]?[0]?["gpus"] == running["assigned_gpus"])
        #expect(running["queue"] == nil)
      }
    }
  }

  @Test func `several GPUs are trained on by torchrun, and the processor without any`() async throws {
    try await withGPUs(4) { server, user in
      _ = try await server.submit(["gpu_ids": [3, 1]], as: user)
      let wide = try await server.launched(1)
      #expect(wide.environment["CUDA_VISIBLE_DEVICES"] == "1,3")
      #expect(wide.environment["FORCE_TORCHRUN"] == "1" && wide.environment["NPROC_PER_NODE"] == "2")
      #expect(Int(wide.environment["MASTER_PORT"] ?? "") != nil)
      _ = try await server.submit(["gpus": 0], as: user)
      let plain = try await server.launched(2)
      #expect(plain.environment["CUDA_VISIBLE_DEVICES"] == "")
      #expect(server.host.text(at: "\(plain.directory)/train.yaml")?.contains("bf16") == false)
    }
  }

  @Test func `a host without a GPU is left as it is`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      _ = try await server.submit(as: user)
      let job = try await server.launched(1)
      #expect(job.environment["CUDA_VISIBLE_DEVICES"] == nil)
      let shown = try await server.send(.get, "/api/tasks", as: user)
      #expect(shown.json["tasks"]?[0]?["assigned_gpus"] == [])
    }
  }

  @Test func `more GPUs than there are, and wishes that contradict each other, are refused`() async throws {
    try await withGPUs(2) { server, user in
      for (what, more) in [
        ("too many", ["gpus": 3]), ("another", ["gpu_ids": [0, 2]]), ("twice the same", ["gpu_ids": [1, 1]]),
        ("below none", ["gpus": -1]), ("below the first", ["gpu_ids": [-1]]),
        ("two words", ["gpus": 2, "gpu_ids": [0]]), ("beyond all", ["gpus": 65]),
      ] as [(String, JSONValue)] {
        let body = TestServer.task.fields.merging(more.fields) { _, new in new }.json
        try await server.check(
          APIScenario(what, .post, "/api/tasks", .json(body), expect: 422, events: [], storesNothing: true),
          as: user)
      }
    }
  }

  @Test func `a GPU on which a stranger computes is not given, and it is said`() async throws {
    try await withGPUs(2, strangers: [1]) { server, user in
      _ = try await server.submit(as: user)
      let job = try await server.launched(1)
      #expect(job.environment["CUDA_VISIBLE_DEVICES"] == "0")
      let pinned = try await server.submit(["gpu_ids": [1]], as: user)
      let shown = try await server.send(.get, "/api/tasks/\(pinned)", as: user)
      #expect(shown.json["queue"]?["reason"] == "gpu_stranger")
      let host = try await server.send(.get, "/api/hosts/local", as: user)
      #expect(host.json["load"]?["gpus"]?[1]?["processes"]?[0]?["owner"] == "stranger")
      #expect(host.json["slots"] == 2)
      server.host.setGPUs(2)
      let freed = try await server.launched(2)
      #expect(freed.environment["CUDA_VISIBLE_DEVICES"] == "1")
    }
  }

  @Test func `a model gets a GPU on which nothing trains, and holds it until it is unloaded`() async throws {
    try await withGPUs(2) { server, user in
      _ = try await server.submit(["gpu_ids": [0]], as: user)
      _ = try await server.launched(1)
      let service = try await server.send(
        .post, "/api/services", .json(["model_path": "/models/base"]), as: user)
      #expect(service.status == 200, "\(service.text)")
      let engine = try await server.launched(2)
      #expect(engine.environment["CUDA_VISIBLE_DEVICES"] == "1")
      #expect(engine.environment["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID")
      let waiting = try await server.submit(["gpu_ids": [1]], as: user)
      let shown = try await server.send(.get, "/api/tasks/\(waiting)", as: user)
      #expect(shown.json["queue"]?["reason"] == "gpus_serving")
      _ = try await server.send(
        .delete, "/api/services/\(try service.string("service_id"))", as: user)
      let job = try await server.launched(3)
      #expect(job.environment["CUDA_VISIBLE_DEVICES"] == "1")
      // With something training on both, a model shares the emptier one rather than go without.
      let shared = try await server.send(
        .post, "/api/services", .json(["model_path": "/models/base"]), as: user)
      #expect(shared.status == 200)
      #expect(try await server.launched(4).environment["CUDA_VISIBLE_DEVICES"] == "0")
    }
  }

  @Test func `users take turns, and a changed priority changes the order`() async throws {
    try await TestServer.run { server in
      let (ada, bob) = (try await server.register("ada"), try await server.register("bob"))
      for user in [ada, bob] { try await server.upload(as: user) }
      var tasks = [try await server.submit(["name": "running"], as: ada)]
      _ = try await server.launched(1)
      for name in ["a1", "a2"] { tasks.append(try await server.submit(["name": .string(name)], as: ada)) }
      let turn = try await server.submit(["name": "b1"], as: bob)
      #expect(try await server.send(.get, "/api/tasks/\(turn)", as: bob).json["queue"]?["position"] == 1)
      let changed = try await server.check(
        APIScenario(
          "priority", .patch, "/api/tasks/\(tasks[2])", .json(["priority": 4]), expect: 200,
          events: ["task.changed"]), as: ada)
      #expect(changed.json["priority"] == 4 && changed.json["queue"]?["position"] == 1)
      for (name, path, body, status) in [
        ("too high", tasks[2], ["priority": 11], 422), ("running", tasks[0], ["priority": 1], 409),
        ("another's", turn, ["priority": 1], 404), ("nothing", tasks[2], [:], 422),
      ] as [(String, String, JSONValue, Int)] {
        try await server.check(
          APIScenario(
            name, .patch, "/api/tasks/\(path)", .json(body), expect: status, 400, events: [],
            storesNothing: true), as: ada)
      }
      let order = [tasks[0], tasks[2], turn, tasks[1]]
      for task in order {
        let job = try await server.waitUntil("\(task) was launched") {
          server.host.launched.last { $0.directory.contains(task) }
        }
        server.host.complete(job)
        try await server.wait(task, for: "completed", as: task == turn ? bob : ada)
      }
      let launched = server.host.launched.map(\.directory)
      #expect(zip(launched, order).allSatisfy { $0.contains($1) } && launched.count == order.count)
    }
  }

  @Test func `tasks of a host that is away wait and say since when, and one that is there goes on`()
    async throws
  {
    try await TestServer.run(["LUTHIER_SLOTS": "2"]) { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      let first = try await server.submit(as: user)
      try await server.wait(first, for: "running", as: user)
      server.host.setReachable(false)
      _ = try await server.waitUntil("the loss is seen") {
        try await server.send(.get, "/api/tasks/\(first)", as: user).json["unreachable_since"]?.string
      }
      let waiting = try await server.submit(as: user)
      let shown = try await server.send(.get, "/api/tasks/\(waiting)", as: user)
      #expect(shown.json["status"] == "queued")
      #expect(shown.json["queue"]?["reason"] == "host_unreachable")
      #expect(shown.json["unreachable_since"]?.string != nil)
      let gone = try await server.submit(as: user)
      let cancelled = try await server.send(.post, "/api/tasks/\(gone)/cancel", as: user)
      #expect(try cancelled.string("status") == "cancelled")
      server.host.setReachable(true)
      try await server.wait(waiting, for: "running", as: user)
      #expect(server.host.launched.count == 2)
    }
  }

  @Test func `a launch whose answer was lost is not done twice`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      server.host.setLosesAnswers(1)
      let task = try await server.submit(as: user)
      try await server.wait(task, for: "running", as: user)
      #expect(server.host.launched.count == 1)
      server.host.complete(try await server.launched(1))
      let done = try await server.wait(task, for: "completed", as: user)
      #expect(done["attempts"]?.items.count == 1)
    }
  }

  @Test func `what is deleted while its host is away is removed there when it is back`() async throws {
    let folder = try TestServer.makeFolder()
    defer { TestServer.removeFolder(folder) }
    try await TestServer.run(keepingIn: folder) { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      let task = try await server.submit(as: user)
      let job = try await server.launched(1)
      server.host.end(job.directory, exitCode: 1)
      try await server.wait(task, for: "failed", as: user)
      server.host.append("x", to: "\(job.directory)/train.log")
      server.host.setReachable(false)
      let other = try await server.submit(as: user)
      _ = try await server.waitUntil("the loss is seen") {
        try await server.send(.get, "/api/tasks/\(other)", as: user).json["unreachable_since"]?.string
      }
      // Those of the other come when the queue has looked, which may be after it was told as waiting.
      let before = try await server.events.newestSequence()
      let deleted = try await server.send(.delete, "/api/tasks/\(task)", as: user)
      #expect(deleted.status == 200)
      let fired = try await server.eventKinds(after: before, for: user, of: task)
      #expect(fired == ["task.deleted"])
      #expect(server.host.paths.contains { $0.contains(task) })
      server.host.setReachable(true)
      _ = try await server.waitUntil("its folder is gone") {
        server.host.paths.contains { $0.contains(task) } ? nil : true
      }
    }
  }
}
