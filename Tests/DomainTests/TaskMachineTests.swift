import Domain
import Testing

@Suite struct TaskMachineTests {
  let now = Timestamp(milliseconds: 1_000)

  func machine(_ state: TaskState, cancelRequested: Bool = false, attempt: Int = 1) -> TaskMachine {
    TaskMachine(
      TaskRecord(
        id: TaskID(rawValue: "t"), userID: UserID(rawValue: "u"), name: "n", modelName: "m",
        datasetPath: "d", datasetIDs: [], epochs: 3, learningRate: 5e-5, batchSize: 4, arguments: "{}",
        template: "qwen", hostID: HostID(rawValue: "local"), outputDirectory: "/o", createdAt: now,
        state: state, attempt: attempt, cancelRequested: cancelRequested))
  }

  @Test func `a task walks from pending to completed and asks for each thing once`() throws {
    var machine = machine(.pending)
    #expect(try machine.apply(.accepted, at: now).actions == [])
    #expect(machine.task.state == .queued)
    #expect(try machine.apply(.slotGranted([]), at: now).actions == [.stage])
    #expect(try machine.apply(.launched(startedAt: nil), at: now).actions == [.watch])
    let progress = TaskProgress(
      step: 5, totalSteps: 10, epoch: 1, loss: 2, learningRate: 1e-4, elapsed: 1, remaining: 1)
    #expect(try machine.apply(.progressed(progress), at: now).changed)
    #expect(try !machine.apply(.progressed(progress), at: now).changed)
    let end = try machine.apply(.ended(TaskEnding(state: .completed, madeModel: true)), at: now)
    #expect(end.actions == [.releaseSlot, .registerModel])
    #expect(machine.task.state == .completed)
    #expect(machine.task.progress?.percentage == 50)
  }

  @Test func `an end that is told twice changes nothing the second time`() throws {
    var machine = machine(.running)
    let ending = TaskEnding(state: .failed, reason: .outOfMemoryGPU)
    #expect(try machine.apply(.ended(ending), at: now).changed)
    #expect(try machine.apply(.ended(TaskEnding(state: .completed, madeModel: true)), at: now) == .unchanged)
    #expect(machine.task.state == .failed)
    #expect(machine.task.reason == .outOfMemoryGPU)
  }

  @Test func `a waiting task is cancelled at once and holds no slot`() throws {
    for state in [TaskState.pending, .queued] {
      var machine = machine(state)
      #expect(try machine.apply(.cancelRequested, at: now).actions == [])
      #expect(machine.task.state == .cancelled)
      #expect(machine.task.reason == .cancelled)
    }
  }

  @Test func `a running task is only marked until its process has ended`() throws {
    var machine = machine(.running)
    let first = try machine.apply(.cancelRequested, at: now)
    #expect(first.actions == [.stop])
    #expect(machine.task.state == .running)
    #expect(try !machine.apply(.cancelRequested, at: now).changed)
  }

  @Test func `a cancel during staging stops what was launched meanwhile`() throws {
    var machine = machine(.staging)
    _ = try machine.apply(.cancelRequested, at: now)
    #expect(try machine.apply(.launched(startedAt: nil), at: now).actions == [.watch, .stop])
  }

  @Test(arguments: [TaskState.completed, .failed, .cancelled])
  func `an ended task refuses a cancel and takes a retry as a new attempt`(state: TaskState) throws {
    var machine = machine(state, cancelRequested: true)
    #expect(throws: DomainError.self) { try machine.apply(.cancelRequested, at: now) }
    #expect(try machine.apply(.retryRequested(resume: true), at: now).changed)
    #expect(machine.task.state == .queued)
    #expect(machine.task.attempt == 2)
    #expect(machine.task.resumes)
    #expect(!machine.task.cancelRequested)
    #expect(machine.task.attemptDirectory == "/o/attempts/2")
  }

  @Test(arguments: [TaskState.pending, .queued, .staging, .running])
  func `a task that has not ended refuses a retry`(state: TaskState) {
    var machine = machine(state)
    #expect(throws: DomainError.self) { try machine.apply(.retryRequested(resume: false), at: now) }
    #expect(machine.task.state == state)
  }

  @Test func `an unreachable host is not the end of a task`() throws {
    var machine = machine(.running)
    #expect(try machine.apply(.hostLost(since: nil), at: now).changed)
    #expect(machine.task.state == .running)
    #expect(machine.task.unreachableSince == now)
    #expect(try machine.apply(.hostLost(since: nil), at: Timestamp(milliseconds: 9_000)) == .unchanged)
    #expect(machine.task.unreachableSince == now)
    #expect(try machine.apply(.hostBack, at: now).actions == [.watch])
    #expect(machine.task.unreachableSince == nil)
  }

  @Test func `a task keeps the GPUs it was given until it is tried again`() throws {
    var machine = machine(.queued)
    let gpus = [GPUShare(index: 1, uuid: "GPU-b")]
    #expect(try machine.apply(.slotGranted(gpus), at: now).actions == [.stage])
    #expect(try machine.apply(.slotGranted([]), at: now) == .unchanged)
    #expect(machine.task.assignedGPUs == gpus)
    _ = try machine.apply(.ended(TaskEnding(state: .failed, reason: .unknown)), at: now)
    #expect(machine.task.assignedGPUs == gpus)
    _ = try machine.apply(.retryRequested(resume: false), at: now)
    #expect(machine.task.assignedGPUs == [])
  }

  @Test func `the priority of a waiting task changes, of any other not`() throws {
    var waiting = machine(.queued)
    #expect(try waiting.apply(.priorityChanged(4), at: now).changed)
    #expect(waiting.task.priority == 4)
    #expect(try waiting.apply(.priorityChanged(4), at: now) == .unchanged)
    for state in [TaskState.staging, .running, .completed, .failed, .cancelled] {
      var machine = machine(state)
      #expect(throws: DomainError.self) { try machine.apply(.priorityChanged(4), at: now) }
      #expect(machine.task.priority == 0)
    }
  }

  @Test func `a lost host is shown since its last contact, and never since the future`() throws {
    var machine = machine(.running)
    let earlier = Timestamp(milliseconds: 400)
    _ = try machine.apply(.hostLost(since: earlier), at: now)
    #expect(machine.task.unreachableSince == earlier)
    _ = try machine.apply(.hostBack, at: now)
    _ = try machine.apply(.hostLost(since: Timestamp(milliseconds: 9_000)), at: now)
    #expect(machine.task.unreachableSince == now)
  }
}
