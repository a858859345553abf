import Domain
import Persistence
import SQLAccess
import TestDatabases
import Testing

struct ModelArchiveStoreTests {
  private static func archive(
    _ id: String, of model: ModelRecord, sizes: [Int64] = [30, 70]
  ) throws -> ArchivedModel {
    ArchivedModel(
      id: ArchiveID(rawValue: id), userID: model.userID, modelID: model.id,
      files: try sizes.enumerated().map { index, size in
        try ArchivedFile(
          ModelFile(name: "f\(index)", size: size, modifiedAt: Stores.now, tag: "t\(index)"))
      }, createdAt: Stores.now)
  }

  private static let event = NewEvent(kind: .modelArchiving, userID: nil, subject: "m")

  @Test(arguments: TestDatabase.all)
  func `a new archive takes the old one's place only when it is whole`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      let model = ModelRecord.sample("1", of: ann)
      _ = try await stores.models.insert(model, event: .sample(.modelAdded, of: ann))
      var first = try Self.archive("a", of: model)
      try await stores.archives.begin(first, mostBytes: nil)
      first.files[0].contentHash = "00"
      #expect(try await stores.archives.note(first))
      #expect(try await stores.archives.archives(of: model.id, owner: ann) == [first])
      #expect(try await stores.archives.archives(of: model.id, owner: bob) == [])
      #expect(try await stores.archives.remove(of: model.id, owner: bob) == nil)
      #expect(try await stores.archives.finish(first.id, at: Stores.now, event: Self.event) != nil)
      #expect(try await stores.archives.finish(first.id, at: Stores.now, event: Self.event) == nil)
      first.state = .ready
      first.endedAt = Stores.now

      let second = try Self.archive("b", of: model, sizes: [5])
      try await stores.archives.begin(second, mostBytes: nil)
      #expect(try await stores.archives.archives(of: model.id, owner: ann) == [second, first])
      #expect(try await stores.archives.leftovers() == [])
      #expect(try await stores.archives.finish(second.id, at: Stores.now, event: Self.event) != nil)
      #expect(try await stores.archives.archives(of: model.id, owner: ann).map(\.id) == [second.id])
      #expect(try await stores.archives.leftovers().map(\.id) == [first.id])
      try await stores.archives.cleared(first.id)
      #expect(try await stores.archives.leftovers() == [])
      #expect(try await stores.count("model_archives") == 1)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `an archive is its user's storage, and none is begun that there is no room for`(
    kind: TestDatabase
  ) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let model = ModelRecord.sample("1", of: ann)
      _ = try await stores.models.insert(model, event: .sample(.modelAdded, of: ann))
      let before = try await stores.holdings.holdings(of: ann)[ann]?.storageBytes ?? 0
      let archive = try Self.archive("a", of: model)
      await #expect(throws: DomainError.self) {
        try await stores.archives.begin(archive, mostBytes: before + 99)
      }
      #expect(try await stores.count("model_archives") == 0)
      try await stores.archives.begin(archive, mostBytes: before + 100)
      #expect(try await stores.holdings.holdings(of: ann)[ann]?.storageBytes == before + 100)
      try await stores.archives.fail(archive.id, because: "The host is away.", at: Stores.now)
      #expect(try await stores.holdings.holdings(of: ann)[ann]?.storageBytes ?? 0 == before)
      let failed = try await stores.archives.archives(of: model.id, owner: ann)
      #expect(failed.map(\.state) == [.failed] && failed[0].reason == "The host is away.")
      // Its files are nobody's; the row still tells why.
      #expect(try await stores.archives.leftovers().map(\.id) == [archive.id])
      try await stores.archives.cleared(archive.id)
      #expect(try await stores.archives.leftovers() == [])
      #expect(try await stores.archives.archives(of: model.id, owner: ann).count == 1)

      let strange = try Self.archive("c", of: ModelRecord.sample("none", of: ann))
      await #expect(throws: DomainError.self) { try await stores.archives.begin(strange, mostBytes: nil) }
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a deleted model's archive is left over, and one that is being made is not noted any more`(
    kind: TestDatabase
  ) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let model = ModelRecord.sample("1", of: ann)
      _ = try await stores.models.insert(model, event: .sample(.modelAdded, of: ann))
      let archive = try Self.archive("a", of: model)
      try await stores.archives.begin(archive, mostBytes: nil)
      _ = try await stores.models.delete(model.id, owner: ann, event: .sample(.modelDeleted, of: ann))
      #expect(try await stores.archives.note(archive) == false)
      #expect(try await stores.archives.finish(archive.id, at: Stores.now, event: Self.event) == nil)
      #expect(try await stores.archives.archives(of: model.id, owner: ann) == [])
      #expect(try await stores.archives.leftovers().map(\.id) == [archive.id])
      try await stores.archives.cleared(archive.id)
      #expect(try await stores.count("model_archives") == 0)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `what was under way when the server ended has failed, and its folders on hosts are to go`(
    kind: TestDatabase
  ) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let model = ModelRecord.sample("1", of: ann)
      _ = try await stores.models.insert(model, event: .sample(.modelAdded, of: ann))
      try await stores.archives.begin(try Self.archive("a", of: model), mostBytes: nil)
      let host = HostID(rawValue: "gpu1")
      let half = ModelRestore(
        id: ModelID(rawValue: "r"), userID: ann, hostID: host, path: "/data/r", createdAt: Stores.now)
      let whole = ModelRestore(
        id: model.id, userID: ann, hostID: host, path: "/data/whole", createdAt: Stores.now)
      for restore in [half, whole] { try await stores.archives.begin(restore) }
      try await stores.archives.takeUp(at: Stores.now)
      #expect(try await stores.archives.archives(of: model.id, owner: ann).map(\.state) == [.failed])
      #expect(try await stores.archives.leftovers().count == 1)
      #expect(try await stores.removals.removals() == [Removal(hostID: host, path: "/data/r")])
      #expect(try await stores.count("model_restores") == 0)
    }
  }
}
