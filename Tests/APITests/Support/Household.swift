import Testing

/// One server for every test of a suite, with an administrator, an owner of everything there is, and another user.
///
/// Starting a server and hashing its users' passwords takes longer than most tests. The suite must be serialized: its
/// tests see each other's doings.
struct Household: SuiteTrait, TestScoping {
  struct Members: Sendable {
    let server: TestServer
    let admin: User
    let owner: Belongings
    let other: User
  }

  @TaskLocal private static var current: Members?

  static var members: Members {
    get throws {
      guard let current else { throw Unusable("the suite lacks the trait .household") }
      return current
    }
  }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    // The tests of other suites come in between, and the owner's model must still be loaded then.
    try await TestServer.run(["LUTHIER_MODEL_IDLE_TIMEOUT": "86400"]) { server in
      let admin = try await server.register("admin")
      let other = try await server.register("bob")
      let owner = try await Belongings.furnish(server, server.register("ada"))
      let members = Members(server: server, admin: admin, owner: owner, other: other)
      try await Self.$current.withValue(members) { try await function() }
    }
  }
}

extension Trait where Self == Household {
  static var household: Self { Self() }
}
