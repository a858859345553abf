import Domain
import SQLAccess
import TestDatabases
import Testing

struct AccountStoreTests {
  @Test(arguments: TestDatabase.all)
  func `the first user is administrator and no other is`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let first = try await stores.users.insert(.sample("ann", role: .user))
      let second = try await stores.users.insert(.sample("bob", role: .user))
      #expect(first.role == .administrator)
      #expect(second.role == .user)
      let stored = try await stores.users.user(first.id)
      #expect(stored == first)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `many first registrations at once make one administrator`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let roles = try await withThrowingTaskGroup(of: UserAccount.Role.self) { group in
        for number in 0..<20 {
          group.addTask { try await stores.users.insert(.sample("user\(number)")).role }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(roles.count { $0 == .administrator } == 1)
      #expect(roles.count == 20)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a first registration that is refused makes nobody administrator`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let error = await errorThrown { _ = try await stores.users.insert(.sample("ann")) }
      #expect(error?.code == .conflict)
      let administrators = try await stores.database.read {
        try $0.query("SELECT id FROM users WHERE role = 'admin'").map { try $0.get(0, as: String.self) }
      }
      #expect(administrators == [ann.rawValue])
      #expect(try await stores.count("users") == 1)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a taken name or address is refused without regard to case, and the field is named`(
    kind: TestDatabase
  ) async throws {
    try await kind.run { stores in
      var ann = UserAccount.sample("Ann")
      ann.email = "Ann@Example.org"
      _ = try await stores.users.insert(ann)

      var sameName = UserAccount.sample("aNN")
      sameName.email = "other@example.org"
      let first = await errorThrown { _ = try await stores.users.insert(sameName) }
      #expect(first?.code == .conflict)
      #expect(first?.message.contains("user name") == true)

      var sameAddress = UserAccount.sample("bob")
      sameAddress.email = "ANN@EXAMPLE.ORG"
      let second = await errorThrown { _ = try await stores.users.insert(sameAddress) }
      #expect(second?.code == .conflict)
      #expect(second?.message.contains("e-mail") == true)

      // A name that is another user's address could not be told from it at login.
      var cunning = UserAccount.sample("ann@example.org")
      cunning.email = "cunning@example.org"
      let third = await errorThrown { _ = try await stores.users.insert(cunning) }
      #expect(third?.code == .conflict)
      #expect(try await stores.count("users") == 1)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a user is found by name or address in any case, and keeps the spelling`(
    kind: TestDatabase
  ) async throws {
    try await kind.run { stores in
      let ann = try await stores.users.insert(.sample("Ann"))
      for login in ["ann", "ANN", "ann@example.org", "Ann@EXAMPLE.org"] {
        let found = try await stores.users.user(named: login)
        #expect(found == ann, "\(login)")
      }
      for login in ["", "an", "%", "ann' OR '1'='1", "ann@example.or_"] {
        let found = try await stores.users.user(named: login)
        #expect(found == nil, "\(login)")
      }
    }
  }

  @Test(arguments: TestDatabase.all)
  func `ending the tokens raises the generation of that user alone`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      #expect(try await stores.users.endTokens(of: ann) == 1)
      #expect(try await stores.users.endTokens(of: ann) == 2)
      #expect(try await stores.users.user(ann)?.tokenGeneration == 2)
      #expect(try await stores.users.user(bob)?.tokenGeneration == 0)
      let error = await errorThrown { _ = try await stores.users.endTokens(of: .make()) }
      #expect(error?.code == .notFound)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `an error of the database shows no stored value`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      // The same identifier again: a rule that the store does not look at first.
      let twin = UserAccount(
        id: ann, username: "zoe", email: "zoe@example.org", passwordHash: "$argon2id$secret", role: .user,
        tokenGeneration: 0, createdAt: Stores.now)
      let error = await errorThrown { _ = try await stores.users.insert(twin) }
      #expect(error?.code == .conflict)
      #expect(error.map { String(reflecting: $0).contains("argon2id") } == false)
      #expect(error.map { String(reflecting: $0).contains("zoe@example.org") } == false)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a key is found by its hash, listed newest first, and deleted by its owner only`(
    kind: TestDatabase
  ) async throws {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      func key(_ name: String, of user: UserID) -> APIKeyRecord {
        APIKeyRecord(
          id: .make(), userID: user, name: name, prefix: "lut_abc", hash: "hash-\(name)",
          createdAt: Stores.now)
      }
      let (first, second, other) = (key("one", of: ann), key("two", of: ann), key("three", of: bob))
      for key in [first, second, other] { try await stores.keys.insert(key) }

      #expect(try await stores.keys.keys(of: ann) == [second, first])
      #expect(try await stores.keys.key(hash: "hash-three") == other)
      #expect(try await stores.keys.key(hash: "hash-four") == nil)

      #expect(try await stores.keys.delete(first.id, owner: bob) == false)
      #expect(try await stores.keys.key(hash: "hash-one") == first)
      #expect(try await stores.keys.delete(first.id, owner: ann) == true)
      #expect(try await stores.keys.key(hash: "hash-one") == nil)
      #expect(try await stores.keys.delete(first.id, owner: ann) == false)
      #expect(try await stores.keys.keys(of: ann) == [second])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `the last use of a key never goes back`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let key = APIKeyRecord(
        id: .make(), userID: ann, name: "k", prefix: "lut_", hash: "h", createdAt: Stores.now)
      try await stores.keys.insert(key)
      #expect(try await stores.keys.key(hash: "h")?.lastUsedAt == nil)
      for time in [50, 90, 70] as [Int64] {
        try await stores.keys.touch(key.id, at: Timestamp(milliseconds: time))
      }
      #expect(try await stores.keys.key(hash: "h")?.lastUsedAt == Timestamp(milliseconds: 90))
    }
  }
}

