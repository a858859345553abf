import Domain
import Persistence
import SQLAccess
import TestDatabases
import Testing

/// B6: what was used, by user, day, key and model.
struct UsageStoreTests {
  private static func record(
    of user: UserID, key: APIKeyID? = nil, _ model: String = "m", on day: String = "2026-11-21",
    requests: Int = 1, prompt: Int = 7, completion: Int = 3, failures: Int = 0, estimates: Int = 0
  ) -> UsageRecord {
    UsageRecord(
      .init(userID: user, keyID: key, model: model, day: day), requests: requests, promptTokens: prompt,
      completionTokens: completion, failures: failures, estimates: estimates)
  }

  private static func key(_ name: String, of user: UserID, in stores: Stores) async throws -> APIKeyID {
    let key = APIKeyRecord(
      id: .make(), userID: user, name: name, prefix: "lut_abc", hash: "hash-\(name)", createdAt: Stores.now)
    try await stores.keys.insert(key)
    return key.id
  }

  @Test(arguments: TestDatabase.all)
  func `what comes for the same subject is added up, and nothing else is`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let key = try await Self.key("ci", of: ann, in: stores)
      try await stores.usage.add([])
      #expect(try await stores.usage.usage(of: nil, since: "2000-01-01") == [])
      try await stores.usage.add([Self.record(of: ann), Self.record(of: ann, key: key)])
      try await stores.usage.add([
        Self.record(of: ann, requests: 2, prompt: 10, completion: 0, failures: 1, estimates: 1),
        Self.record(of: ann, "other"), Self.record(of: ann, on: "2026-11-20"),
      ])
      let used = try await stores.usage.usage(of: ann, since: "2026-11-20")
      #expect(
        used == [
          NamedUsage(
            record: Self.record(
              of: ann, requests: 3, prompt: 17, completion: 3, failures: 1, estimates: 1), username: "ann",
            keyName: nil),
          NamedUsage(record: Self.record(of: ann, key: key), username: "ann", keyName: "ci"),
          NamedUsage(record: Self.record(of: ann, "other"), username: "ann", keyName: nil),
          NamedUsage(record: Self.record(of: ann, on: "2026-11-20"), username: "ann", keyName: nil),
        ])
      #expect(try await stores.usage.usage(of: ann, since: "2026-11-21").count == 3)
      #expect(try await stores.usage.usage(of: ann, since: "2026-11-22") == [])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `each user sees its own, and nobody's tokens are counted for another`(kind: TestDatabase) async throws
  {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      let (first, second) = (
        try await Self.key("first", of: ann, in: stores), try await Self.key("second", of: ann, in: stores)
      )
      try await stores.usage.add([
        Self.record(of: ann, key: first), Self.record(of: ann, key: second, prompt: 100),
        Self.record(of: ann, on: "2026-11-20", prompt: 1000), Self.record(of: bob, prompt: 10_000),
      ])
      #expect(try await stores.usage.usage(of: bob, since: "2026-11-21").map(\.username) == ["bob"])
      #expect(try await stores.usage.usage(of: nil, since: "2026-11-21").count == 3)
      let day = "2026-11-21"
      #expect(try await stores.usage.tokens(of: ann, key: nil, on: day) == 113)
      #expect(try await stores.usage.tokens(of: ann, key: first, on: day) == 10)
      #expect(try await stores.usage.tokens(of: ann, key: second, on: day) == 103)
      #expect(try await stores.usage.tokens(of: bob, key: first, on: day) == 0)
      #expect(try await stores.usage.tokens(of: bob, key: nil, on: "2026-11-19") == 0)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a deleted key's use stays, a deleted user's goes and is not written any more`(kind: TestDatabase)
    async throws
  {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      let key = try await Self.key("ci", of: ann, in: stores)
      try await stores.usage.add([Self.record(of: ann, key: key), Self.record(of: bob)])
      #expect(try await stores.keys.delete(key, owner: ann))
      let used = try await stores.usage.usage(of: ann, since: "2026-11-21")
      #expect(used.map(\.record.subject.keyID) == [key] && used.map(\.keyName) == [nil])
      _ = try await stores.database.write {
        try $0.execute("DELETE FROM users WHERE id = \(ann.rawValue)")
      }
      // One request of a user that is gone does not keep the others' from being counted.
      try await stores.usage.add([Self.record(of: ann), Self.record(of: bob)])
      let left = try await stores.usage.usage(of: nil, since: "2026-11-21")
      #expect(left.map(\.username) == ["bob"] && left.map(\.record.requests) == [2])
      #expect(try await stores.count("model_usage") == 1)
    }
  }
}
