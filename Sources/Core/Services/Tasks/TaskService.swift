package import Domain

/// What users do with their tasks: submit, look, read, cancel, retry, delete.
package struct TaskService: Sendable {
  let planner: TaskPlanner
  private let tasks: any TaskStoring
  private let models: any ModelStoring
  private let datasets: any DatasetStoring
  private let fleet: any HostFleet
  private let supervisor: TaskSupervisor
  private let removals: PendingRemovals
  private let events: EventBus
  private let quotas: UserQuotas

  package init(
    tasks: any TaskStoring, models: any ModelStoring, datasets: any DatasetStoring, fleet: any HostFleet,
    supervisor: TaskSupervisor, removals: PendingRemovals, events: EventBus, quotas: UserQuotas,
    clock: WallClock
  ) {
    planner = TaskPlanner(
      datasets: datasets, models: models, fleet: fleet, gauge: supervisor.gauge, clock: clock)
    self.tasks = tasks
    self.models = models
    self.datasets = datasets
    self.fleet = fleet
    self.supervisor = supervisor
    self.removals = removals
    self.events = events
    self.quotas = quotas
  }

  /// What a submission would run, without storing anything.
  package func preview(_ draft: TaskDraft, for user: UserID) async throws(DomainError) -> TaskPlan {
    try await planner.plan(draft, for: user)
  }

  /// Stores a task and queues it; with an idempotency key seen before, the first one's task.
  package func submit(_ draft: TaskDraft, for user: UserID) async throws(DomainError) -> TaskRecord {
    let plan = try await planner.plan(draft, for: user)
    var machine = TaskMachine(plan.task)
    _ = try machine.apply(.accepted, at: plan.task.createdAt)
    let task = machine.task
    let attempt = AttemptRecord(
      taskID: task.id, number: 1, directory: task.attemptDirectory, resumes: false, state: task.state,
      createdAt: task.createdAt)
    let stored = try await tasks.insert(
      TaskChange(
        task: task, attempt: attempt, events: [TaskEvents.changed(task)],
        mostUnfinished: try await quotas.mostTasks(of: user)))
    events.publish(stored.events)
    supervisor.wake()
    return stored.task
  }

  package func list(of user: UserID, states: [TaskState] = [], limit: Int = 1_000) async throws(DomainError)
    -> [TaskRecord]
  {
    try await tasks.tasks(owner: user, states: states, limit: limit)
  }

  package func task(_ id: TaskID, of user: UserID) async throws(DomainError) -> TaskRecord {
    guard let task = try await tasks.task(id, owner: user) else { throw .notFound("The task") }
    return task
  }

  package func attempts(of task: TaskRecord) async throws(DomainError) -> [AttemptRecord] {
    try await tasks.attempts(of: task.id)
  }

  /// The model a task made, if it is still in the list; what came of it later, merged or restored, where it is not.
  package func model(of task: TaskRecord) async throws(DomainError) -> ModelRecord? {
    try await models.models(owner: task.userID).last { $0.taskID == task.id }
  }

  /// Why each waiting task waits, and its place; everyone's, since a place says nothing of who is before.
  package func waits() async throws(DomainError) -> [TaskID: QueueWait] { try await supervisor.waits() }

  /// What is on its way to the host for a task that is being staged; nil where nothing is, or not for long.
  package func sending(for task: TaskRecord) async -> TaskSending? { await supervisor.sending(for: task) }

  /// Lets a waiting task run earlier or later; -10...10.
  ///
  /// Throws `conflict` where it does not wait any more.
  package func changePriority(_ id: TaskID, to priority: Int, of user: UserID) async throws(DomainError)
    -> TaskRecord
  {
    guard (-10...10).contains(priority) else {
      throw .invalid("The priority is from -10 to 10.", field: "priority")
    }
    _ = try await task(id, of: user)
    return try await supervisor.request(.priorityChanged(priority), for: id)
  }

  /// The equivalent command line, for showing.
  package func command(of task: TaskRecord) async throws(DomainError) -> String? {
    var used: [DatasetRecord] = []
    for id in task.datasetIDs {
      if let dataset = try await datasets.dataset(id, owner: task.userID) { used.append(dataset) }
    }
    let arguments = try decodeJSON(TrainingArguments.self, from: task.arguments)
    return try RunFiles.configuration(
      for: task, arguments: arguments, datasets: used, device: .cpu, resumeFrom: nil
    ).displayCommand
  }

  /// The further arguments the task was submitted with, as a JSON object.
  package func argumentsJSON(of task: TaskRecord) -> String { task.arguments }

  package func cancel(_ id: TaskID, of user: UserID) async throws(DomainError) -> TaskRecord {
    _ = try await task(id, of: user)
    return try await supervisor.request(.cancelRequested, for: id)
  }

  package func retry(_ id: TaskID, resume: Bool, of user: UserID) async throws(DomainError) -> TaskRecord {
    let task = try await task(id, of: user)
    for dataset in task.datasetIDs where try await datasets.dataset(dataset, owner: user) == nil {
      throw .conflict(
        "A dataset of this task was deleted.", hint: "Submit a new task with a dataset that is there.")
    }
    try await quotas.admitTask(of: user)
    return try await supervisor.request(.retryRequested(resume: resume), for: id)
  }

  /// Deletes an ended task and its log; the model it made and its files stay.
  ///
  /// What lies on a host that is away is removed when it is back.
  package func delete(_ id: TaskID, of user: UserID) async throws(DomainError) {
    let task = try await task(id, of: user)
    let event = NewEvent(kind: .taskDeleted, userID: user, subject: id.rawValue)
    let folder = try await model(of: task) == nil ? task.outputDirectory : "\(task.outputDirectory)/attempts"
    let removal = Removal(hostID: task.hostID, path: folder)
    guard let record = try await tasks.delete(id, owner: user, event: event, removing: [removal]) else {
      throw .conflict("The task has not ended yet (\(task.state.rawValue)).", hint: "Cancel it first.")
    }
    events.publish([record])
    await removals.carryOut()
  }

  /// A piece of an attempt's log; an attempt that has written nothing has an empty one.
  package func log(of task: TaskRecord, attempt: Int?, from offset: Int64, limit: Int)
    async throws(DomainError) -> FileSlice
  {
    try await file(RunFiles.logPath(task, attempt: attempt ?? task.attempt), of: task, offset, limit)
  }

  /// A piece of `trainer_log.jsonl`.
  package func metrics(of task: TaskRecord, from offset: Int64, limit: Int) async throws(DomainError)
    -> FileSlice
  {
    try await file(task.metricsPath, of: task, offset, limit)
  }

  /// What an attempt's GPUs did, by time; empty for one that ran on the processor.
  package func gpuSamples(of task: TaskRecord, attempt: Int) async throws(DomainError) -> [GPUSample] {
    try await supervisor.gpuSamples.samples(of: task.id, attempt: attempt)
  }

  /// Changes of the task's log or metrics, for a live stream: each element says how far the file has
  /// grown and whether the task has ended.
  package func changes(of task: TaskRecord, file: TaskFile) async throws(DomainError)
    -> AsyncThrowingStream<JobChange, any Error>
  {
    let path =
      switch file {
      case .log: RunFiles.logPath(task, attempt: task.attempt)
      case .metrics: task.metricsPath
      }
    return try await fleet.host(task.hostID).watch(task.attemptDirectory, files: [path])
  }

  package enum TaskFile: Sendable { case log, metrics }

  private func file(_ path: String, of task: TaskRecord, _ offset: Int64, _ limit: Int)
    async throws(DomainError) -> FileSlice
  {
    do {
      return try await fleet.host(task.hostID).read(path, from: offset, limit: limit)
    } catch  where error.code == .notFound {
      return FileSlice(offset: 0, bytes: [], size: 0)
    }
  }
}
