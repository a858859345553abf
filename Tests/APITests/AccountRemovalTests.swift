import Contract
import Domain
import HTTPWire
import Testing

/// Accounts that go with all they hold.
@Suite struct AccountRemovalTests {
  @Test func `an account goes with its task, data, model, conversation and keys, and its name is free`()
    async throws
  {
    try await TestServer.run { server in
      let admin = try await server.register("ada")
      let bob = try await server.register("bob")
      try await server.upload("rows.json", as: bob)
      let done = try await server.submit(["name": "done", "dataset_path": "rows.json"], as: bob)
      server.host.complete(try await server.launched(1))
      _ = try await server.wait(done, for: "completed", as: bob)
      _ = try await server.submit(["name": "running", "dataset_path": "rows.json"], as: bob)
      let job = try await server.launched(2)
      let key = try await server.send(.post, "/api/auth/keys", .json(["name": "k"]), as: bob).string("key")
      _ = try await server.send(.post, "/conversations", as: bob)
      let before = try await server.send(.get, "/api/users/\(bob.id)", as: admin)
      #expect(before.json["holds"]?["tasks"] == 2 && before.json["holds"]?["models"] == 1)

      let gone = try await server.send(.delete, "/api/users/\(bob.id)", as: admin)
      #expect(gone.status == 200, "\(gone.text)")
      #expect(gone.json["freed"] == before.json["holds"])
      for token in [bob.token, key] {
        #expect(try await server.send(.get, "/api/auth/me", token: token).status == 401)
      }
      #expect(try await server.send(.get, "/api/users/\(bob.id)", as: admin).status == 404)
      #expect(try await server.send(.delete, "/api/users/\(bob.id)", as: admin).status == 404)
      let users = try await server.send(.get, "/api/users", as: admin)
      #expect(!users.text.contains("bob"))

      // The trainer was told to stop; the rest goes once it has.
      _ = try await server.waitUntil("the trainer is stopped") {
        server.host.stopped.contains(job.directory) ? true : nil
      }
      let folder = "\(server.usersFolder)/\(bob.id)"
      _ = try await server.waitUntil("the folder is removed on the host") {
        server.host.paths.contains { $0.hasPrefix(folder + "/") } ? nil : true
      }
      _ = try await server.waitUntil("nothing is left") {
        server.log.text.contains("nothing is left of a removed account") ? true : nil
      }
      let again = try await server.register("bob")
      #expect(again.id != bob.id)
      for path in ["/api/tasks", "/api/files/datasets", "/api/auth/keys", "/conversations"] {
        let answer = try await server.send(.get, path, as: again)
        #expect(
          !answer.text.contains("rows.json") && !answer.text.contains("running"), "\(path): \(answer.text)")
      }
    }
  }

  @Test func `one's own account takes the password, and the last administrator stays`() async throws {
    try await TestServer.run { server in
      let admin = try await server.register("ada")
      let bob = try await server.register("bob")
      try await server.check(
        APIScenario(
          "a wrong password", .post, "/api/auth/remove", .json(["password": "not this one"]), expect: 403,
          storesNothing: true), as: bob)
      try await server.check(
        APIScenario(
          "the last administrator", .post, "/api/auth/remove",
          .json(["password": .string(TestServer.password)]),
          expect: 409, contains: ["last administrator"], storesNothing: true), as: admin)
      try await server.check(
        APIScenario(
          "one's own by its number", .delete, "/api/users/\(admin.id)", expect: 409,
          contains: ["your own account"], storesNothing: true), as: admin)
      try await server.check(
        APIScenario(
          "another's, by no administrator", .delete, "/api/users/\(admin.id)", expect: 403,
          storesNothing: true),
        as: bob)
      let gone = try await server.send(
        .post, "/api/auth/remove", .json(["password": .string(TestServer.password)]), as: bob)
      #expect(gone.status == 200, "\(gone.text)")
      let login = try await server.send(
        .post, "/api/auth/login",
        .json(["username_or_email": "bob", "password": .string(TestServer.password)]))
      #expect(login.status == 401)
      #expect(try await server.send(.get, "/api/auth/me", as: bob).status == 401)
    }
  }

  @Test func `a task's GPUs are recorded while it runs, and nothing is where it has none`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      let plain = try await server.submit(["name": "on the processor"], as: user)
      _ = try await server.wait(plain, for: "running", as: user)
      let none = try await server.send(.get, "/api/tasks/\(plain)/gpus", as: user)
      #expect(none.json == ["attempt": 1, "gpus": []])
      #expect(try await server.send(.get, "/api/tasks/\(plain)/gpus?attempt=0", as: user).status == 422)
    }
    try await TestServer.run { server in
      server.host.setGPUs(1)
      let user = try await server.register("ada")
      try await server.upload(as: user)
      // More GPUs than were seen are refused.
      let task = try await server.waitUntil("the GPU is seen") {
        let wanted = TestServer.task.fields.merging(["gpus": 1]) { _, new in new }
        let answer = try await server.send(.post, "/api/tasks", .json(.object(wanted)), as: user)
        return answer.status == 200 ? try answer.string("task_id") : nil
      }
      let running = try await server.wait(task, for: "running", as: user)
      let share = try #require(running["assigned_gpus"]?[0])
      let gpus = try await server.waitUntil("a sample is there") {
        let answer = try await server.send(.get, "/api/tasks/\(task)/gpus", as: user)
        return answer.json["gpus"]?.items.first
      }
      #expect(gpus["index"] == share["index"])
      // The double's jobs began in 1970.
      #expect(gpus["samples"]?[0]?["seconds"] != nil)
      #expect(gpus["samples"]?[0]?["memory_used_bytes"] != nil)
    }
  }
}
