import Contract
import Domain
import FoundationEssentials
import Glibc
import HTTPWire
import SQLAccess
import TestPrograms
import Testing

/// What a server finds on the host when it comes back, on this machine and over SSH: the real agent, real processes
/// and the files they left.
@Suite struct ReconciliationTests {
  enum Way: CaseIterable, Sendable {
    case here, ssh

    /// Those that this machine can try.
    static var all: [Way] { SSHDaemon.isHere ? allCases : [.here] }
  }

  /// A task whose trainer waits, on a server that is gone when this returns.
  private struct Left: Sendable {
    let user: User
    let task: String
    let process: pid_t
    let attempt: String
    let base: String
    let folder: String
  }

  /// Leaves a running task behind, lets `meanwhile` happen, and lends the next server.
  private static func run(
    _ way: Way, path: String = "/usr/local/bin:/usr/bin:/bin",
    meanwhile: @Sendable (Left) async throws -> Void,
    _ body: @Sendable (TestServer, Left) async throws -> Void
  ) async throws {
    let tools = try TestServer.makeFolder()
    defer { TestServer.removeFolder(tools) }
    let trainer = try FakeTrainer(in: tools)
    let base = try trainer.base(.pauses)
    let settings = ["LLAMAFACTORY_CLI_PATH": trainer.command, "PATH": path]
    switch way {
    case .here: try await scene(settings, base: base, meanwhile: meanwhile, body)
    case .ssh:
      try await SSHDaemon.run(in: tools, path: path) { daemon in
        try await scene(
          settings.merging(daemon.settings) { $1 }, base: base, meanwhile: meanwhile, body)
      }
    }
  }

  private static func scene(
    _ settings: [String: String], base: String, meanwhile: @Sendable (Left) async throws -> Void,
    _ body: @Sendable (TestServer, Left) async throws -> Void
  ) async throws {
    let folder = try TestServer.makeFolder()
    defer { TestServer.removeFolder(folder) }
    let left = try await TestServer.run(settings, onThisMachine: true, keepingIn: folder) { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      let task = try await server.submit(["model_name": .string(base)], as: user)
      let process = try await server.waitUntil("the trainer waits") { () -> pid_t? in
        let log = try await server.send(.get, "/api/tasks/\(task)/logs", as: user)
        guard log.status == 200, try log.string("logs").contains("[INFO] waiting"),
          let word = try log.string("logs").split(separator: "\n").first?.split(separator: " ").last
        else { return nil }
        return pid_t(word)
      }
      try await server.wait(task, for: "running", as: user)
      let root = settings["REMOTE_USER_DATA_DIR"] ?? server.usersFolder
      let attempt = "\(root)/\(user.id)/models/\(task)/attempts/1"
      return Left(
        user: user, task: task, process: process, attempt: attempt, base: base, folder: server.folder)
    }
    #expect(kill(left.process, 0) == 0, "the trainer died with its server")
    // Whatever a failed test leaves.
    defer { kill(left.process, SIGKILL) }
    try await meanwhile(left)
    try await TestServer.run(settings, onThisMachine: true, keepingIn: folder) { server in
      try await body(server, left)
    }
  }

  private static func go(_ left: Left) throws {
    try "".write(to: URL(filePath: "\(left.base)/go"), atomically: true, encoding: .utf8)
  }

  private static func record(_ left: Left, _ name: String) throws -> String {
    try String(contentsOf: URL(filePath: "\(left.attempt)/\(name)"), encoding: .utf8)
  }

  private static func waitFor(_ path: String) async throws {
    for _ in 0..<3000 where access(path, F_OK) != 0 { try await Task.sleep(for: .milliseconds(10)) }
    try #require(access(path, F_OK) == 0, "\(path) never came")
  }

  @Test(arguments: Way.all) func `a run that ended meanwhile has its true ending, its time and its model`(
    over way: Way
  ) async throws {
    try await Self.run(way) { left in
      try Self.go(left)
      try await Self.waitFor("\(left.attempt)/ended.json")
    } _: { server, left in
      let done = try await server.wait(left.task, for: "completed", "failed", as: left.user)
      #expect(done["status"] == "completed", "\(done.text)")
      #expect(done["progress"]?["step"] == 4)
      #expect(done["model_id"]?.string != nil)
      let ended = try JSONValue(parsing: Array(Self.record(left, "ended.json").utf8))
      let time = try #require(ended["ended_at"]?.double)
      #expect(done["ended_at"]?.string == Timestamp(seconds: time).iso8601)
      let log = try await server.send(.get, "/api/tasks/\(left.task)/logs", as: left.user).string("logs")
      #expect(log.split(separator: "\n").count { $0.hasPrefix("[INFO] pid") } == 1)
    }
  }

