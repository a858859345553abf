import Domain
import Persistence
import SQLAccess
import TestDatabases
import Testing

struct HostStoreTests {
  private static func sample(
    _ name: String, _ authentication: HostAuthentication = .system, by user: UserID? = nil
  ) -> HostRecord {
    HostRecord(
      id: .make(), name: name, address: "gpu1.example.org", port: 2222, user: "train",
      authentication: authentication, jumpHost: "gate", userDataDirectory: "~/data", workDirectory: "~/work",
      virtualEnvironment: "/opt/venv", condaEnvironment: "lf", trainerCommand: "/opt/cli", slots: 3,
      createdBy: user, createdAt: Stores.now)
  }

  private static let added = NewEvent.sample(.hostAdded, of: nil)

  @Test(arguments: TestDatabase.all)
  func `hosts come back whole and in the order they were added, with an event that everyone sees`(
    kind: TestDatabase
  ) async throws {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      let hosts = [
        Self.sample("z", by: ann), Self.sample("y", .keyFile("/k/id", passphrase: "open")),
        Self.sample("x", .keyFile("/k/id", passphrase: nil)),
        Self.sample("w", .privateKey("-----BEGIN\nit's\n-----END", passphrase: "p")),
        Self.sample("v", .password("数 'x'")),
        HostRecord(id: .make(), name: "u", address: "u", createdAt: Stores.now),
        HostRecord(
          id: .make(), kind: .slurm, name: "t", address: "t",
          cluster: ClusterSettings(tasks: ClusterRequest(partition: "gpu", gres: "gpu:h100:2", minutes: 60)),
          createdAt: Stores.now),
      ]
      for host in hosts { _ = try await stores.hosts.insert(host, event: Self.added) }
      #expect(try await stores.hosts.hosts() == hosts)
      #expect(try await stores.hosts.host(hosts[3].id) == hosts[3])
      #expect(try await stores.hosts.host(.make()) == nil)
      #expect(try await stores.events.events(after: 0, visibleTo: bob, limit: 99).count == hosts.count)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `secrets are sealed in the database, each to its own row and address`(kind: TestDatabase) async throws
  {
    try await kind.run { stores in
      let first = Self.sample("a", .privateKey("-----BEGIN key", passphrase: "phrase"))
      let second = Self.sample("b", .password("hunter2"))
      for host in [first, second] { _ = try await stores.hosts.insert(host, event: Self.added) }
      let texts = try await stores.database.read { transaction in
        try transaction.query("SELECT sealed_key, sealed_password, key_path FROM hosts").map { row in
          String(decoding: try row.get("sealed_password", as: [UInt8].self), as: UTF8.self)
        }
      }
      for text in texts { #expect(!text.contains("hunter2") && !text.contains("phrase")) }
      // Moved to another row, or to another address: it does not open, and the host is there without its login.
      _ = try await stores.database.write { transaction in
        try transaction.execute("UPDATE hosts SET address = 'evil.example.org' WHERE id = \(first.id)")
        return try transaction.execute(
          """
          UPDATE hosts SET sealed_password = (SELECT sealed_password FROM hosts WHERE id = \(first.id))
          WHERE id = \(second.id)
          """)
      }
      let found = try await stores.hosts.hosts()
      #expect(found.map(\.authentication) == [.lost, .lost])
      #expect(found.map(\.name) == ["a", "b"])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a name is taken once, and a host keeps its own`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      var host = Self.sample("a", .password("old"))
      _ = try await stores.hosts.insert(host, event: Self.added)
      let other = Self.sample("b")
      _ = try await stores.hosts.insert(other, event: Self.added)
      let error = await errorThrown {
        _ = try await stores.hosts.insert(Self.sample("a"), event: Self.added)
      }
      #expect(error?.code == .conflict && error?.message.contains("name") == true)
      host.authentication = .password("new")
      host.address = "gpu2"
      host.jumpHost = nil
      #expect(try await stores.hosts.update(host, event: .sample(.hostChanged, of: nil)) != nil)
      #expect(try await stores.hosts.hosts() == [host, other])
      host.name = "b"
      let refused = host
      let second = await errorThrown {
        _ = try await stores.hosts.update(refused, event: .sample(.hostChanged, of: nil))
      }
      #expect(second?.code == .conflict)
      let missing = try await stores.hosts.update(Self.sample("c"), event: .sample(.hostChanged, of: nil))
      #expect(missing == nil)
      #expect(try await stores.events.newestSequence() == 3)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a host in use is not deleted, and what uses it is told`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let host = HostRecord(
        id: HostID(rawValue: "local"), name: "a", address: "a", createdAt: Stores.now)
      _ = try await stores.hosts.insert(host, event: Self.added)
      let running = TaskRecord.sample("t", of: ann, state: .running)
      for task in [running, TaskRecord.sample("old", of: ann, state: .completed)] {
        _ = try await stores.tasks.insert(TaskChange(task: task))
      }
      let service = ServiceRecord.sample(of: ann, state: .ready)
      _ = try await stores.services.insert(service, event: .sample(.serviceChanged, of: ann))
      let removed = NewEvent.sample(.hostRemoved, of: nil)
      #expect(
        try await stores.hosts.delete(host.id, event: removed) == .inUse(tasks: [running.id], services: 1))
      #expect(try await stores.hosts.hosts() == [host])
      var ended = try #require(try await stores.tasks.task(running.id, owner: nil))
      ended.state = .failed
      _ = try await stores.tasks.update(TaskChange(task: ended))
      #expect(try await stores.hosts.delete(host.id, event: removed) == .inUse(tasks: [], services: 1))
      try await stores.services.delete(service.id)
      let before = try await stores.events.newestSequence()
      guard case .deleted(let event) = try await stores.hosts.delete(host.id, event: removed) else {
        Issue.record("it was not deleted")
        return
      }
      #expect(event.sequence == before + 1)
      #expect(try await stores.hosts.delete(host.id, event: removed) == .missing)
      #expect(try await stores.count("hosts") == 0)
    }
  }
}
