import Domain
import TestDatabases
import Testing

struct DatasetStoreTests {
  @Test(arguments: TestDatabase.all)
  func `a dataset and its event are stored together and come back whole`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let dataset = DatasetRecord.sample("o'brien 数据.json", of: ann)
      let event = try await stores.datasets.insert(dataset, event: .sample(.datasetAdded, of: ann))
      #expect(event.sequence == 1)
      #expect(event.at == Stores.now)
      #expect(try await stores.datasets.dataset(dataset.id, owner: ann) == dataset)
      #expect(try await stores.datasets.dataset(filename: dataset.filename, owner: ann) == dataset)
      #expect(try await stores.events.events(after: 0, visibleTo: ann, limit: 9) == [event])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a second dataset of a name is refused with nothing stored and no event`(
    kind: TestDatabase
  ) async throws {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      _ = try await stores.datasets.insert(.sample("a.json", of: ann), event: .sample(.datasetAdded, of: ann))
      let error = await errorThrown {
        _ = try await stores.datasets.insert(
          .sample("a.json", of: ann), event: .sample(.datasetAdded, of: ann))
      }
      #expect(error?.code == .conflict)
      #expect(try await stores.count("datasets") == 1)
      #expect(try await stores.events.newestSequence() == 1)
      // Another user's files are another matter.
      let event = try await stores.datasets.insert(
        .sample("a.json", of: bob), event: .sample(.datasetAdded, of: bob))
      // And the refused one left no gap.
      #expect(event.sequence == 2)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `another user's dataset is not found, listed or deleted`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      let mine = DatasetRecord.sample("a.json", of: ann)
      _ = try await stores.datasets.insert(mine, event: .sample(.datasetAdded, of: ann))
      #expect(try await stores.datasets.dataset(mine.id, owner: bob) == nil)
      #expect(try await stores.datasets.dataset(filename: "a.json", owner: bob) == nil)
      #expect(try await stores.datasets.datasets(owner: bob) == [])
      let deletion = try await stores.datasets.delete(
        mine.id, owner: bob, event: .sample(.datasetDeleted, of: bob), removing: [removal])
      #expect(try await stores.removals.removals() == [])
      #expect(deletion == .missing)
      #expect(try await stores.datasets.datasets(owner: ann) == [mine])
      #expect(try await stores.events.newestSequence() == 1)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `datasets are listed newest first, also within one millisecond`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      for name in ["b", "c", "a"] {
        _ = try await stores.datasets.insert(.sample(name, of: ann), event: .sample(.datasetAdded, of: ann))
      }
      #expect(try await stores.datasets.datasets(owner: ann).map(\.filename) == ["a", "c", "b"])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a dataset in use by an unfinished task stays`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let dataset = DatasetRecord.sample("a.json", of: ann)
      _ = try await stores.datasets.insert(dataset, event: .sample(.datasetAdded, of: ann))
      let running = TaskRecord.sample("r", of: ann, datasets: [dataset.id, dataset.id], state: .running)
      let done = TaskRecord.sample("d", of: ann, datasets: [dataset.id], state: .completed)
      for task in [running, done] { _ = try await stores.tasks.insert(TaskChange(task: task)) }

      let refused = try await stores.datasets.delete(
        dataset.id, owner: ann, event: .sample(.datasetDeleted, of: ann), removing: [removal])
      #expect(refused == .inUse([running.id]))
      #expect(try await stores.removals.removals() == [])
      #expect(try await stores.datasets.dataset(dataset.id, owner: ann) == dataset)
      #expect(try await stores.events.newestSequence() == 1)

      var ended = running
      ended.state = .cancelled
      _ = try await stores.tasks.update(TaskChange(task: ended))
      let event = NewEvent.sample(.datasetDeleted, of: ann)
      let deletion = try await stores.datasets.delete(
        dataset.id, owner: ann, event: event, removing: [removal])
      #expect(deletion == .deleted(dataset, EventRecord(sequence: 2, event: event, at: Stores.now)))
      #expect(try await stores.removals.removals() == [removal])
      // The finished task still says what it used.
      #expect(try await stores.tasks.task(done.id, owner: ann)?.datasetIDs == [dataset.id])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a version's number is given once, also where the newest was deleted`(kind: TestDatabase) async throws
  {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      func add(_ filename: String, to user: UserID) async throws -> DatasetRecord {
        let dataset = DatasetRecord.sample(filename, of: user, name: "a.json")
        _ = try await stores.datasets.insert(dataset, event: .sample(.datasetAdded, of: user))
        return try #require(try await stores.datasets.dataset(dataset.id, owner: user))
      }
      #expect(try await stores.datasets.newestVersion(of: "a.json", owner: ann) == 0)
      let first = try await add("a.json", to: ann)
      let second = try await add("a (2).json", to: ann)
      #expect([first.version, second.version] == [1, 2])
      for dataset in [second, first] {
        _ = try await stores.datasets.delete(
          dataset.id, owner: ann, event: .sample(.datasetDeleted, of: ann), removing: [])
      }
      #expect(try await stores.datasets.newestVersion(of: "a.json", owner: ann) == 2)
      #expect(try await add("a.json", to: ann).version == 3)
      // Everyone counts for themselves.
      #expect(try await add("a.json", to: bob).version == 1)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `what would be more than its user may store is refused with nothing stored`(kind: TestDatabase)
    async throws
  {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let first = DatasetRecord.sample("a.json", of: ann)
      let second = DatasetRecord.sample("b.json", of: ann)
      _ = try await stores.datasets.insert(
        first, event: .sample(.datasetAdded, of: ann), mostBytes: first.size)
      let error = await errorThrown {
        // It had room when it began: the first came meanwhile.
        _ = try await stores.datasets.insert(
          second, event: .sample(.datasetAdded, of: ann), mostBytes: first.size + second.size - 1)
      }
      #expect(error?.code == .quota)
      #expect(try await stores.datasets.datasets(owner: ann).map(\.filename) == ["a.json"])
      #expect(try await stores.datasets.newestVersion(of: "b.json", owner: ann) == 0)
      _ = try await stores.datasets.insert(
        second, event: .sample(.datasetAdded, of: ann), mostBytes: first.size + second.size)
    }
  }
}

private let removal = Removal(hostID: HostID(rawValue: "gpu1"), path: "/data/ann/datasets/a.json")
