import Contract
import Domain
import Glibc
import HTTPWire
import Testing

/// P9 to P11 on this machine: the real host, the real agent and real processes, with a trainer that only
/// says what the real one says.
@Suite struct LocalTrainingTests {
  /// A server over this machine, with a trainer and a user who has a dataset.
  private static func run(
    _ body: @Sendable @escaping (TestServer, FakeTrainer) async throws -> Void
  ) async throws {
    let tools = try TestServer.makeFolder()
    defer { TestServer.removeFolder(tools) }
    let trainer = try FakeTrainer(in: tools)
    try await TestServer.run(["LLAMAFACTORY_CLI_PATH": trainer.command], onThisMachine: true) { server in
      try await body(server, trainer)
    }
  }

  private static func submit(_ base: String, _ server: TestServer, _ user: User) async throws -> String {
    try await server.submit(["model_name": .string(base)], as: user)
  }

  @Test func `a run is staged, launched, read and registered`() async throws {
    try await Self.run { server, trainer in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      let task = try await Self.submit(trainer.base(.completes), server, user)
      let done = try await server.wait(task, for: "completed", "failed", as: user)
      #expect(done["status"] == "completed", "\(done.text)")
      #expect(done["progress"]?["percentage"]?.double == 100)
      #expect(done["attempts"]?[0]?["exit_code"] == 0)
      let log = try await server.send(.get, "/api/tasks/\(task)/logs", as: user).string("logs")
      #expect(log.contains("[INFO] done"))
      let metrics = try await server.send(.get, "/api/tasks/\(task)/metrics", as: user)
      #expect(metrics.json["metrics"]?.items.compactMap { $0["step"]?.integer } == [1, 2, 3, 4])
      let models = try await server.send(.get, "/api/models/available", as: user)
      #expect(models.json["models"]?[0]?["model_id"] == done["model_id"])
      #expect(models.json["models"]?[0]?["kind"] == "adapter")
      let seen = try await server.read("/api/tasks/\(task)/logs/stream", as: user)
      #expect(seen.last?.event == "end")
    }
  }

  @Test func `a run that dies says why, and one that diverged is not taken for a good one`() async throws {
    try await Self.run { server, trainer in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      let crashed = try await Self.submit(trainer.base(.crashes), server, user)
      let first = try await server.wait(crashed, for: "completed", "failed", as: user)
      #expect(first["reason"]?["code"] == "out_of_memory_gpu")
      #expect(first["reason"]?["detail"]?.string?.contains("CUDA out of memory") == true)
      #expect(first["attempts"]?[0]?["exit_code"] == 1)
      let diverged = try await Self.submit(trainer.base(.diverges), server, user)
      let second = try await server.wait(diverged, for: "completed", "failed", as: user)
      #expect(second["status"] == "failed")
      #expect(second["reason"]?["code"] == "diverged")
      let models = try await server.send(.get, "/api/files/models", as: user)
      #expect(models.json["models"]?.items == [])
    }
  }

  @Test func `a cancelled run is asked to save first, and its process is gone`() async throws {
    try await Self.run { server, trainer in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      let task = try await Self.submit(trainer.base(.waits), server, user)
      let process = try await Self.process(of: task, server, user)
      #expect(kill(process, 0) == 0)
      _ = try await server.send(.post, "/api/tasks/\(task)/cancel", as: user)
      let ended = try await server.wait(task, for: "cancelled", "failed", "completed", as: user)
      #expect(ended["status"] == "cancelled")
      #expect(ended["model_id"]?.string != nil)
      #expect(kill(process, 0) != 0)
    }
  }

  @Test func `without the trainer's program the task fails as not installed`() async throws {
    try await TestServer.run(["LLAMAFACTORY_CLI_PATH": "/nowhere/llamafactory-cli"], onThisMachine: true) {
      server in
      let tools = try TestServer.makeFolder()
      defer { TestServer.removeFolder(tools) }
      let user = try await server.register("ada")
      try await server.upload(as: user)
      let task = try await Self.submit(FakeTrainer(in: tools).base(.completes), server, user)
      let failed = try await server.wait(task, for: "failed", "completed", as: user)
      #expect(failed["reason"]?["code"] == "not_installed", "\(failed.text)")
      let doctor = try await server.send(.get, "/api/hosts/local/doctor", as: user)
      #expect(doctor.json["healthy"] == false)
    }
  }

  @Test func `a trainer outlives its server, and the next one finds it`() async throws {
    let folder = try TestServer.makeFolder()
    let tools = try TestServer.makeFolder()
    defer {
      TestServer.removeFolder(folder)
      TestServer.removeFolder(tools)
    }
    let trainer = try FakeTrainer(in: tools)
    let settings = ["LLAMAFACTORY_CLI_PATH": trainer.command]
    let (user, task, process) = try await TestServer.run(settings, onThisMachine: true, keepingIn: folder) {
      server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      let task = try await Self.submit(trainer.base(.waits), server, user)
      let process = try await Self.process(of: task, server, user)
      // Its log may be read before the server has noted that it runs.
      _ = try await server.wait(task, for: "running", as: user)
      return (user, task, process)
    }
    #expect(kill(process, 0) == 0)
    try await TestServer.run(settings, onThisMachine: true, keepingIn: folder) { server in
      #expect(try await server.status(task, as: user) == "running")
      #expect(try await Self.process(of: task, server, user) == process)
      _ = try await server.send(.post, "/api/tasks/\(task)/cancel", as: user)
      let ended = try await server.wait(task, for: "cancelled", as: user)
      #expect(ended["attempt"] == 1)
      let log = try await server.send(.get, "/api/tasks/\(task)/logs", as: user).string("logs")
      #expect(log.components(of: "[INFO] pid") == 1)
    }
    #expect(kill(process, 0) != 0)
  }

  /// The trainer's process, as it says itself once it waits.
  private static func process(of task: String, _ server: TestServer, _ user: User) async throws -> pid_t {
    try await server.waitUntil("the trainer waits") {
      let log = try await server.send(.get, "/api/tasks/\(task)/logs", as: user).string("logs")
      guard log.contains("[INFO] waiting"), let line = log.split(separator: "\n").first,
        let number = line.split(separator: " ").last
      else { return nil }
      return pid_t(number)
    }
  }
}

extension String {
  /// How often `part` occurs.
  fileprivate func components(of part: String) -> Int {
    split(separator: part, omittingEmptySubsequences: false).count - 1
  }
}
