import Domain
import Persistence
import SQLAccess
import TestDatabases
import Testing

/// W1: models that scans came upon, kept.
struct DiscoveredModelStoreTests {
  private static let host = HostID(rawValue: "local")
  private static let day: Int64 = 86_400_000

  private static func model(
    _ name: String, of owner: UserID? = nil, on host: HostID = host, size: Int64 = 1 << 40,
    lineage: ModelLineage? = nil
  ) -> DiscoveredModel {
    DiscoveredModel(
      id: .make(), hostID: host, owner: owner,
      scanned: ScannedModel(
        path: "/saves/it's \(name)", name: name, kind: .adapter, group: .rl, stage: "dpo",
        baseModel: "/models/base", modelType: "qwen2", hasChatTemplate: true, size: size,
        modifiedAt: Stores.now,
        checkpoints: [
          .init(name: "checkpoint-9", step: 9, size: 5, modified: 1),
          .init(name: "checkpoint-10", step: 10, size: 5, modified: 2),
        ], privatePath: owner.map { "\($0)/models/\(name)" }), template: "qwen", lineage: lineage)
  }

  private static func keep(
    _ models: [DiscoveredModel], in stores: Stores, on host: HostID = host, marksGone: Bool = true,
    at milliseconds: Int64 = 1
  ) async throws {
    try await stores.discoveries.replace(
      models, of: host, marksGone: marksGone, at: Timestamp(milliseconds: milliseconds))
  }

  @Test(arguments: TestDatabase.all)
  func `a model comes back as it was found, everyone's to all and a user's to none else`(kind: TestDatabase)
    async throws
  {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      let lineage = ModelLineage(taskID: .make(), attempt: 2, datasetHashes: ["ab", "cd"])
      let (common, own) = (Self.model("common"), Self.model("own", of: ann, lineage: lineage))
      try await Self.keep([own, common], in: stores)
      #expect(try await stores.discoveries.models(visibleTo: ann) == [common, own])
      #expect(try await stores.discoveries.models(visibleTo: bob) == [common])
      #expect(try await stores.discoveries.models(visibleTo: nil) == [common])
      for (model, who, stage) in [(common, bob, "dpo"), (own, ann, "dpo"), (own, bob, nil)] {
        let path = model.scanned.path
        let found = try await stores.discoveries.stage(ofFolder: path, on: Self.host, visibleTo: who)
        #expect(found == stage)
      }
      let elsewhere = try await stores.discoveries.stage(
        ofFolder: common.scanned.path, on: HostID(rawValue: "other"), visibleTo: ann)
      #expect(elsewhere == nil)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a model found again keeps its identifier and takes what is new`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let first = Self.model("a")
      try await Self.keep([first], in: stores)
      let grown = Self.model("a", size: 77)
      try await Self.keep([grown, Self.model("b")], in: stores)
      let found = try await stores.discoveries.models(visibleTo: nil)
      #expect(found.map(\.scanned.name) == ["a", "b"])
      #expect(found[0].id == first.id && found[0].scanned.size == 77)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `what a whole scan does not find is gone, is told of for a month, and may come back`(
    kind: TestDatabase
  )
    async throws
  {
    try await kind.run { stores in
      let (stays, goes) = (Self.model("a"), Self.model("b"))
      try await Self.keep([stays, goes], in: stores)
      try await Self.keep([stays], in: stores, marksGone: false, at: 2)
      #expect(try await stores.discoveries.models(visibleTo: nil).allSatisfy { $0.goneAt == nil })

      try await Self.keep([stays], in: stores, at: 3)
      try await Self.keep([stays], in: stores, at: 4)
      var found = try await stores.discoveries.models(visibleTo: nil)
      #expect(found.map { $0.goneAt?.milliseconds } == [nil, 3], "the first absence counts")

      try await Self.keep([stays, Self.model("b")], in: stores, at: 5)
      found = try await stores.discoveries.models(visibleTo: nil)
      #expect(found.map(\.id) == [stays.id, goes.id] && found[1].goneAt == nil)

      try await Self.keep([stays], in: stores, at: 6)
      try await Self.keep([stays], in: stores, at: 6 + 30 * Self.day)
      #expect(try await stores.discoveries.models(visibleTo: nil).count == 2)
      try await Self.keep([stays], in: stores, at: 7 + 30 * Self.day)
      #expect(try await stores.discoveries.models(visibleTo: nil).map(\.id) == [stays.id])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a scan of one host leaves the others', also the same paths there`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let other = HostID(rawValue: "other")
      let (here, there) = (Self.model("a"), Self.model("a", on: other))
      try await Self.keep([here], in: stores)
      try await Self.keep([there], in: stores, on: other)
      try await Self.keep([], in: stores, at: 2)
      let found = try await stores.discoveries.models(visibleTo: nil)
      #expect(found.map(\.id) == [here.id, there.id] && found.map { $0.goneAt == nil } == [false, true])
      try await stores.discoveries.forget(Self.host)
      #expect(try await stores.discoveries.models(visibleTo: nil).map(\.id) == [there.id])
    }
  }
}
