import Domain
import Testing

@Suite struct ClusterTests {
  let now = Timestamp(milliseconds: 1_000)

  func machine(_ state: TaskState, job: String? = nil, cancelRequested: Bool = false) -> TaskMachine {
    TaskMachine(
      TaskRecord(
        id: TaskID(rawValue: "t"), userID: UserID(rawValue: "u"), name: "n", modelName: "m",
        datasetPath: "d", datasetIDs: [], epochs: 3, learningRate: 5e-5, batchSize: 4, arguments: "{}",
        template: "qwen", hostID: HostID(rawValue: "c"), outputDirectory: "/o", createdAt: now,
        state: state, cancelRequested: cancelRequested, clusterJob: job))
  }

  // MARK: What is asked for

  @Test func `what no cluster could mean is refused, and what could be an option is never a value`() throws {
    let good = ClusterRequest(
      partition: "gpu,long", account: "lab_1", qos: "normal", gres: "gpu:h100:2,shard:1",
      constraint: "rack[1-2]", minutes: 60, nodes: 2, cpus: 8, memory: 64_000)
    try good.check()
    for text in ["--wrap=id", "-p", "", "a b", "a;b", "a\nb", "$(id)", "`id`", "a|b", "[a]", "ä", "'x'"] {
      for path in [
        \ClusterRequest.partition, \.account, \.qos, \.gres, \.constraint,
      ] as [WritableKeyPath<ClusterRequest, String?>] {
        var request = ClusterRequest()
        request[keyPath: path] = text
        #expect(throws: DomainError.self, "\(text)") { try request.check() }
      }
    }
    for path in [\ClusterRequest.minutes, \.nodes, \.cpus, \.memory]
      as [WritableKeyPath<ClusterRequest, Int?>]
    {
      for number in [0, -1, Int.max] {
        var request = ClusterRequest()
        request[keyPath: path] = number
        let problem = #expect(throws: DomainError.self) { try request.check() }
        #expect(problem?.faults.map(\.field).first?.hasPrefix("slurm.") == true)
      }
    }
  }

  @Test func `what a model's job asks for is checked as a task's is`() throws {
    try ClusterSettings(serving: ClusterRequest(partition: "serve", gres: "none", minutes: 5)).check()
    let wrong = [ClusterRequest(partition: "--wrap=id"), ClusterRequest(qos: "a b"), ClusterRequest(cpus: 0)]
    for serving in wrong {
      let problem = #expect(throws: DomainError.self) { try ClusterSettings(serving: serving).check() }
      #expect(problem?.faults.map(\.field).first?.hasPrefix("slurm.serving.") == true)
    }
  }

