import Domain
import TestDatabases
import Testing

struct AccountRemovalStoreTests {
  @Test(arguments: TestDatabase.all)
  func `a removed account is in no list, opens nothing, and its name is free`(kind: TestDatabase) async throws
  {
    try await kind.run { stores in
      _ = try await stores.addUser("ada")
      let bob = try await stores.addUser("bob")
      #expect(try await stores.users.user(bob)?.username == "bob")
      let was = try await stores.removedUsers.begin(bob, at: Stores.now)
      #expect(was.username == "bob" && !was.isDisabled)
      #expect(try await stores.users.user(bob) == nil)
      #expect(try await stores.users.user(named: "bob") == nil)
      #expect(try await stores.users.user(named: "bob@example.org") == nil)
      #expect(try await stores.users.users(matching: nil, limit: 9).map(\.username) == ["ada"])
      #expect(try await stores.removedUsers.begun() == [bob])
      let change = await errorThrown { _ = try await stores.users.change(bob, UserChange()) }
      let again = await errorThrown { _ = try await stores.removedUsers.begin(bob, at: Stores.now) }
      #expect(change?.code == .notFound && again?.code == .notFound)
      #expect(try await stores.addUser("bob") != bob)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `the last administrator stays`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ada = try await stores.addUser("ada")
      _ = try await stores.addUser("bob")
      let error = await errorThrown { _ = try await stores.removedUsers.begin(ada, at: Stores.now) }
      #expect(error?.code == .conflict)
      #expect(try await stores.users.user(ada)?.isDisabled == false)
      #expect(try await stores.removedUsers.begun() == [])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `in the end no row is left of it, and what lies on hosts is noted`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      _ = try await stores.addUser("ada")
      let bob = try await stores.addUser("bob")
      _ = try await stores.events.append(.sample(.taskChanged, of: bob), at: Stores.now)
      _ = try await stores.services.insert(.sample(of: bob), event: .sample(.serviceChanged, of: bob))
      // One that nobody asked to remove stays whatever is said.
      try await stores.removedUsers.finish(bob, removing: [])
      #expect(try await stores.users.user(bob) != nil)
      _ = try await stores.removedUsers.begin(bob, at: Stores.now)
      let folder = Removal(hostID: HostID(rawValue: "gpu1"), path: "/data/\(bob.rawValue)")
      try await stores.removedUsers.finish(bob, removing: [folder])
      #expect(try await stores.removedUsers.begun() == [])
      #expect(try await stores.removals.removals() == [folder])
      #expect(try await stores.count("users") == 1)
      #expect(try await stores.count("services") == 0)
      #expect(try await stores.events.events(after: 0, visibleTo: bob, limit: 9) == [])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `samples of GPUs come back by time, each moment once, and are thinned`(kind: TestDatabase) async throws
  {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let task = TaskRecord.sample("t", of: ann, state: .running)
      _ = try await stores.tasks.insert(TaskChange(task: task))
      func sample(_ seconds: Int, _ gpu: Int = 0, use: Double? = 50) -> GPUSample {
        GPUSample(
          seconds: seconds, gpu: GPUShare(index: gpu, uuid: "GPU-\(gpu)"), utilization: use,
          memoryUsed: 1 << 33,
          memoryTotal: 1 << 34)
      }
      for seconds in [10, 0, 5, 5] {
        try await stores.gpuSamples.append([
          GPUSampleBatch(
            task: task.id, attempt: 1, samples: [sample(seconds, 1, use: nil), sample(seconds)])
        ])
      }
      let all = try await stores.gpuSamples.samples(of: task.id, attempt: 1)
      #expect(all == [0, 5, 10].flatMap { [sample($0), sample($0, 1, use: nil)] })
      try await stores.gpuSamples.append([
        GPUSampleBatch(task: task.id, attempt: 1, samples: [sample(20)], thinning: 10)
      ])
      #expect(
        try await stores.gpuSamples.samples(of: task.id, attempt: 1).map(\.seconds) == [0, 0, 10, 10, 20])
      #expect(try await stores.gpuSamples.samples(of: task.id, attempt: 2) == [])
      // A task that is gone takes its samples along, and gets none any more.
      var ended = try #require(try await stores.tasks.task(task.id, owner: nil))
      ended.state = .completed
      _ = try await stores.tasks.update(TaskChange(task: ended))
      _ = try await stores.tasks.delete(
        task.id, owner: ann, event: .sample(.taskDeleted, of: ann), removing: [])
      try await stores.gpuSamples.append([
        GPUSampleBatch(task: task.id, attempt: 1, samples: [sample(25)])
      ])
      #expect(try await stores.count("gpu_samples") == 0)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `samples of many tasks are stored at once, and those of a task that is gone are left out`(
    kind: TestDatabase
  ) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let tasks = (0..<3).map { TaskRecord.sample("t\($0)", of: ann, state: .running) }
      for task in tasks { _ = try await stores.tasks.insert(TaskChange(task: task)) }
      func samples(_ count: Int) -> [GPUSample] {
        (0..<count).map {
          GPUSample(
            seconds: 5 * $0, gpu: GPUShare(index: 1, uuid: "GPU-1"), utilization: $0 == 3 ? nil : 97.5,
            memoryUsed: 1 << 33, memoryTotal: 1 << 34)
        }
      }
      let gone = TaskID.make()
      // More than one statement takes, and not a multiple of it.
      try await stores.gpuSamples.append(
        [GPUSampleBatch(task: gone, attempt: 1, samples: samples(2))]
          + tasks.map { GPUSampleBatch(task: $0.id, attempt: 2, samples: samples(41)) })
      for task in tasks {
        #expect(try await stores.gpuSamples.samples(of: task.id, attempt: 2) == samples(41))
        #expect(try await stores.gpuSamples.samples(of: task.id, attempt: 1) == [])
      }
      #expect(try await stores.gpuSamples.samples(of: gone, attempt: 1) == [])
      #expect(try await stores.count("gpu_samples") == 123)
      try await stores.gpuSamples.append([])
      try await stores.gpuSamples.append([
        GPUSampleBatch(task: tasks[0].id, attempt: 2, samples: [], thinning: 10),
        GPUSampleBatch(task: gone, attempt: 1, samples: [], thinning: 10),
      ])
      #expect(
        try await stores.gpuSamples.samples(of: tasks[0].id, attempt: 2).map(\.seconds)
          == Array(stride(from: 0, through: 200, by: 10)))
      let untouched = try await stores.gpuSamples.samples(of: tasks[1].id, attempt: 2)
      #expect(untouched == samples(41))
    }
  }
}
