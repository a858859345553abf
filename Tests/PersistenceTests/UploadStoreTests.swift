import Domain
import TestDatabases
import Testing

struct UploadStoreTests {
  private func upload(_ name: String, of user: UserID, at time: Int64 = 1) -> PartialUpload {
    PartialUpload(
      id: .make(), userID: user, filename: name, size: 5, createdAt: Timestamp(milliseconds: time),
      touchedAt: Timestamp(milliseconds: time))
  }

  @Test(arguments: TestDatabase.all)
  func `an upload is its owner's alone, and remembers what it became`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      let mine = upload("o'brien 数据.json", of: ann)
      try await stores.uploads.insert(mine)
      #expect(try await stores.uploads.upload(mine.id, owner: ann) == mine)
      #expect(try await stores.uploads.upload(mine.id, owner: nil) == mine)
      #expect(try await stores.uploads.upload(mine.id, owner: bob) == nil)
      #expect(try await stores.uploads.uploads(owner: bob) == [])
      let dataset = DatasetID.make()
      try await stores.uploads.touch(mine.id, at: Timestamp(milliseconds: 9), dataset: dataset)
      try await stores.uploads.touch(mine.id, at: Timestamp(milliseconds: 10), dataset: nil)
      let now = try await stores.uploads.upload(mine.id, owner: ann)
      #expect(now?.datasetID == dataset)
      #expect(now?.touchedAt == Timestamp(milliseconds: 10))
      try await stores.uploads.delete(mine.id)
      #expect(try await stores.uploads.uploads(owner: ann) == [])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `uploads are listed newest first, and the old ones are found`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let all = (1...3).map { upload("\($0).json", of: ann, at: $0) }
      for each in all { try await stores.uploads.insert(each) }
      #expect(try await stores.uploads.uploads(owner: ann).map(\.filename) == ["3.json", "2.json", "1.json"])
      let old = try await stores.uploads.untouched(since: Timestamp(milliseconds: 3))
      #expect(old.map(\.filename) == ["1.json", "2.json"])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `files of one name are numbered by the store`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      for (filename, user) in [("a.json", ann), ("a (2).json", ann), ("a.json", bob), ("b.json", ann)] {
        let name = filename == "b.json" ? "b.json" : "a.json"
        let dataset = DatasetRecord.sample(filename, of: user, name: name)
        _ = try await stores.datasets.insert(dataset, event: .sample(.datasetAdded, of: user))
      }
      let versions = try await stores.datasets.versions(of: "a.json", owner: ann)
      #expect(versions.map(\.version) == [2, 1])
      #expect(versions.map(\.filename) == ["a (2).json", "a.json"])
      #expect(try await stores.datasets.versions(of: "a (2).json", owner: ann) == [])
      #expect(try await stores.datasets.versions(of: "a.json", owner: bob).map(\.version) == [1])
    }
  }
}
