import Concurrency
import Contract
import Domain
import HTTPWire
import Testing

/// Datasets on their way to a host, and gone from it.
@Suite struct StagingTests {
  @Test func `a task says how far its file is on the way`() async throws {
    try await TestServer.run(hosts: ["gpu1"]) { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      let gate = server.host.holdSending()
      let task = try await server.submit(as: user)
      let sending = try await server.waitUntil("the task tells of its file") {
        try await server.send(.get, "/api/tasks/\(task)", as: user).json["sending"].flatMap {
          $0["file"]?.string == nil ? nil : $0
        }
      }
      #expect(sending["file"] == "data.json" && sending["sent"] == 45 && sending["total"] == 100)
      #expect(sending["percentage"]?.double == 45)
      let list = try await server.send(.get, "/api/tasks", as: user)
      #expect(list.json["tasks"]?[0]?["sending"]?["sent"] == 45)
      let other = try await server.register("eve")
      #expect(try await server.send(.get, "/api/tasks/\(task)", as: other).status == 404)
      gate.open()
      let running = try await server.wait(task, for: "running", as: user)
      #expect(running["sending"]?["file"] == nil)
    }
  }

  @Test func `a deleted dataset's copy on a host goes too, also where the host is away`() async throws {
    try await TestServer.run(hosts: ["gpu1"]) { server in
      let user = try await server.register("ada")
      let other = try await server.register("eve")
      func copies() -> [String] { server.host.paths.filter { $0.hasSuffix("/datasets/data.json") } }
      func use(as who: User) async throws -> (file: String, task: String) {
        let file = try await server.upload(as: who)
        let launched = server.host.launched.count
        let task = try await server.submit(as: who)
        let job = try await server.launched(launched + 1)
        try await server.wait(task, for: "running", as: who)
        return (file, job.directory)
      }
      let theirs = try await use(as: other)
      server.host.end(theirs.task, exitCode: 1)
      let mine = try await use(as: user)
      #expect(copies().count == 2)
      let path = "/api/files/datasets/\(mine.file)"
      // A copy in use stays, and so does the dataset.
      #expect(try await server.send(.delete, path, as: user).status == 409)
      #expect(copies().count == 2)
      server.host.end(mine.task, exitCode: 1)
      _ = try await server.waitUntil("the task has ended") {
        try await server.send(.get, "/api/tasks?status=running", as: user).json["tasks"]?.items == []
          ? true : nil
      }
      server.host.setReachable(false)
      #expect(try await server.send(.delete, path, as: user).status == 200)
      #expect(copies().count == 2)
      server.host.setReachable(true)
      _ = try await server.waitUntil("my copy is gone") { copies().count == 1 ? true : nil }
      #expect(copies().allSatisfy { $0.contains(other.id) })
    }
  }

  @Test func `a dataset of the same name that comes after a deletion is not removed with it`() async throws {
    try await TestServer.run(hosts: ["gpu1"]) { server in
      let user = try await server.register("ada")
      let first = try await server.upload(as: user)
      server.host.setReachable(false)
      #expect(try await server.send(.delete, "/api/files/datasets/\(first)", as: user).status == 200)
      try await server.upload(as: user)
      server.host.setReachable(true)
      _ = try await server.submit(as: user)
      let job = try await server.launched(1)
      #expect(!job.directory.isEmpty)
      // A removal that another deletion sets going does not take it either.
      let second = try await server.upload("other.json", as: user)
      #expect(try await server.send(.delete, "/api/files/datasets/\(second)", as: user).status == 200)
      #expect(server.host.paths.contains { $0.hasSuffix("\(user.id)/datasets/data.json") })
    }
  }
}
