import Domain
import TestDatabases
import Testing

struct TaskStoreTests {
  @Test(arguments: TestDatabase.all)
  func `a task with everything set comes back whole`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let datasets = [DatasetRecord.sample("a", of: ann), .sample("b", of: ann)]
      for dataset in datasets {
        _ = try await stores.datasets.insert(dataset, event: .sample(.datasetAdded, of: ann))
      }
      func time(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }
      let task = TaskRecord(
        id: .make(), userID: ann, name: "名 ' \" ; --", modelName: "m", datasetPath: "a,b",
        datasetIDs: [datasets[1].id, datasets[0].id], epochs: 0.5, learningRate: 1e-5, batchSize: 2,
        arguments: #"{"lora_rank":8}"#, template: "llama3", hostID: HostID(rawValue: "gpu1"),
        outputDirectory: "/o", priority: -3, gpus: 2, gpuIDs: [1, 3],
        clusterRequest: ClusterRequest(partition: "gpu", minutes: 5), idempotencyKey: "k", createdAt: time(1),
        state: .running,
        attempt: 2, resumes: true, cancelRequested: true, reason: .diverged, reasonDetail: "nan",
        progress: TaskProgress(
          step: 3, totalSteps: 9, epoch: 1, loss: 2.5, learningRate: nil, elapsed: 4, remaining: nil),
        assignedGPUs: [GPUShare(index: 1, uuid: "GPU-a"), GPUShare(index: 3, uuid: "GPU-b")],
        clusterJob: "4711", unreachableSince: time(2), updatedAt: time(3), queuedAt: time(4),
        startedAt: time(5),
        endedAt: time(6), revision: 4)
      let attempt = AttemptRecord(
        taskID: task.id, number: 2, directory: "/d", resumes: true, state: .failed, exitCode: 1, signal: 9,
        reason: .killedBySignal, gpus: [GPUShare(index: 1, uuid: "GPU-a")], createdAt: time(1),
        startedAt: time(2), endedAt: time(3))
      let stored = try await stores.tasks.insert(
        TaskChange(task: task, attempt: attempt, events: [.sample(.taskChanged, of: ann)]))
      #expect(stored.task == task)
      #expect(stored.events.count == 1)
      #expect(try await stores.tasks.task(task.id, owner: ann) == task)
      #expect(try await stores.tasks.task(task.id, owner: nil) == task)
      #expect(try await stores.tasks.attempts(of: task.id) == [attempt])
      let absent = (0..<1_200).map { _ in TaskID.make() }
      #expect(try await stores.tasks.arguments(of: absent + [task.id]) == [task.id: #"{"lora_rank":8}"#])
      #expect(try await stores.tasks.arguments(of: []) == [:])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a task of a missing or foreign dataset is refused with nothing stored`(
    kind: TestDatabase
  ) async throws {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      let foreign = DatasetRecord.sample("b.json", of: bob)
      _ = try await stores.datasets.insert(foreign, event: .sample(.datasetAdded, of: bob))
      for dataset in [DatasetID.make(), foreign.id] {
        let error = await errorThrown {
          _ = try await stores.tasks.insert(
            TaskChange(
              task: .sample("t", of: ann, datasets: [dataset]), events: [.sample(.taskChanged, of: ann)]))
        }
        #expect(error?.code == .notFound)
      }
      #expect(try await stores.count("tasks") == 0)
      #expect(try await stores.count("task_datasets") == 0)
      #expect(try await stores.events.newestSequence() == 1)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a repeated submission gives the first task and no second event`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      func submit(_ user: UserID, _ key: String?) async throws -> (task: TaskRecord, events: [EventRecord]) {
        try await stores.tasks.insert(
          TaskChange(
            task: .sample("t", of: user, idempotencyKey: key), events: [.sample(.taskChanged, of: user)]))
      }
      let first = try await submit(ann, "again")
      let second = try await submit(ann, "again")
      #expect(second.task == first.task)
      #expect(second.events == [])
      // Keys are each user's own, and no key is no key.
      #expect(try await submit(bob, "again").task.id != first.task.id)
      let (third, fourth) = (try await submit(ann, nil), try await submit(ann, nil))
      #expect(third.task.id != fourth.task.id)
      #expect(try await stores.count("tasks") == 4)
      #expect(try await stores.events.newestSequence() == 4)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a change is written at the expected revision only, and whole`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let task = TaskRecord.sample("t", of: ann)
      _ = try await stores.tasks.insert(TaskChange(task: task))

      var mine = task
      mine.state = .queued
      let changed = try await stores.tasks.update(
        TaskChange(
          task: mine, attempt: .sample(of: task.id), events: [.sample(.taskChanged, of: ann)]))
      #expect(changed?.task.revision == 1)
      #expect(changed?.events.map(\.sequence) == [1])

      // Someone else's change, made from the same first reading.
      var late = task
      late.state = .cancelled
      let refused = try await stores.tasks.update(
        TaskChange(
          task: late, attempt: .sample(of: task.id, number: 2),
          model: .sample("m", of: ann, task: task.id), events: [.sample(.taskChanged, of: ann)]))
      #expect(refused == nil)
      #expect(try await stores.tasks.task(task.id, owner: ann)?.state == .queued)
      #expect(try await stores.tasks.attempts(of: task.id).map(\.number) == [1])
      #expect(try await stores.models.models(owner: ann) == [])
      #expect(try await stores.events.newestSequence() == 1)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `of many changes from one reading exactly one is written`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let task = TaskRecord.sample("t", of: ann)
      _ = try await stores.tasks.insert(TaskChange(task: task))
      let written = try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<12 {
          group.addTask {
            try await stores.tasks.update(
              TaskChange(task: task, events: [.sample(.taskChanged, of: ann)])) != nil
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(written.count { $0 } == 1)
      #expect(try await stores.events.newestSequence() == 1)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a change that fails halfway leaves row, attempt and events as they were`(
    kind: TestDatabase
  ) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let task = TaskRecord.sample("t", of: ann)
      _ = try await stores.tasks.insert(TaskChange(task: task))
      var changed = task
      changed.state = .completed
      // The model belongs to a user who is not there: the last statement but the events fails.
      let error = await errorThrown {
        _ = try await stores.tasks.update(
          TaskChange(
            task: changed, attempt: .sample(of: task.id), model: .sample("m", of: .make(), task: task.id),
            events: [.sample(.taskChanged, of: ann)]))
      }
      #expect(error?.code == .internalFault)
      #expect(try await stores.tasks.task(task.id, owner: ann) == task)
      #expect(try await stores.tasks.attempts(of: task.id) == [])
      #expect(try await stores.events.newestSequence() == 0)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `an attempt is replaced by its number`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      var task = TaskRecord.sample("t", of: ann)
      _ = try await stores.tasks.insert(TaskChange(task: task))
      var attempt = AttemptRecord.sample(of: task.id)
      for (state, exitCode) in [(TaskState.running, nil), (.failed, 1)] as [(TaskState, Int?)] {
        attempt.state = state
        attempt.exitCode = exitCode
        let change = try await stores.tasks.update(TaskChange(task: task, attempt: attempt))
        task = try #require(change).task
      }
      let second = AttemptRecord.sample(of: task.id, number: 2)
      _ = try await stores.tasks.update(TaskChange(task: task, attempt: second))
      #expect(try await stores.tasks.attempts(of: task.id) == [attempt, second])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a run's model is registered once, and announced once`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      var task = TaskRecord.sample("t", of: ann)
      _ = try await stores.tasks.insert(TaskChange(task: task))
      var kinds: [[NewEvent.Kind]] = []
      for _ in 0..<2 {
        let model = ModelRecord.sample("m", of: ann, task: task.id)
        let change = try await stores.tasks.update(
          TaskChange(
            task: task, model: model,
            events: [
              .sample(.taskChanged, of: ann), .sample(.modelAdded, of: ann, model.id.rawValue),
            ]))
        kinds.append(try #require(change).events.map(\.event.kind))
        task = try #require(change).task
      }
      #expect(kinds == [[.taskChanged, .modelAdded], [.taskChanged]])
      #expect(try await stores.models.models(owner: ann).count == 1)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `tasks are listed newest first by owner, state and limit`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      let dataset = DatasetRecord.sample("a", of: ann)
      _ = try await stores.datasets.insert(dataset, event: .sample(.datasetAdded, of: ann))
      for (name, user, state) in [
        ("1", ann, .queued), ("2", bob, .running), ("3", ann, .running), ("4", ann, .completed),
      ] as [(String, UserID, TaskState)] {
        let datasets = user == ann ? [dataset.id] : []
        _ = try await stores.tasks.insert(
          TaskChange(task: .sample(name, of: user, datasets: datasets, state: state)))
      }
      func names(_ owner: UserID?, _ states: [TaskState], _ limit: Int) async throws -> [String] {
        try await stores.tasks.tasks(owner: owner, states: states, limit: limit).map(\.name)
      }
      #expect(try await names(ann, [], 10) == ["4", "3", "1"])
      #expect(try await names(ann, [], 2) == ["4", "3"])
      #expect(try await names(ann, [], 0) == [])
      #expect(try await names(nil, [.queued, .running], 10) == ["3", "2", "1"])
      #expect(try await names(bob, [.completed], 10) == [])
      let listed = try await stores.tasks.tasks(owner: nil, states: [], limit: 10).map(\.datasetIDs.count)
      #expect(listed == [1, 1, 0, 1])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a list read before shows what has changed since, whoever changed it`(kind: TestDatabase)
    async throws
  {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      // Another server on the same database: it has caches of its own.
      let other = Stores(stores.database)
      let (stays, moves, goes) = (
        TaskRecord.sample("stays", of: ann, state: .queued),
        TaskRecord.sample("moves", of: ann, state: .queued),
        TaskRecord.sample("goes", of: ann, state: .failed)
      )
      for task in [stays, moves, goes] { _ = try await stores.tasks.insert(TaskChange(task: task)) }
      func list() async throws -> [TaskRecord] {
        try await stores.tasks.tasks(owner: ann, states: [], limit: 10)
      }
      let before = try await list()
      #expect(before.map(\.name) == ["goes", "moves", "stays"])
      #expect(try await list() == before)

      var changed = moves
      changed.state = .running
      changed.progress = TaskProgress(
        step: 1, totalSteps: 2, epoch: 0.5, loss: 3, learningRate: 1, elapsed: 1, remaining: 1)
      _ = try await other.tasks.update(TaskChange(task: changed))
      _ = try await other.tasks.delete(
        goes.id, owner: ann, event: .sample(.taskDeleted, of: ann), removing: [])
      let after = try await list()
      #expect(after.map(\.name) == ["moves", "stays"])
      #expect(after.first?.state == .running && after.first?.progress?.step == 1)
      let alone = try await stores.tasks.task(moves.id, owner: ann)
      #expect(after.first == alone)
      #expect(after.last == before.last)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `only a finished task of one's own is deleted, with its attempts`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      let running = TaskRecord.sample("r", of: ann, state: .running)
      let failed = TaskRecord.sample("f", of: ann, state: .failed)
      for task in [running, failed] {
        _ = try await stores.tasks.insert(TaskChange(task: task, attempt: .sample(of: task.id)))
      }
      func delete(_ id: TaskID, _ owner: UserID) async throws -> EventRecord? {
        try await stores.tasks.delete(
          id, owner: owner, event: .sample(.taskDeleted, of: owner),
          removing: [Removal(hostID: HostID(rawValue: "gpu1"), path: "/data/\(id)")])
      }
      #expect(try await delete(running.id, ann) == nil)
      #expect(try await delete(failed.id, bob) == nil)
      #expect(try await stores.events.newestSequence() == 0)
      #expect(try await delete(failed.id, ann)?.sequence == 1)
      #expect(try await delete(failed.id, ann) == nil)
      #expect(try await stores.tasks.attempts(of: failed.id) == [])
      #expect(try await stores.tasks.tasks(owner: nil, states: [], limit: 9).map(\.id) == [running.id])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `another user's task is not found`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      let task = TaskRecord.sample("t", of: ann)
      _ = try await stores.tasks.insert(TaskChange(task: task))
      #expect(try await stores.tasks.task(task.id, owner: bob) == nil)
      #expect(try await stores.tasks.tasks(owner: bob, states: [], limit: 9) == [])
      #expect(try await stores.tasks.task(.make(), owner: nil) == nil)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a change that ends an attempt and begins the next stores both`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      var task = TaskRecord.sample("t", of: ann, state: .running)
      var first = AttemptRecord.sample(of: task.id)
      _ = try await stores.tasks.insert(TaskChange(task: task, attempt: first))
      task.attempt = 2
      task.state = .queued
      first.state = .failed
      first.reason = .preempted
      let second = AttemptRecord.sample(of: task.id, number: 2, state: .queued)
      var change = TaskChange(task: task, attempt: second)
      change.endedAttempt = first
      _ = try await stores.tasks.update(change)
      let attempts = try await stores.tasks.attempts(of: task.id)
      #expect(attempts == [first, second])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `the queue sees every task that has not ended, and what it asked for`(kind: TestDatabase) async throws
  {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      for state in TaskState.allCases {
        _ = try await stores.tasks.insert(TaskChange(task: .sample(state.rawValue, of: ann, state: state)))
      }
      let entries = try await stores.tasks.queue()
      #expect(Set(entries.map(\.state)) == [.pending, .queued, .staging, .running])
      #expect(entries.count == 4)
      let waiting = try #require(entries.first { $0.state == .queued })
      #expect(
        waiting.userID == ann && waiting.gpus == nil && waiting.gpuIDs == [] && waiting.remaining == nil)
      #expect(waiting.waitingSince == Stores.now)
      var task = try #require(try await stores.tasks.task(waiting.id, owner: nil))
      task.state = .running
      task.priority = 7
      task.assignedGPUs = [GPUShare(index: 2, uuid: "GPU-c")]
      task.progress = TaskProgress(
        step: 1, totalSteps: 2, epoch: nil, loss: nil, learningRate: nil, elapsed: 3, remaining: 4)
      _ = try await stores.tasks.update(TaskChange(task: task))
      let running = try #require(try await stores.tasks.queue().first { $0.id == task.id })
      #expect(running.assignedGPUs == task.assignedGPUs && running.priority == 7)
      #expect(running.elapsed == 3 && running.remaining == 4)
      #expect(!waiting.isSubmitted && !running.isSubmitted)
      task = try #require(try await stores.tasks.task(waiting.id, owner: nil))
      task.state = .queued
      task.clusterJob = "7"
      _ = try await stores.tasks.update(TaskChange(task: task))
      let submitted = try #require(try await stores.tasks.queue().first { $0.id == task.id })
      #expect(submitted.isSubmitted && submitted.isCarried && !submitted.isWaiting)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `what a deleted task leaves on its host is noted until it is removed`(kind: TestDatabase) async throws
  {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let (ended, running) = (
        TaskRecord.sample("e", of: ann, state: .failed), TaskRecord.sample("r", of: ann)
      )
      for task in [ended, running] { _ = try await stores.tasks.insert(TaskChange(task: task)) }
      let removals = ["/a", "/b"].map { Removal(hostID: HostID(rawValue: "gpu1"), path: $0) }
      let refused = try await stores.tasks.delete(
        running.id, owner: ann, event: .sample(.taskDeleted, of: ann), removing: removals)
      #expect(refused == nil)
      #expect(try await stores.removals.removals() == [])
      _ = try await stores.tasks.delete(
        ended.id, owner: ann, event: .sample(.taskDeleted, of: ann), removing: removals)
      #expect(try await stores.removals.removals() == removals)
      try await stores.removals.forget(removals[0])
      #expect(try await stores.removals.removals() == [removals[1]])
    }
  }
}