/// Roles, locks and limits.
struct AccountChangeTests {
  @Test(arguments: TestDatabase.all)
  func `a change is kept whole, and what it leaves out stays`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      _ = try await stores.users.insert(.sample("ann"))
      let bob = try await stores.users.insert(.sample("bob"))
      var change = UserChange()
      change.role = .administrator
      change.isDisabled = true
      change.quota = UserQuota(storageBytes: 5_000_000_000, tasks: 0, tokensPerDay: 7)
      change.endsTokens = true
      let changed = try await stores.users.change(bob.id, change)
      #expect(changed.tokenGeneration == bob.tokenGeneration + 1 && changed.passwordHash == bob.passwordHash)
      let stored = try await stores.users.user(bob.id)
      #expect(stored == changed && stored?.isDisabled == true && stored?.quota == change.quota)
      var other = UserChange()
      other.passwordHash = "new"
      let later = try await stores.users.change(bob.id, other)
      #expect(later.passwordHash == "new" && later.role == .administrator && later.quota == change.quota)
      let nobody = await errorThrown { _ = try await stores.users.change(.make(), other) }
      #expect(nobody?.code == .notFound)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `of two administrators who take each other's role at once, one stays`(kind: TestDatabase) async throws
  {
    try await kind.run { stores in
      var all: [UserID] = []
      for name in ["ann", "bob"] {
        let user = try await stores.users.insert(.sample(name))
        var change = UserChange()
        change.role = .administrator
        all.append(try await stores.users.change(user.id, change).id)
      }
      var less = UserChange()
      less.role = .user
      let refused = await withTaskGroup(of: Bool.self) { [less] group in
        for id in all {
          group.addTask { (try? await stores.users.change(id, less)) == nil }
        }
        return await group.reduce(into: 0) { if $1 { $0 += 1 } }
      }
      #expect(refused == 1)
      let left = try await stores.users.users(matching: nil, limit: 10).count { $0.role == .administrator }
      #expect(left == 1)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `accounts are found by any part, which stands for itself, and guests never`(kind: TestDatabase)
    async throws
  {
    try await kind.run { stores in
      for name in ["ann", "b_b", "bxb"] { _ = try await stores.users.insert(.sample(name)) }
      _ = try await stores.users.guest(at: Timestamp(milliseconds: 0))
      func found(_ text: String?) async throws -> [String] {
        try await stores.users.users(matching: text, limit: 10).map(\.username)
      }
      #expect(try await found(nil) == ["ann", "b_b", "bxb"])
      #expect(try await found("B_B") == ["b_b"])
      #expect(try await found("%") == [])
      #expect(try await found("!") == [])
      #expect(try await found("guest") == [])
      #expect(try await stores.users.users(matching: nil, limit: 1).map(\.username) == ["ann"])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `only the first comes in where only the first may`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let first = try await stores.users.insert(.sample("ann"), onlyFirst: true)
      #expect(first.role == .administrator)
      let error = await errorThrown { _ = try await stores.users.insert(.sample("bob"), onlyFirst: true) }
      #expect(error?.code == .forbidden)
      #expect(try await stores.count("users") == 1)
    }
  }
}
