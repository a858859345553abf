package import Concurrency
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
  let gpuSamples: any GPUSampleStoring
  let gpuLedger: GPUSampleLedger
  let fleet: any HostFleet
  let events: EventBus
  let clock: WallClock
  let log: ServerLog
  let gauge: HostGauge
  private let serviceGPUs: ServiceGPUs
  private let queueWait: DurationHistogram
  let removals: PendingRemovals
  /// What is on its way to a host for a task that is being staged.
  var sendings: [TaskID: TaskSending] = [:]
  /// What the clusters said last of tasks in their queues.
  private var clusterJobs: [TaskID: ClusterJob] = [:]
  /// Tasks that hold a slot, or stand in a cluster's queue, and have a carrier.
  private var carried = CarriedTasks()
  /// When each user was given a slot last, so that users take turns also where only one task fits.
  private var served: [UserID: Timestamp] = [:]
  private let wakes: AsyncStream<Void>
  private let waker: AsyncStream<Void>.Continuation

  /// - Parameter queueWait: counts how long tasks waited for their slot.
  package init(
    tasks: any TaskStoring, datasets: any DatasetStoring, gpuSamples: any GPUSampleStoring,
    fleet: any HostFleet, gauge: HostGauge, serviceGPUs: ServiceGPUs, removals: PendingRemovals,
    events: EventBus, clock: WallClock, log: ServerLog, queueWait: DurationHistogram
  ) {
    self.tasks = tasks
    self.datasets = datasets
    self.gpuSamples = gpuSamples
    gpuLedger = GPUSampleLedger(store: gpuSamples, log: log)
    self.fleet = fleet
    self.gauge = gauge
    self.serviceGPUs = serviceGPUs
    self.removals = removals
    self.events = events
    self.clock = clock
    self.log = log
    self.queueWait = queueWait
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
      group.addTask { await self.gauge.run { self.wake() } }
      group.addTask { await self.removals.run() }
      group.addTask { await self.gpuLedger.run() }
      for await _ in wakes {
        if Task.isCancelled { break }
        for (task, host) in await schedule() {
          group.addTask { await TaskCarrier(supervisor: self, host: host).carry(task) }
        }
      }
      group.cancelAll()
    }
  }

  /// Looks at the queue again.
  package nonisolated func wake() { waker.yield() }

  /// Slots in use on a host.
  package func slotsInUse(on host: HostID) -> Int { carried.count(on: host) }

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
  // A copy of its frame in each of its callers' would be kept for as long as the task runs.
  @inline(never)
  func apply(
    _ event: TaskMachine.Event, to id: TaskID, status: JobStatus? = nil, model: ModelRecord? = nil
  ) async throws(DomainError) -> (task: TaskRecord, actions: [TaskMachine.Action]) {
    while true {
      guard let current = try await tasks.task(id, owner: nil) else { throw .notFound("The task") }
      let decision = try TaskDecision(
        on: event, status: status, model: model, of: current, at: clock.now())
      guard let change = decision.change else { return (current, decision.actions) }
      // Nil: somebody else changed the task meanwhile; decide again on what it is now.
      if let stored = try await tasks.update(change.value) {
        events.publish(stored.events)
        if case .progressed = event {} else { tell(stored.task) }
        return (stored.task, decision.actions)
      }
    }
  }

  /// What a cluster says of a task that waits there; nil: it does not wait any more.
  func note(_ job: ClusterJob?, of task: TaskID) { clusterJobs[task] = job }

  private func tell(_ task: TaskRecord) {
    log.info(
      "task changed",
      [
        "task": task.id.rawValue, "state": task.state.rawValue, "attempt": String(task.attempt),
        "reason": task.reason?.rawValue ?? "",
      ])
  }

  /// Gives free slots away and returns the tasks that need a carrier now.
  private func schedule() async -> [(TaskID, HostID)] {
    do {
      var toCarry: [(TaskID, HostID)] = []
      let entries = try await tasks.queue()
      for entry in entries where entry.isCarried && !carried.contains(entry.id) {
        carried.add(entry.id, on: entry.hostID)
        served[entry.userID] = served[entry.userID] ?? entry.waitingSince
        toCarry.append((entry.id, entry.hostID))
      }
      for entry in entries where entry.state == .pending {
        _ = try await apply(.accepted, to: entry.id)
        wake()
      }
      let waiting = entries.filter(\.isWaiting)
      await gauge.setWaitedFor(Set(waiting.map(\.hostID)))
      if waiting.isEmpty { return toCarry }
      for grant in await place(entries).grants {
        let granted = try await apply(.slotGranted(grant.gpus), to: grant.task)
        guard granted.task.state == .staging, !carried.contains(grant.task) else { continue }
        served[granted.task.userID] = clock.now()
        if let since = granted.task.queuedAt { queueWait.record(seconds: clock.now().seconds(since: since)) }
        carried.add(grant.task, on: granted.task.hostID)
        toCarry.append((grant.task, granted.task.hostID))
      }
      return toCarry
    } catch {
      log.error("the queue could not be read", ["error": error.debugDescription])
      return []
    }
  }

  private func place(_ entries: [QueueEntry]) async -> Placement {
    // The others have nothing to give away, and there may be a thousand.
    let waitedFor = Set(entries.lazy.filter(\.isWaiting).map(\.hostID))
    var hosts: [HostID: PlacementHost] = [:]
    for id in waitedFor {
      guard let host = try? await fleet.host(id) else { continue }
      let description = host.description
      hosts[description.id] = PlacementHost(
        name: description.name, slots: description.slots, view: await gauge.view(of: description.id),
        services: await serviceGPUs.shares(on: description.id), isCluster: description.cluster != nil)
    }
    return Placement(entries, hosts: hosts, served: served, at: clock.now())
  }

  /// Why each waiting task waits, and its place.
  func waits() async throws(DomainError) -> [TaskID: QueueWait] {
    let entries = try await tasks.queue()
    let placement = await place(entries)
    var waits = placement.waits
    for grant in placement.grants {
      let host = entries.first { $0.id == grant.task }?.hostID
      waits[grant.task] = QueueWait(
        reason: .starting, hostName: host?.rawValue ?? "", gpus: grant.gpus.map(\.index), expected: 0)
    }
    let submitted = entries.filter(\.isSubmitted)
    if submitted.isEmpty { return waits }
    let names = Dictionary(
      await fleet.hosts().map { ($0.description.id, $0.description.name) },
      uniquingKeysWith: { first, _ in first })
    for entry in submitted {
      let job = clusterJobs[entry.id] ?? ClusterJob(id: "", state: .pending)
      waits[entry.id] = QueueWait(
        job, hostName: names[entry.hostID] ?? entry.hostID.rawValue, at: clock.now())
    }
    return waits
  }

  /// Seconds between two records of one task's progress: four a second is as live as a person can see, and
  /// each is a durable write, so with many tasks each is written less often.
  func progressInterval() -> Double { max(0.25, 0.01 * Double(carried.count)) }

  /// The carrier has nothing more to do for this task.
  func release(_ id: TaskID) {
    carried.remove(id)
    clusterJobs[id] = nil
    wake()
  }
}
