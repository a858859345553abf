import Domain
import Persistence
import SQLAccess
import TestDatabases
import Testing

struct LeaseStoreTests {
  private let host = LeaseSubject(kind: "host", subject: "o'brien 数据")

  @Test(arguments: TestDatabase.all)
  func `one server has a lease at a time, and each holder's token is greater`(kind: TestDatabase) async throws
  {
    try await kind.run { stores in
      let leases: any LeaseStoring = LeaseStore(stores.database)
      let (ann, bob) = (ServerID.make(), ServerID.make())
      let first = try await leases.acquire(host, for: ann, milliseconds: 60_000)
      #expect(first == 1)
      let found1 = try await leases.acquire(host, for: bob, milliseconds: 60_000)
      #expect(found1 == nil)
      let found2 = try await leases.acquire(host, for: ann, milliseconds: 60_000)
      #expect(found2 == nil)
      // Another thing is another's.
      let found3 = try await leases.acquire(.work, for: bob, milliseconds: 60_000)
      #expect(found3 == 1)
      let found4 = try await leases.renew(host, token: 1, milliseconds: 90_000)
      #expect(found4)
      let held = try await leases.leases()
      #expect(held.map(\.server) == [ann, bob])
      #expect((60_001...90_000).contains(held[0].remaining))
      try await leases.release(host, token: 1)
      let found5 = try await leases.leases().first?.server
      #expect(found5 == nil)
      let found6 = try await leases.acquire(host, for: bob, milliseconds: 60_000)
      #expect(found6 == 2)
      // What the one before still believes it holds is nothing.
      let found7 = try await leases.renew(host, token: 1, milliseconds: 90_000)
      #expect(found7 == false)
      try await leases.release(host, token: 1)
      let found8 = try await leases.leases().first?.server
      #expect(found8 == bob)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a lease whose time is over is anyone's, and its holder's writes come to nothing`(kind: TestDatabase)
    async throws
  {
    try await kind.run { stores in
      let leases: any LeaseStoring = LeaseStore(stores.database)
      let (ann, bob) = (ServerID.make(), ServerID.make())
      let token = try await leases.acquire(.work, for: ann, milliseconds: 0)
      let fenced = FencedDatabase(stores.database, by: .work) { token }
      let events: any EventStoring = EventStore(fenced)
      let user = try await stores.addUser("ann")
      // Nobody has taken it: it is late, and harms nobody.
      _ = try await events.append(.sample(.datasetAdded, of: user), at: Stores.now)
      let found9 = try await leases.acquire(.work, for: bob, milliseconds: 60_000)
      #expect(found9 == 2)
      let error = await errorThrown {
        _ = try await events.append(.sample(.datasetAdded, of: user), at: Stores.now)
      }
      #expect(error?.code == .notInCharge)
      #expect(error?.retryAfter != nil)
      let found10 = try await stores.count("events")
      #expect(found10 == 1)
      let found11 = try await events.newestSequence()
      #expect(found11 == 1)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `who gave a lease back, or never had it, writes nothing`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let leases: any LeaseStoring = LeaseStore(stores.database)
      let token = try await leases.acquire(.work, for: .make(), milliseconds: 60_000) ?? 0
      try await leases.release(.work, token: token)
      for held in [token, nil, token + 1] {
        let events: any EventStoring = EventStore(FencedDatabase(stores.database, by: .work) { held })
        let error = await errorThrown {
          _ = try await events.append(
            NewEvent(kind: .datasetAdded, userID: nil, subject: "x"), at: Stores.now)
        }
        #expect(error?.code == .notInCharge)
      }
      let found12 = try await stores.count("events")
      #expect(found12 == 0)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `of many servers that want one lease at once, one gets it`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let leases: any LeaseStoring = LeaseStore(stores.database)
      let subject = host
      let tokens = try await withThrowingTaskGroup(of: Int64?.self) { group in
        for _ in 0..<20 {
          group.addTask { try await leases.acquire(subject, for: .make(), milliseconds: 60_000) }
        }
        return try await group.reduce(into: []) { $0 += [$1].compactMap(\.self) }
      }
      #expect(tokens == [1])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `servers are known while they live, and give back everything when they leave`(kind: TestDatabase)
    async throws
  {
    try await kind.run { stores in
      let servers: any ServerStoring = ServerStore(stores.database)
      let leases: any LeaseStoring = LeaseStore(stores.database)
      let ann = ServerRecord(name: "ann's", url: "http://10.0.0.1:8000", version: "1")
      let bob = ServerRecord(name: "bob's", url: "http://10.0.0.2:8000", version: "1")
      for server in [ann, bob, ann] { try await servers.beat(server) }
      let seen = try await servers.servers()
      #expect(Set(seen.map(\.record.name)) == ["ann's", "bob's"])
      #expect(seen.allSatisfy { (0..<60_000).contains($0.silence) })
      _ = try await leases.acquire(.work, for: ann.id, milliseconds: 60_000)
      try await servers.leave(ann.id)
      let found13 = try await servers.servers().map(\.record)
      #expect(found13 == [bob])
      let found14 = try await leases.acquire(.work, for: bob.id, milliseconds: 60_000)
      #expect(found14 == 2)
      try await servers.leave(ann.id)
      let found15 = try await leases.leases().first?.server
      #expect(found15 == bob.id)
      // One that was silent for a day is forgotten when another comes.
      try await stores.database.write { try $0.execute("UPDATE servers SET seen_at = 1") }
      let found16 = try await servers.servers().first.map { $0.silence > 86_400_000 }
      #expect(found16 == true)
      try await servers.beat(ann)
      let found17 = try await servers.servers().map(\.record)
      #expect(found17 == [ann])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `the first server says what the installation is, and the others are told`(kind: TestDatabase)
    async throws
  {
    try await kind.run { stores in
      let servers: any ServerStoring = ServerStore(stores.database)
      let first = InstallationFacts(mark: "a", secretCheck: "b", machine: "c")
      let found18 = try await servers.installation(orMaking: first)
      #expect(found18 == first)
      let second = InstallationFacts(mark: "d", secretCheck: "e", machine: "f")
      let found19 = try await servers.installation(orMaking: second)
      #expect(found19 == first)
    }
  }

  @Test(arguments: DatabaseServer.all)
  func `a reader finds the events of two servers in their order, and none before one that it has not seen`(
    kind: DatabaseServer
  ) async throws {
    let name = try await kind.lend { try await Schema.migrate($0, now: 1) }
    let first = try await kind.open(name)
    let second = try await kind.open(name)
    let reader = try await kind.open(name)
    let seen = try await withThrowingTaskGroup(of: [Int64].self) { group in
      for database in [first, second, first, second] {
        group.addTask {
          let events: any EventStoring = EventStore(database)
          for _ in 0..<50 {
            _ = try await events.append(
              NewEvent(kind: .hostChanged, userID: nil, subject: "x"), at: Stores.now)
          }
          return []
        }
      }
      group.addTask {
        let events: any EventStoring = EventStore(reader)
        var seen: [Int64] = []
        while seen.count < 200 {
          seen += try await events.events(after: seen.last ?? 0, visibleTo: nil, limit: 500).map(\.sequence)
        }
        return seen
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(seen == Array(1...200))
    for database in [first, second, reader] { await database.close() }
    await kind.takeBack(name)
  }
}