  @Test func `what keeps jobs from a cluster is said with its cure, the nearest cause first`() {
    func facts(_ version: String?, answers: Bool = true, missing: [String] = []) -> ClusterFacts {
      ClusterFacts(
        version: version, isAnswering: answers, problem: nil,
        partitions: ["debug", "high"].map {
          .init(
            name: $0, isDefault: $0 == "debug", isUp: true, minutes: nil, nodes: 1, idle: 1, cpus: 1,
            memory: 1,
            gres: [])
        }, hasAccounting: false, time: now, missing: missing)
    }
    #expect(facts("slurm 22.05.8").obstacle == nil)
    #expect(facts("slurm 22.05.8").obstacle(to: nil) == nil)
    #expect(facts("slurm 22.05.8").obstacle(to: "high") == nil)
    let missing = facts("slurm 22.05.8").obstacle(to: "gone")
    #expect(
      missing?.message == "The cluster has no partition gone." && missing?.cure == "It has: debug, high.")
    let silent = facts("slurm 22.05.8", answers: false).obstacle(to: "gone")
    #expect(silent?.message == "slurm 22.05.8: the controller does not answer.")
    let none = facts(nil, answers: false).obstacle(to: "gone")
    #expect(none?.message == "sbatch was not found on the login node." && none?.cure.isEmpty == false)
    let half = facts("slurm 22.05.8", missing: ["squeue", "scancel"]).obstacle(to: "gone")
    #expect(half?.message == "squeue, scancel were not found on the login node." && half?.cure == none?.cure)
    #expect(facts(nil, missing: ["sbatch"]).obstacle?.message == none?.message)
  }

  @Test func `what a task says goes before what its host says`() {
    let host = ClusterRequest(partition: "gpu", account: "lab", gres: "gpu:h100:1", minutes: 60)
    let task = ClusterRequest(partition: "long", minutes: 600)
    #expect(
      task.over(host)
        == ClusterRequest(partition: "long", account: "lab", gres: "gpu:h100:1", minutes: 600))
    #expect(host.asking(gpus: 4).gres == "gpu:h100:4")
    #expect(host.asking(gpus: nil).gres == "gpu:h100:1")
    #expect(host.asking(gpus: 0).gres == nil)
    #expect(ClusterRequest().asking(gpus: 2).gres == "gpu:2")
    #expect(
      [nil, "gpu", "gpu:2", "gpu:h100:3", "shard:9", "shard:1,gpu:a:5"].map { ClusterRequest(gres: $0).gpus }
        == [0, 1, 2, 3, 0, 5])
  }

  @Test func `models are served in jobs of one node unless the host says otherwise`() {
    func host(_ kind: HostDescription.Kind, _ cluster: ClusterSettings) -> HostDescription {
      HostDescription(
        id: HostID(rawValue: "lab"), name: "lab", kind: kind, userDataDirectory: "/d", slots: 1,
        cluster: cluster)
    }
    let asked = ClusterSettings(
      tasks: ClusterRequest(partition: "gpu", gres: "gpu:1", nodes: 4, memory: 9000))
    #expect(
      host(.slurm, asked).serviceRequest
        == ClusterRequest(partition: "gpu", gres: "gpu:1", nodes: 1, memory: 9000))
    #expect(host(.slurm, ClusterSettings(services: .jobs)).serviceRequest != nil)
    var other = asked
    other.serving = ClusterRequest(
      partition: "serve", account: "chat", qos: "low", gres: "none", minutes: 30, memory: 500)
    #expect(
      host(.slurm, other).serviceRequest
        == ClusterRequest(
          partition: "serve", account: "chat", qos: "low", gres: "none", minutes: 30, nodes: 1, memory: 500))
    #expect(host(.slurm, ClusterSettings(services: .loginNode)).serviceRequest == nil)
    #expect(host(.ssh, asked).serviceRequest == nil)
  }

  @Test func `a request comes back from its stored text as it was`() {
    let request = ClusterRequest(
      partition: "a=b", account: "c", qos: "d", gres: "gpu:1", constraint: "e", minutes: 1, nodes: 2, cpus: 3,
      memory: 4)
    #expect(ClusterRequest(text: request.text) == request)
    for services in ClusterSettings.Services.allCases {
      #expect(ClusterSettings(text: ClusterSettings(services: services).text).services == services)
    }
    var cluster = ClusterSettings(tasks: request)
    #expect(cluster.text == request.text && ClusterSettings(text: cluster.text) == cluster)
    cluster.serving = ClusterRequest(
      partition: "x", account: "c", qos: "d", gres: "none", constraint: "e", minutes: 7, cpus: 8, memory: 9)
    cluster.services = .loginNode
    #expect(ClusterSettings(text: cluster.text) == cluster)
    // As it is written: what is stored already is read by this.
    let stored = ClusterSettings(
      tasks: ClusterRequest(partition: "p"), services: .jobs, serving: ClusterRequest(qos: "a", cpus: 2))
    #expect(stored.text == "partition=p\nservices=jobs\nserving.qos=a\nserving.cpus=2")
    #expect(ClusterRequest(text: stored.text) == ClusterRequest(partition: "p"))
    #expect(ClusterRequest().text == nil)
    #expect(ClusterRequest(text: nil) == ClusterRequest())
  }

  @Test func `only a cluster takes slurm settings`() throws {
    var host = HostRecord(
      id: .make(), name: "h", address: "h", cluster: ClusterSettings(tasks: ClusterRequest(partition: "gpu")),
      createdAt: now)
    #expect(throws: DomainError.self) { try host.check() }
    host = HostRecord(
      id: .make(), kind: .slurm, name: "h", address: "localhost",
      cluster: ClusterSettings(tasks: ClusterRequest(partition: "gpu")),
      createdAt: now)
    try host.check()
    #expect(host.isHere)
    #expect(!HostRecord(id: .make(), name: "h", address: "localhost", createdAt: now).isHere)
  }

  // MARK: The life of a task

  @Test func `a task waits in the cluster's queue, runs, and ends`() throws {
    var machine = machine(.staging)
    #expect(try machine.apply(.submitted(job: "7"), at: now).actions == [.watch])
    #expect(machine.task.state == .queued && machine.task.isSubmitted && machine.task.isCarried)
    #expect(try !machine.apply(.submitted(job: "7"), at: now).changed)
    // It is not given a slot here, whatever the queue says.
    #expect(try machine.apply(.slotGranted([]), at: now) == .unchanged)
    #expect(throws: DomainError.self) { try machine.apply(.priorityChanged(2), at: now) }
    #expect(try machine.apply(.launched(startedAt: nil), at: now).actions == [.watch])
    #expect(machine.task.state == .running)
    #expect(try machine.apply(.submitted(job: "7"), at: now) == .unchanged)
    #expect(try machine.apply(.ended(TaskEnding(state: .completed)), at: now).actions == [.releaseSlot])
  }

  @Test func `a task in the cluster's queue is cancelled there, not here`() throws {
    var machine = machine(.queued, job: "7")
    #expect(try machine.apply(.cancelRequested, at: now).actions == [.stop])
    #expect(machine.task.state == .queued)
    let end = TaskEnding(state: .cancelled, reason: .cancelled)
    #expect(try machine.apply(.ended(end), at: now).actions == [.releaseSlot])
    #expect(machine.task.state == .cancelled)
  }

  @Test func `a displaced task is a new attempt from its checkpoint, under no old number`() throws {
    var machine = machine(.running, job: "7")
    let ending = TaskEnding(state: .failed, reason: .preempted)
    #expect(try machine.apply(.displaced(ending), at: now).actions == [.releaseSlot])
    #expect(machine.task.state == .queued && !machine.task.isSubmitted)
    #expect(machine.task.attempt == 2 && machine.task.resumes && machine.task.reason == nil)
    // The same is told again, after a reconnect.
    #expect(try machine.apply(.displaced(ending), at: now) == .unchanged)
    #expect(machine.task.attempt == 2)
  }

  @Test func `a displaced task that was to be cancelled is cancelled`() throws {
    var machine = machine(.running, job: "7", cancelRequested: true)
    _ = try machine.apply(.displaced(TaskEnding(state: .failed, reason: .preempted)), at: now)
    #expect(
      machine.task.state == .cancelled && machine.task.reason == .cancelled && machine.task.attempt == 1)
  }

  @Test func `a task in the queue of a cluster that does not answer is as it was`() throws {
    var machine = machine(.queued, job: "7")
    #expect(try machine.apply(.hostLost(since: now), at: now).changed)
    #expect(machine.task.unreachableSince == now && machine.task.isSubmitted)
    #expect(try machine.apply(.hostBack, at: now).changed)
    #expect(machine.task.unreachableSince == nil)
  }

  // MARK: Its place and its end

  @Test func `a cluster takes tasks at once, so many on their way at a time, whatever its slots`() {
    let load = HostMeasurement(
      gpus: [], gpuNote: nil, cpuPercent: nil, loadAverage: 0, memoryTotal: 0, memoryAvailable: 0,
      diskTotal: 0,
      diskFree: 0)
    let host = PlacementHost(name: "c", slots: 1, view: .seen(load), isCluster: true)
    func entry(_ number: Int, _ state: TaskState, submitted: Bool = false) -> QueueEntry {
      QueueEntry(
        id: TaskID(rawValue: "t\(number)"), userID: UserID(rawValue: "u"), hostID: HostID(rawValue: "c"),
        state: state, gpus: 8, waitingSince: now, isSubmitted: submitted)
    }
    let inQueue = (0..<40).map { entry($0, .queued, submitted: true) }
    let waiting = (100..<120).map { entry($0, .queued) }
    let placement = Placement(
      inQueue + waiting + [entry(200, .staging), entry(201, .running)], hosts: [HostID(rawValue: "c"): host],
      at: now)
    #expect(placement.grants.count == Placement.staging - 1)
    #expect(placement.grants.allSatisfy { $0.gpus.isEmpty })
    #expect(placement.waits.count == waiting.count - placement.grants.count)
  }

  @Test func `every end of Slurm's has its reason, where the trainer itself has none`() {
    let reasons: [ClusterJob.State: EndReason] = [
      .timeout: .timeLimit, .deadline: .clusterDeadline, .cancelled: .clusterCancelled,
      .revoked: .clusterCancelled, .preempted: .preempted, .requeued: .requeued, .nodeFail: .nodeFailed,
      .bootFail: .nodeFailed, .launchFailed: .nodeFailed, .outOfMemory: .clusterMemory,
    ]
    for state in ClusterJob.State.allCases {
      var evidence = EndEvidence(ending: .vanished, logTail: "step 1\n")
      evidence.cluster = ClusterJob(id: "7", state: state, nodes: "gn1")
      #expect(FailureReading.read(evidence)?.reason == reasons[state] ?? .lost, "\(state)")
      evidence.ending = .signalled(15)
      #expect(FailureReading.read(evidence)?.reason == reasons[state] ?? .killedBySignal, "\(state)")
      evidence.stopped = true
      #expect(FailureReading.read(evidence)?.reason == .cancelled, "\(state)")
    }
    // What ended by itself is judged by what it left.
    var evidence = EndEvidence(ending: .exited(0), hasResults: true)
    evidence.cluster = ClusterJob(id: "7", state: .timeout)
    #expect(FailureReading.read(evidence) == nil)
    evidence.ending = .exited(2)
    #expect(FailureReading.read(evidence)?.reason == .badArguments)
  }

  @Test func `a job that fails before it wrote anything points at the shared folder`() {
    var evidence = EndEvidence(ending: .vanished)
    evidence.cluster = ClusterJob(id: "7", state: .failed)
    let reading = FailureReading.read(evidence)
    #expect(reading?.reason == .launchFailed)
    #expect(reading?.detail?.contains("share") == true)
  }

  @Test func `a place in a cluster's queue is told in words, and no word of Slurm's that is not known`() {
    func wait(_ reason: String?, ahead: Int? = 3, away: Timestamp? = nil) -> QueueWait {
      QueueWait(
        ClusterJob(
          id: "7", state: .pending, reason: reason, expectedStart: now.adding(seconds: 2_400), ahead: ahead,
          awaySince: away), hostName: "c", at: now)
    }
    #expect(
      wait("Priority").message
        == "Waits in the queue of c, behind jobs of higher priority, 3 ahead, about 40 min.")
    #expect(wait("Priority").messageZh == "在 c 上的 Slurm 队列中等待，前面有优先级更高的作业，前面还有 3 个训练，约 40 分钟。")
    #expect(wait("QOSMaxGRESPerUser", ahead: 0).message.contains("a limit of its QOS"))
    #expect(wait("(ReqNodeNotAvail, UnavailableNodes:gn1)").message.contains("down or reserved"))
    #expect(!wait("SomethingNew").message.contains("SomethingNew"))
    #expect(wait(nil, away: now).reason == .clusterAway)
    #expect(wait(nil, away: now).unreachableSince == now)
  }
}
