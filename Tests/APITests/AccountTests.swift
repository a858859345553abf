import Contract
import Domain
import HTTPWire
import Testing

/// P1 to P3: who may come in, and for how long.
@Suite struct AccountTests {
  @Test func `the first user is the administrator and the next ones are not`() async throws {
    try await TestServer.run { server in
      let first = try await server.register("ada")
      let second = try await server.register("bob")
      #expect(try await server.send(.get, "/api/auth/me", as: first).string("role") == "admin")
      #expect(try await server.send(.get, "/api/auth/me", as: second).string("role") == "user")
    }
  }

  @Test func `two first registrations at once make one administrator`() async throws {
    try await TestServer.run { server in
      async let one = server.register("ada")
      async let two = server.register("bob")
      var roles: [String] = []
      for user in [try await one, try await two] {
        roles.append(try await server.send(.get, "/api/auth/me", as: user).string("role"))
      }
      #expect(roles.sorted() == ["admin", "user"])
    }
  }

  @Test func `names and addresses in use are refused in any case, and the field is named`() async throws {
    try await TestServer.run { server in
      _ = try await server.register("Ada")
      try await server.check(
        APIScenario(
          "name in use", .post, "/api/auth/register",
          .json(["username": "aDA", "email": "x@example.org", "password": "123456"]), expect: 409,
          contains: ["name"], lacks: ["@"], storesNothing: true), as: nil)
      try await server.check(
        APIScenario(
          "address in use", .post, "/api/auth/register",
          .json(["username": "other", "email": "ADA@EXAMPLE.org", "password": "123456"]), expect: 409,
          contains: ["mail"], storesNothing: true), as: nil)
    }
  }

  @Test(arguments: [
    ["username": "ab", "email": "a@b.org", "password": "123456"],
    ["username": "a23456789012345678901", "email": "a@b.org", "password": "123456"],
    ["username": "with space", "email": "a@b.org", "password": "123456"],
    ["username": "ok-name", "email": "no-at.org", "password": "123456"],
    ["username": "ok-name", "email": "a@@b.org", "password": "123456"],
    ["username": "ok-name", "email": "a@b", "password": "123456"],
    ["username": "ok-name", "email": "a b@c.org", "password": "123456"],
    ["username": "ok-name", "email": "a@b.org", "password": "12345"],
  ])
  func `what breaks the rules is refused and nothing is stored`(fields: [String: String]) async throws {
    try await TestServer.run { server in
      try await server.check(
        APIScenario(
          "\(fields)", .post, "/api/auth/register", .json(.object(fields.mapValues { .string($0) })),
          expect: 422, storesNothing: true), as: nil)
    }
  }

  @Test func `the bounds themselves are taken`() async throws {
    try await TestServer.run { server in
      for name in ["abc", "a2345678901234567890"] {
        let answer = try await server.send(
          .post, "/api/auth/register",
          .json(["username": .string(name), "email": .string("\(name)@b.org"), "password": "ä!#*6 "]))
        #expect(answer.status == 200)
        #expect(!answer.text.contains("#*"))
      }
    }
  }

  @Test func `one logs in by name or address, in any case, but not with another password`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("Ada")
      for login in ["Ada", "ada", "ADA@example.ORG"] {
        let token = try await server.login(login)
        #expect(try await server.send(.get, "/api/auth/me", token: token).string("user_id") == user.id)
      }
      let wrong = try await server.send(
        .post, "/api/auth/login",
        .json(["username_or_email": "Ada", "password": .string(TestServer.password.uppercased())]))
      #expect(wrong.status == 401)
    }
  }

  @Test func `an unknown user and a wrong password get the same answer`() async throws {
    try await TestServer.run { server in
      _ = try await server.register("ada")
      var bodies: [String] = []
      for name in ["ada", "nobody", "nobody@example.org"] {
        let answer = try await server.send(
          .post, "/api/auth/login", .json(["username_or_email": .string(name), "password": "not this one"]))
        #expect(answer.status == 401)
        var fields = answer.json.fields
        fields["request_id"] = nil  // each request's own
        bodies.append(JSONValue.object(fields).text)
      }
      #expect(Set(bodies).count == 1)
    }
  }

  @Test func `a token lasts a day, and thirty with remember_me`() async throws {
    try await TestServer.run { server in
      _ = try await server.register("ada")
      let plain = try await server.login("ada")
      let kept = try await server.login("ada", remember: true)
      server.clock.advance(seconds: 86_400 - 120)
      #expect(try await server.send(.get, "/api/auth/me", token: plain).status == 200)
      server.clock.advance(seconds: 240)
      #expect(try await server.send(.get, "/api/auth/me", token: plain).status == 401)
      #expect(try await server.send(.get, "/api/auth/me", token: kept).status == 200)
      server.clock.advance(seconds: 29 * 86_400)
      #expect(try await server.send(.get, "/api/auth/me", token: kept).status == 401)
    }
  }

  @Test func `a login tells its lifetime as the document has it`() async throws {
    try await TestServer.run(["ACCESS_TOKEN_EXPIRE_MINUTES": "5"]) { server in
      _ = try await server.register("ada")
      let answer = try await server.send(
        .post, "/api/auth/login",
        .json(["username_or_email": "ada", "password": .string(TestServer.password)]))
      #expect(answer.json["token_type"] == "bearer")
      #expect(answer.json["expires_in"] == 300)
      #expect(answer.json["user"]?["username"] == "ada")
      #expect(!answer.text.contains(TestServer.password))
    }
  }

  @Test func `an API key works, is shown once, and ends with its deletion`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let made = try await server.send(.post, "/api/auth/keys", .json(["name": "laptop"]), as: user)
      let key = try made.string("key")
      #expect(try await server.send(.get, "/api/auth/me", token: key).string("username") == "ada")
      let list = try await server.send(.get, "/api/auth/keys", as: user)
      #expect(list.text.contains("laptop"))
      #expect(!list.text.contains(key))
      let id = try made.string("key_id")
      #expect(try await server.send(.delete, "/api/auth/keys/\(id)", as: user).status == 200)
      #expect(try await server.send(.get, "/api/auth/me", token: key).status == 401)
      #expect(try await server.send(.delete, "/api/auth/keys/\(id)", as: user).status == 404)
    }
  }

  @Test func `logging out everywhere ends tokens and leaves API keys`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let other = try await server.login("ada", remember: true)
      let key = try await server.send(.post, "/api/auth/keys", .json(["name": "k"]), as: user).string("key")
      #expect(try await server.send(.post, "/api/auth/logout-everywhere", as: user).status == 200)
      #expect(try await server.send(.get, "/api/auth/me", token: user.token).status == 401)
      #expect(try await server.send(.get, "/api/auth/me", token: other).status == 401)
      #expect(try await server.send(.get, "/api/auth/me", token: key).status == 200)
      let fresh = try await server.login("ada")
      #expect(try await server.send(.get, "/api/auth/me", token: fresh).status == 200)
    }
  }
}