  @Test(arguments: Way.all) func `a run that goes on is watched again, by no second trainer, to its end`(
    over way: Way
  ) async throws {
    try await Self.run(way) { _ in
    } _: { server, left in
      #expect(try await server.status(left.task, as: left.user) == "running")
      #expect(kill(left.process, 0) == 0)
      try Self.go(left)
      let done = try await server.wait(left.task, for: "completed", "failed", as: left.user)
      #expect(done["status"] == "completed" && done["attempt"] == 1)
      let log = try Self.record(left, "train.log")
      #expect(log.split(separator: "\n").count { $0.hasPrefix("[INFO] pid") } == 1)
    }
  }

  @Test(arguments: Way.all)
  func `a host that was rebooted is said to have been, and the task can be tried again`(over way: Way)
    async throws
  {
    try await Self.run(way) { left in
      // The record of another boot is what a reboot leaves.
      let proc = try Self.record(left, "proc.json")
      let boot = try #require(try JSONValue(parsing: Array(proc.utf8))["boot_id"]?.string)
      kill(left.process, SIGKILL)
      try await Self.waitFor("\(left.attempt)/ended.json")
      unlink("\(left.attempt)/ended.json")
      try proc.replacing(boot, with: "another-boot").write(
        to: URL(filePath: "\(left.attempt)/proc.json"), atomically: true, encoding: .utf8)
    } _: { server, left in
      let failed = try await server.wait(left.task, for: "completed", "failed", as: left.user)
      #expect(failed["status"] == "failed")
      #expect(failed["reason"]?["code"] == "host_rebooted", "\(failed.text)")
      #expect(failed["reason"]?["hint"]?.string?.contains("resume") == true)
      #expect(failed["reason"]?["hint_zh"]?.string?.isEmpty == false)
      try Self.go(left)
      let again = try await server.send(
        .post, "/api/tasks/\(left.task)/retry", .json(["resume": true]), as: left.user)
      #expect(again.json["attempt"] == 2)
      try await server.wait(left.task, for: "completed", as: left.user)
    }
  }

  @Test(arguments: Way.all) func `a folder that was deleted by hand is said to have been`(over way: Way)
    async throws
  {
    try await Self.run(way) { left in
      TestServer.removeFolder(left.attempt)
    } _: { server, left in
      let failed = try await server.wait(left.task, for: "completed", "failed", as: left.user)
      #expect(failed["reason"]?["code"] == "lost", "\(failed.text)")
      #expect(failed["reason"]?["detail"]?.string?.contains("deleted") == true)
    }
  }

  @Test(arguments: Way.all)
  func `a cancel that nobody carried out is carried out on return, and leaves no process`(over way: Way)
    async throws
  {
    try await Self.run(way) { left in
      // As a server leaves it that dies between its word and its deed.
      try await StoredState.open(of: left.folder) { database in
        try await database.write {
          try $0.execute("UPDATE tasks SET cancel_requested = 1 WHERE id = \(left.task)")
        }
      }
    } _: { server, left in
      let ended = try await server.wait(left.task, for: "completed", "failed", "cancelled", as: left.user)
      #expect(ended["status"] == "cancelled", "\(ended.text)")
      #expect(kill(left.process, 0) != 0)
    }
  }

  @Test(arguments: Way.all) func `a running task keeps its GPU, and the next one waits for it`(over way: Way)
    async throws
  {
    let tools = try TestServer.makeFolder()
    defer { TestServer.removeFolder(tools) }
    let table = (0..<2).map {
      "\($0), GPU-0000000\($0), 81559, 0, 0, 30, 60.0, Default, Disabled, NVIDIA H100 80GB HBM3"
    }.joined(separator: "\n")
    try writeProgram(
      "#!/bin/sh\ncase \"$1\" in --query-gpu=*) echo '\(table)';; esac\n", to: "\(tools)/nvidia-smi")
    try await Self.run(way, path: "\(tools):/usr/local/bin:/usr/bin:/bin") { left in
      let environment = try String(
        contentsOf: URL(filePath: "/proc/\(left.process)/environ"), encoding: .utf8)
      #expect(environment.contains("CUDA_VISIBLE_DEVICES=0\0"))
      #expect(environment.contains("CUDA_DEVICE_ORDER=PCI_BUS_ID\0"))
    } _: { server, left in
      let shown = try await server.send(.get, "/api/tasks/\(left.task)", as: left.user)
      #expect(shown.json["assigned_gpus"]?[0]?["uuid"] == "GPU-00000000")
      let next = try await server.submit(
        ["model_name": .string(left.base), "gpu_ids": [0]], as: left.user)
      let waits = try await server.waitUntil("it waits for the GPU") { () -> JSONValue? in
        let answer = try await server.send(.get, "/api/tasks/\(next)", as: left.user)
        return answer.json["queue"]?["reason"] == "gpus_busy" ? answer.json : nil
      }
      #expect(waits["queue"]?["message"]?.string?.hasPrefix("Waits for GPU 0 on ") == true)
      let other = try await server.submit(["model_name": .string(left.base)], as: left.user)
      let running = try await server.wait(other, for: "running", as: left.user)
      #expect(running["assigned_gpus"]?[0]?["index"] == 1)
      try Self.go(left)
      for task in [left.task, other, next] { try await server.wait(task, for: "completed", as: left.user) }
    }
  }
}
