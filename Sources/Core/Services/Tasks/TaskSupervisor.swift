import Concurrency
package import Domain

/// Carries tasks through their lives: gives slots, stages, launches, watches, and finds out how they
/// ended. One actor per server is the only one that changes a task's state.
///
/// It holds nothing that is not in the store or on the host, so a server that was killed takes up
/// where it was: a task being staged is staged again (launching is idempotent), a running one is
/// watched again from its files.
package actor TaskSupervisor {
  let tasks: any TaskStoring
  let datasets: any DatasetStoring
  let fleet: any HostFleet
  let events: EventBus
  let clock: WallClock
  let log: ServerLog
  /// Tasks that hold a slot and have a carrier.
  private var carried: [TaskID: HostID] = [:]
  private let wakes: AsyncStream<Void>
  private let waker: AsyncStream<Void>.Continuation

  package init(
    tasks: any TaskStoring, datasets: any DatasetStoring, fleet: any HostFleet, events: EventBus,
    clock: WallClock, log: ServerLog
  ) {
    self.tasks = tasks
    self.datasets = datasets
    self.fleet = fleet
    self.events = events
    self.clock = clock
    self.log = log
    (wakes, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Works until it is cancelled.
  ///
  /// Trainers go on without it.
  package func run() async {
    await withDiscardingTaskGroup { group in
      waker.yield()
      // Wakes come with every change; this one is for what came to nothing: a database that was busy.
      group.addTask {
        while (try? await Task.sleep(for: .seconds(5))) != nil { self.wake() }
      }
      for await _ in wakes {
        if Task.isCancelled { break }
        for task in await schedule() {
          group.addTask { await TaskCarrier(supervisor: self).carry(task) }
        }
      }
      group.cancelAll()
    }
  }

  /// Looks at the queue again.
  package nonisolated func wake() { waker.yield() }

  /// Slots in use on a host.
  package func slotsInUse(on host: HostID) -> Int { carried.values.count { $0 == host } }

  /// Does what a person asked for and returns the task as it is then.
  package func request(_ event: TaskMachine.Event, for id: TaskID) async throws(DomainError) -> TaskRecord {
    let outcome = try await apply(event, to: id)
    if outcome.actions.contains(.stop), let host = try? await fleet.host(outcome.task.hostID) {
      // A host that does not answer now gets the request from the carrier when it is back.
      _ = try? await host.stop(outcome.task.attemptDirectory)
    }
    wake()
    return outcome.task
  }

  /// Puts an event through the machine and stores what came of it, with its events, in one step.
  ///
  /// Throws `not_found` when the task is gone.
  func apply(
    _ event: TaskMachine.Event, to id: TaskID, status: JobStatus? = nil, model: ModelRecord? = nil
  ) async throws(DomainError) -> (task: TaskRecord, actions: [TaskMachine.Action]) {
    while true {
      guard let current = try await tasks.task(id, owner: nil) else { throw .notFound("The task") }
      var machine = TaskMachine(current)
      let step = try machine.apply(event, at: clock.now())
      guard step.changed else { return (current, step.actions) }
      var change = TaskChange(task: machine.task)
      if case .progressed(let progress) = event {
        change.events = [TaskEvents.progressed(machine.task, progress)]
      } else {
        change.attempt = attempt(of: machine.task, status: status)
        change.events = [TaskEvents.changed(machine.task)]
      }
      if let model, step.actions.contains(.registerModel) {
        change.model = model
        change.events.append(TaskEvents.registered(model))
      }
      // Nil: somebody else changed the task meanwhile; decide again on what it is now.
      if let stored = try await tasks.update(change) {
        events.publish(stored.events)
        if case .progressed = event {} else { tell(stored.task) }
        return (stored.task, step.actions)
      }
    }
  }

  private func attempt(of task: TaskRecord, status: JobStatus?) -> AttemptRecord {
    AttemptRecord(
      taskID: task.id, number: task.attempt, directory: task.attemptDirectory, resumes: task.resumes,
      state: task.state, exitCode: status?.exitCode, signal: status?.signal, reason: task.reason,
      createdAt: task.queuedAt ?? task.createdAt, startedAt: task.startedAt, endedAt: task.endedAt)
  }

  private func tell(_ task: TaskRecord) {
    log.info(
      "task changed",
      [
        "task": task.id.rawValue, "state": task.state.rawValue, "attempt": String(task.attempt),
        "reason": task.reason?.rawValue ?? "",
      ])
  }

  /// Gives free slots away and returns the tasks that need a carrier now.
  private func schedule() async -> [TaskRecord] {
    do {
      var toCarry: [TaskRecord] = []
      let held = try await tasks.tasks(owner: nil, states: [.staging, .running], limit: 100_000)
      for task in held where carried[task.id] == nil {
        carried[task.id] = task.hostID
        toCarry.append(task)
      }
      for task in try await tasks.tasks(owner: nil, states: [.pending], limit: 100_000) {
        _ = try await apply(.accepted, to: task.id)
      }
      let waiting = try await tasks.tasks(owner: nil, states: [.queued], limit: 100_000)
      var free: [HostID: Int] = [:]
      for host in await fleet.hosts() {
        free[host.description.id] = host.description.slots - slotsInUse(on: host.description.id)
      }
      for task in TaskQueue.next(of: waiting, freeSlots: free) {
        let granted = try await apply(.slotGranted, to: task.id)
        guard granted.task.state == .staging, carried[task.id] == nil else { continue }
        carried[task.id] = task.hostID
        toCarry.append(granted.task)
      }
      return toCarry
    } catch {
      log.error("the queue could not be read", ["error": error.debugDescription])
      return []
    }
  }

  /// The carrier has nothing more to do for this task.
  func release(_ id: TaskID) {
    carried[id] = nil
    wake()
  }
}
