import Domain
import Persistence
import SQLAccess
import TestDatabases
import Testing

struct ModelStoreTests {
  @Test(arguments: TestDatabase.all)
  func `models are each user's own and listed newest first`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      let (first, second) = (ModelRecord.sample("1", of: ann), ModelRecord.sample("2", of: ann))
      for model in [first, second] {
        _ = try await stores.models.insert(model, event: .sample(.modelAdded, of: ann))
      }
      #expect(try await stores.models.models(owner: ann) == [second, first])
      #expect(try await stores.models.model(first.id, owner: ann) == first)
      #expect(try await stores.models.model(first.id, owner: bob) == nil)
      #expect(try await stores.models.models(owner: bob) == [])

      let deleted = NewEvent.sample(.modelDeleted, of: ann)
      #expect(try await stores.models.delete(first.id, owner: bob, event: deleted) == nil)
      #expect(try await stores.models.delete(first.id, owner: ann, event: deleted)?.sequence == 3)
      #expect(try await stores.models.delete(first.id, owner: ann, event: deleted) == nil)
      #expect(try await stores.models.models(owner: ann) == [second])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a model outlives the record of its task`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let task = TaskRecord.sample("t", of: ann, state: .completed)
      let model = ModelRecord.sample("m", of: ann, task: task.id)
      // Read before, so that it is kept.
      #expect(try await stores.models.models(owner: ann) == [])
      _ = try await stores.tasks.insert(TaskChange(task: task, model: model))
      #expect(try await stores.models.models(owner: ann) == [model])
      _ = try await stores.tasks.delete(
        task.id, owner: ann, event: .sample(.taskDeleted, of: ann), removing: [])
      #expect(try await stores.models.models(owner: ann) == [model])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a merged model is its user's storage, also without the one it was made of`(
    kind: TestDatabase
  ) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      func model(_ path: String, size: Int64, mergedFrom: ModelID? = nil) -> ModelRecord {
        ModelRecord(
          id: .make(), userID: ann, name: path, kind: .merged, hostID: HostID(rawValue: "local"), path: path,
          baseModel: nil, template: "qwen", taskID: nil, size: size, mergedFrom: mergedFrom,
          createdAt: Stores.now)
      }
      let gone = ModelID.make()
      let (merged, orphan) = (
        model("/data/\(ann.rawValue)/.merged/1", size: 500, mergedFrom: gone),
        model("/data/\(ann.rawValue)/.merged/2", size: 70)
      )
      for each in [merged, orphan, model("/srv/models/found", size: 9_000)] {
        _ = try await stores.models.insert(each, event: .sample(.modelAdded, of: ann))
      }
      #expect(try await stores.models.model(merged.id, owner: ann)?.mergedFrom == gone)
      #expect(try await stores.models.model(orphan.id, owner: ann)?.mergedFrom == nil)
      let holdings = try await stores.holdings.holdings(of: ann)[ann]
      #expect(holdings?.storageBytes == 570 && holdings?.models == 2)
      _ = try await stores.models.delete(orphan.id, owner: ann, event: .sample(.modelDeleted, of: ann))
      #expect(try await stores.holdings.holdings(of: ann)[ann]?.storageBytes == 500)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a live service is found again with its key, a stopped one is not`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      var first = ServiceRecord.sample(of: ann)
      let second = ServiceRecord.sample(of: ann, state: .ready)
      for service in [first, second] {
        _ = try await stores.services.insert(service, event: .sample(.serviceChanged, of: ann))
      }
      first.state = .stopping
      first.reason = "idle"
      first.lastUsedAt = Timestamp(milliseconds: 5)
      let silent = try await stores.services.update(first, event: nil)
      #expect(silent == nil)
      #expect(try await stores.services.live() == [first, second])

      first.state = .failed
      let told = try await stores.services.update(first, event: .sample(.serviceChanged, of: ann))
      #expect(told?.sequence == 3)
      #expect(try await stores.services.live() == [second])

      try await stores.services.delete(second.id)
      try await stores.services.delete(second.id)
      #expect(try await stores.services.live() == [])
      let error = await errorThrown { _ = try await stores.services.update(second, event: nil) }
      #expect(error?.code == .notFound)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `an engine's key is stored sealed and tied to its row`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let (first, second) = (
        ServiceRecord.sample(of: ann, key: "sk-plain-1"), ServiceRecord.sample(of: ann, key: "sk-plain-2")
      )
      for service in [first, second] {
        _ = try await stores.services.insert(service, event: .sample(.serviceChanged, of: ann))
      }
      let stored = try await stores.database.read {
        try $0.query("SELECT sealed_key FROM services").map { try $0.get(0, as: [UInt8].self) }
      }
      #expect(stored.allSatisfy { !String(decoding: $0, as: UTF8.self).contains("sk-plain") })

      // One row's key in the other row does not open: it is no key at all there.
      try await stores.database.write {
        try $0.execute(
          "UPDATE services SET sealed_key = \(stored[0]) WHERE id = \(second.id.rawValue)")
      }
      #expect(try await stores.services.live().map(\.key) == ["sk-plain-1", ""])
    }
  }
}
