import Contract
import Domain
import HTTPWire
import Testing

/// P19: roles, limits and locks, and what nobody but an administrator may do about them.
@Suite struct UserTests {
  private static func change(
    _ server: TestServer, _ user: User, _ body: JSONValue, as administrator: User
  ) async throws -> Answer {
    try await server.send(.patch, "/api/users/\(user.id)", .json(body), as: administrator)
  }

  @Test func `an administrator sees accounts and what they hold, but nothing of what is in it`() async throws
  {
    try await TestServer.run { server in
      let admin = try await server.register("ada")
      let bob = try await server.register("bob")
      try await server.upload("secret-rows.json", as: bob)
      _ = try await server.submit(["name": "secret-task", "dataset_path": "secret-rows.json"], as: bob)
      let list = try await server.send(.get, "/api/users", as: admin)
      let users = try #require(list.json["users"]?.items)
      #expect(users.map { $0["username"]?.string } == ["ada", "bob"])
      #expect(users.map { $0["role"]?.string } == ["admin", "user"])
      #expect(users[1]["holds"]?["datasets"] == 1 && users[1]["holds"]?["unfinished_tasks"] == 1)
      #expect(users[0]["holds"]?["datasets"] == 0)
      #expect(
        !list.text.contains("secret") && !list.text.contains("password") && !list.text.contains("argon"))
      let one = try await server.send(.get, "/api/users/\(bob.id)", as: admin)
      #expect(one.json == users[1])
      for (search, found) in [("BO", ["bob"]), ("example.org", ["ada", "bob"]), ("%25", []), ("_", [])] {
        let some = try await server.send(.get, "/api/users?search=\(search)", as: admin)
        #expect(some.json["users"]?.items.compactMap { $0["username"]?.string } == found, "\(search)")
      }
    }
  }

  @Test func `who is no administrator changes no account, not even the own one`() async throws {
    try await TestServer.run { server in
      let admin = try await server.register("ada")
      let bob = try await server.register("bob")
      for whom in [admin, bob] {
        for (method, path, body) in [
          (HTTPMethod.get, "/api/users", Body.none), (.get, "/api/users/\(whom.id)", .none),
          (.post, "/api/users", .json(["username": "eve", "email": "e@example.org", "password": "123456"])),
          (.patch, "/api/users/\(whom.id)", .json(["role": "admin"])),
          (.post, "/api/users/\(whom.id)/password", .json(["password": "123456"])),
        ] {
          try await server.check(
            APIScenario(
              "\(method) \(path)", method, path, body, expect: 403, lacks: ["ada", "example.org"],
              storesNothing: true), as: bob)
        }
      }
      #expect(try await server.send(.get, "/api/auth/me", as: bob).string("role") == "user")
    }
  }

  @Test func `a role that is given and taken holds with the next request`() async throws {
    try await TestServer.run { server in
      let admin = try await server.register("ada")
      let bob = try await server.register("bob")
      #expect(try await server.send(.get, "/api/users", as: bob).status == 403)
      #expect(try await Self.change(server, bob, ["role": "admin"], as: admin).json["role"] == "admin")
      #expect(try await server.send(.get, "/api/users", as: bob).status == 200)
      #expect(try await Self.change(server, admin, ["role": "user"], as: bob).status == 200)
      #expect(try await server.send(.get, "/api/users", as: admin).status == 403)
    }
  }

  @Test func `the last administrator who can come in stays one`() async throws {
    try await TestServer.run { server in
      let admin = try await server.register("ada")
      let bob = try await server.register("bob")
      for body in [["role": "user"], ["disabled": true]] as [JSONValue] {
        try await server.check(
          APIScenario(
            "\(body.text)", .patch, "/api/users/\(admin.id)", .json(body), expect: 409,
            contains: ["last administrator"], storesNothing: true), as: admin)
      }
      #expect(try await Self.change(server, bob, ["role": "admin"], as: admin).status == 200)
      #expect(try await Self.change(server, bob, ["disabled": true], as: admin).status == 200)
      // Who is locked out does not count.
      #expect(try await Self.change(server, admin, ["role": "user"], as: admin).status == 409)
      #expect(try await server.send(.get, "/api/auth/me", as: admin).string("role") == "admin")
    }
  }

  @Test func `a locked account opens no door, and what it holds stays`() async throws {
    try await TestServer.run { server in
      let admin = try await server.register("ada")
      let bob = try await server.register("bob")
      let file = try await server.upload(as: bob)
      let key = try await server.send(.post, "/api/auth/keys", .json(["name": "k"]), as: bob).string("key")
      let task = try await server.submit(as: bob)
      let job = try await server.launched(1)
      #expect(try await Self.change(server, bob, ["disabled": true], as: admin).json["disabled"] == true)
      for token in [bob.token, key] {
        let answer = try await server.send(.get, "/api/auth/me", token: token)
        #expect(answer.status == 401 && !answer.text.contains("bob"))
      }
      func login(_ password: String) async throws -> Answer {
        try await server.send(
          .post, "/api/auth/login", .json(["username_or_email": "bob", "password": .string(password)]))
      }
      let refused = try await login(TestServer.password)
      #expect(refused.status == 403 && refused.text.contains("locked"))
      // Who does not know the password learns nothing.
      let wrong = try await login("not this one")
      #expect(wrong.status == 401 && !wrong.text.contains("locked"))
      server.host.complete(job)
      #expect(try await Self.change(server, bob, ["disabled": false], as: admin).json["disabled"] == false)
      // The old token has ended for good; the key is good again.
      #expect(try await server.send(.get, "/api/auth/me", as: bob).status == 401)
      #expect(try await server.send(.get, "/api/auth/me", token: key).status == 200)
      let back = try await login(TestServer.password).string("access_token")
      #expect(try await server.send(.get, "/api/files/datasets/\(file)", token: back).status == 200)
      let again = User(id: bob.id, name: bob.name, token: back)
      try await server.wait(task, for: "completed", as: again)
    }
  }

  @Test func `a limit of tasks holds for new ones, and not for a repeated submission`() async throws {
    try await TestServer.run(["LUTHIER_USER_TASKS": "1"]) { server in
      let admin = try await server.register("ada")
      let bob = try await server.register("bob")
      try await server.upload(as: bob)
      let send = { (key: String) in
        try await server.send(
          .post, "/api/tasks", .json(TestServer.task), as: bob, fields: [("Idempotency-Key", key)])
      }
      let first = try await send("one")
      #expect(first.status == 200)
      #expect(try await send("one").json["task_id"] == first.json["task_id"])
      let second = try await send("two")
      #expect(second.status == 403 && second.json["code"] == "quota_exceeded", "\(second.text)")
      let held = try await server.send(.get, "/api/auth/quota", as: bob)
      #expect(held.json["holds"]?["unfinished_tasks"] == 1 && held.json["may"]?["tasks"] == 1)
      #expect(try await Self.change(server, bob, ["quota": ["tasks": 2]], as: admin).status == 200)
      #expect(try await send("two").status == 200)
      #expect(try await send("three").status == 403)
      // An ended task makes room, and takes it again when it is retried.
      let job = try await server.launched(1)
      server.host.end(job.directory, exitCode: 1)
      let id = try first.string("task_id")
      try await server.wait(id, for: "failed", as: bob)
      #expect(try await send("three").status == 200)
      let retried = try await server.send(
        .post, "/api/tasks/\(id)/retry", .json(["resume": false]), as: bob)
      #expect(retried.status == 403 && retried.json["code"] == "quota_exceeded")
      #expect(try await server.send(.get, "/api/tasks/\(id)", as: bob).string("status") == "failed")
    }
  }

  @Test func `an upload beyond the storage that a user may have leaves nothing`() async throws {
    try await TestServer.run(["LUTHIER_USER_STORAGE": "300"]) { server in
      let admin = try await server.register("ada")
      let bob = try await server.register("bob")
      try await server.upload("one.json", as: bob)
      let size = try #require(
        try await server.send(.get, "/api/auth/quota", as: bob).json["holds"]?["storage_bytes"]?.integer)
      #expect(size > 0 && size < 300)
      let rows = String(repeating: "{\"instruction\":\"a\",\"output\":\"b\"}\n", count: 20)
      let large = Body.form(.file("large.jsonl", rows))
      try await server.check(
        APIScenario(
          "a large one", .post, "/api/files/datasets", large, expect: 403, contains: ["quota_exceeded"],
          storesNothing: true), as: bob)
      // Another's room is another's.
      #expect(try await server.send(.post, "/api/files/datasets", large, as: admin).status == 403)
      let quota: JSONValue = ["quota": ["storage_bytes": 2000]]
      #expect(try await Self.change(server, bob, quota, as: admin).status == 200)
      #expect(try await server.send(.post, "/api/files/datasets", large, as: bob).status == 200)
      #expect(try await Self.change(server, bob, ["quota": ["storage_bytes": 0]], as: admin).status == 200)
      let none = try await server.send(.post, "/api/files/datasets", large, as: bob)
      #expect(none.status == 403 && none.text.contains("as much as it may"))
    }
  }

  @Test func `limits that cannot be are refused, and others come back as they were set`() async throws {
    try await TestServer.run { server in
      let admin = try await server.register("ada")
      for (name, value) in [
        ("storage_bytes", -1), ("tasks", -1), ("requests_per_minute", 0), ("tokens_per_day", 0),
      ] as [(String, JSONValue)] {
        try await server.check(
          APIScenario(
            name, .patch, "/api/users/\(admin.id)", .json(["quota": .object([name: value])]), expect: 422,
            storesNothing: true), as: admin)
      }
      let quota: JSONValue = ["tasks": 0, "requests_per_minute": 5]
      #expect(try await Self.change(server, admin, ["quota": quota], as: admin).json["quota"] == quota)
      // A limit that is left out is everyone's again.
      let less: JSONValue = ["tokens_per_day": 7]
      #expect(try await Self.change(server, admin, ["quota": less], as: admin).json["quota"] == less)
      #expect(try await Self.change(server, admin, [:], as: admin).json["quota"] == less)
    }
  }

  @Test func `an account's own limit of requests holds in place of everyone's`() async throws {
    try await GatewayTests.run({ _, _ in Upstream.json(Self.answer) }) { server, _, user in
      let path = "/api/users/\(user.id)"
      let set = try await server.send(
        .patch, path, .json(["quota": ["requests_per_minute": 1]]), as: user)
      #expect(set.status == 200)
      var statuses: [Int] = []
      for _ in 0..<3 {
        statuses.append(
          try await GatewayTests.post(
            server, "/v1/chat/completions", GatewayTests.question, token: user.token
          ).status)
      }
      #expect(statuses == [200, 429, 429])
    }
  }

  private static let answer = """
    {"model":"engine-name","choices":[{"message":{"content":"x"},"finish_reason":"stop"}],
    "usage":{"prompt_tokens":60,"completion_tokens":40,"total_tokens":100}}
    """

  @Test func `where registration is closed, the first comes in and the next by an administrator`()
    async throws
  {
    try await TestServer.run(["LUTHIER_REGISTRATION": "closed"]) { server in
      let admin = try await server.register("ada")
      let eve: JSONValue = ["username": "eve", "email": "eve@example.org", "password": "123456"]
      try await server.check(
        APIScenario(
          "a stranger", .post, "/api/auth/register", .json(eve), expect: 403, contains: ["administrator"],
          lacks: ["ada"], storesNothing: true), as: nil)
      let made = try await server.send(.post, "/api/users", .json(eve), as: admin)
      #expect(made.json["role"] == "user" && !made.text.contains("123456"))
      let login: JSONValue = ["username_or_email": "eve", "password": "123456"]
      #expect(try await server.send(.post, "/api/auth/login", .json(login)).status == 200)
      #expect(try await server.send(.post, "/api/users", .json(eve), as: admin).status == 409)
      let list = try await server.send(.get, "/api/users", as: admin)
      #expect(list.json["registration_open"] == false)
    }
  }

  @Test func `a changed password ends every token but the one it is answered with`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let other = try await server.login("ada")
      let change = { (present: String, new: String) in
        try await server.send(
          .post, "/api/auth/password",
          .json(["current_password": .string(present), "new_password": .string(new)]), as: user)
      }
      #expect(try await change("not this one", "another one").status == 403)
      #expect(try await change(TestServer.password, "short").status == 422)
      #expect(try await server.send(.get, "/api/auth/me", as: user).status == 200)
      let changed = try await change(TestServer.password, "another one")
      #expect(changed.status == 200 && !changed.text.contains("another one"))
      for token in [user.token, other] {
        #expect(try await server.send(.get, "/api/auth/me", token: token).status == 401)
      }
      let new = try changed.string("access_token")
      #expect(try await server.send(.get, "/api/auth/me", token: new).status == 200)
      for (password, status) in [(TestServer.password, 401), ("another one", 200)] {
        let answer = try await server.send(
          .post, "/api/auth/login", .json(["username_or_email": "ada", "password": .string(password)]))
        #expect(answer.status == status)
      }
    }
  }

  @Test func `a password that an administrator sets ends the user's tokens and not the keys`() async throws {
    try await TestServer.run { server in
      let admin = try await server.register("ada")
      let bob = try await server.register("bob")
      let key = try await server.send(.post, "/api/auth/keys", .json(["name": "k"]), as: bob).string("key")
      let path = "/api/users/\(bob.id)/password"
      #expect(try await server.send(.post, path, .json(["password": "12345"]), as: admin).status == 422)
      #expect(try await server.send(.get, "/api/auth/me", as: bob).status == 200)
      #expect(try await server.send(.post, path, .json(["password": "set for you"]), as: admin).status == 200)
      #expect(try await server.send(.get, "/api/auth/me", as: bob).status == 401)
      #expect(try await server.send(.get, "/api/auth/me", token: key).status == 200)
      let login: JSONValue = ["username_or_email": "bob", "password": "set for you"]
      #expect(try await server.send(.post, "/api/auth/login", .json(login)).status == 200)
    }
  }

  @Test func `the guest is no account that can be seen or changed`() async throws {
    try await TestServer.run(["GUEST_ACCESS": "true"]) { server in
      let admin = try await server.register("ada")
      let list = try await server.send(.get, "/api/users", as: admin)
      #expect(list.json["users"]?.items.count == 1 && !list.text.contains("guest"))
    }
  }
}
