import Domain
import Testing

@Suite struct PlacementTests {
  let now = Timestamp(milliseconds: 10_000_000)

  @Test func `a task without a wish gets the emptiest free GPU, and none on the processor`() {
    let queue = TestQueue(gpus: [.free(0, used: 400 << 20), .free(1), .free(2)])
    #expect(queue.given([.waiting("a")])["a"] == [1])
    #expect(TestQueue(gpus: []).given([.waiting("a")])["a"] == [])
    #expect(queue.given([.waiting("a", gpus: 0)])["a"] == [])
  }

  @Test func `slots count for each GPU, and on the processor in all`() {
    let names = ["a", "b", "c", "d", "e"]
    let two = TestQueue(gpus: [.free(0), .free(1)], slots: 2)
    let given = two.given(names.map { .waiting($0) })
    #expect(given.count == 4)
    #expect(given.values.flatMap(\.self).sorted() == [0, 0, 1, 1])
    let plain = TestQueue(gpus: [], slots: 2)
    let placement = plain.place(names.map { .waiting($0) })
    #expect(placement.grants.count == 2)
    #expect(placement.waits.values.map(\.reason) == [.slotsFull, .slotsFull, .slotsFull])
    #expect(placement.waits.values.map(\.ahead).sorted() == [0, 1, 2])
  }

  @Test func `a stranger's process keeps a GPU from everybody, and is named`() throws {
    let queue = TestQueue(gpus: [.free(0), .held(1, by: .stranger, used: 100 << 20)])
    #expect(queue.given([.waiting("a"), .waiting("b")]) == ["a": [0]])
    let wait = try #require(queue.place([.waiting("a", gpuIDs: [1])]).waits["a"])
    #expect(wait.reason == .gpuStranger && wait.strangers == [1] && wait.gpus == [1])
    #expect(wait.message == "Waits for GPU 1 on gpu1, where somebody else computes.")
    // Room for more of ours does not let us join a stranger.
    let shared = TestQueue(gpus: [.held(0, by: .stranger)], slots: 4)
    #expect(shared.given([.running("r", on: [0]), .waiting("a")]).isEmpty)
  }

  @Test func `a process that the host does not show is ours where we train, a stranger's elsewhere`() {
    let queue = TestQueue(gpus: [.held(0, by: .unknown, used: 9 << 30)], slots: 2)
    #expect(queue.given([.waiting("a")]).isEmpty)
    #expect(queue.given([.running("r", on: [0]), .waiting("a")])["a"] == [0])
  }

  @Test func `memory that nobody explains keeps a GPU, a desktop's does not`() {
    #expect(TestQueue(gpus: [.free(0, used: 6 << 30)]).reason(.waiting("a")) == .gpuMemory)
    #expect(TestQueue(gpus: [.free(0, used: 700 << 20)]).given([.waiting("a")])["a"] == [0])
    let mixed = TestQueue(gpus: [.held(0, by: .ours, used: 60 << 30, explained: 10 << 30)], slots: 2)
    #expect(mixed.place([.running("r", on: [0]), .waiting("a")]).waits["a"]?.reason == .gpuMemory)
  }

  @Test func `a GPU on which our own job is just ending is not given yet`() {
    #expect(TestQueue(gpus: [.held(0, by: .ours)]).reason(.waiting("a")) == .gpusBusy)
  }

  @Test func `divided and closed GPUs are not given, and an exclusive one takes one task`() {
    #expect(TestQueue(gpus: [.free(0, partitioned: true)]).reason(.waiting("a")) == .gpuUnusable)
    #expect(TestQueue(gpus: [.free(0, mode: "Prohibited")]).reason(.waiting("a")) == .gpuUnusable)
    let exclusive = TestQueue(gpus: [.free(0, mode: "Exclusive_Process")], slots: 3)
    #expect(exclusive.given([.waiting("a"), .waiting("b")]).count == 1)
  }

  @Test func `a loaded model takes a GPU's slot, and says so`() {
    let queue = TestQueue(gpus: [.held(0, by: .ours, used: 9 << 30)], services: [0])
    #expect(queue.reason(.waiting("a")) == .gpusServing)
    let roomy = TestQueue(gpus: [.held(0, by: .ours, used: 9 << 30)], slots: 2, services: [0])
    #expect(roomy.given([.waiting("a"), .waiting("b")]) == ["a": [0]])
  }

  @Test func `several GPUs are given together, those named or none`() {
    let queue = TestQueue(gpus: [.free(0), .free(1), .free(2), .free(3)])
    #expect(queue.given([.waiting("a", gpus: 3)])["a"] == [0, 1, 2])
    #expect(queue.given([.waiting("a", gpuIDs: [3, 1])])["a"] == [1, 3])
    let placement = queue.place([.running("r", on: [1]), .waiting("a", gpuIDs: [3, 1])])
    #expect(placement.grants.isEmpty)
    #expect(placement.waits["a"]?.message == "Waits for GPUs 1, 3 on gpu1.")
  }

  @Test func `more GPUs than there are, or others, wait with that reason`() {
    let queue = TestQueue(gpus: [.free(0)])
    #expect(queue.reason(.waiting("a", gpus: 2)) == .gpusMissing)
    #expect(queue.reason(.waiting("a", gpuIDs: [5])) == .gpusMissing)
    #expect(TestQueue(gpus: [], unreadable: true).reason(.waiting("a")) == .gpusUnreadable)
    #expect(TestQueue(gpus: [], unreadable: true).given([.waiting("a", gpus: 0)])["a"] == [])
  }

  @Test func `priority goes first, then the user with fewer slots, then the longest waiting`() {
    let queue = TestQueue(gpus: [.free(0), .free(1)])
    let placement = queue.place([
      .running("r", of: "ann", on: [0]), .running("s", of: "ann", on: [1]),
      .waiting("old", of: "ann", since: 1), .waiting("older", of: "ann", since: 0),
      .waiting("new", of: "bob", since: 5), .waiting("newer", of: "bob", since: 6),
      .waiting("urgent", of: "ann", priority: 3, since: 9),
    ])
    #expect(placement.order == ["urgent", "new", "newer", "older", "old"])
  }

  @Test func `a user with a hundred tasks does not keep another out`() {
    let flood = (0..<100).map { QueueEntry.waiting("a\($0 + 100)", of: "ann", since: $0) }
    let entries = flood + [.waiting("b1", of: "bob", since: 500), .waiting("b2", of: "bob", since: 501)]
    let given = TestQueue(gpus: (0..<4).map { .free($0) }).given(entries)
    #expect(Set(given.keys) == ["a100", "b1", "a101", "b2"])
    let placement = TestQueue(gpus: [.free(0)]).place(entries)
    #expect(placement.grants.map(\.task.rawValue) == ["a100"])
    #expect(placement.order.prefix(4) == ["b1", "a101", "b2", "a102"])
  }

  @Test func `where only one task fits, users take turns`() {
    let queue = TestQueue(gpus: [.free(0)])
    let entries = [
      QueueEntry.waiting("a1", of: "ann", since: 0), .waiting("a2", of: "ann", since: 1),
      .waiting("b1", of: "bob", since: 2), .waiting("c1", of: "cy", since: 3),
    ]
    func first(_ served: [String: Int64]) -> String? {
      let times = served.map { (UserID(rawValue: $0.key), Timestamp(milliseconds: $0.value)) }
      return Placement(
        entries, hosts: [HostID(rawValue: "gpu1"): queue.host],
        served: Dictionary(uniqueKeysWithValues: times), at: now
      ).grants.first?.task.rawValue
    }
    #expect(first([:]) == "a1")
    #expect(first(["ann": 5]) == "b1")
    #expect(first(["ann": 5, "bob": 6]) == "c1")
    #expect(first(["ann": 5, "bob": 6, "cy": 7]) == "a1")
    #expect(first(["ann": 9, "bob": 6, "cy": 7]) == "b1")
  }

  @Test func `what cannot start does not hold up those after it`() {
    let queue = TestQueue(gpus: [.held(0, by: .stranger), .free(1)])
    #expect(
      queue.given([.waiting("pinned", gpuIDs: [0], since: 0), .waiting("any", since: 1)]) == ["any": [1]])
  }

  @Test func `a task with several GPUs that has waited long has what is free kept for it`() {
    let queue = TestQueue(gpus: [.free(0), .free(1)])
    let running = QueueEntry.running("r", of: "cy", on: [0])
    let late = QueueEntry.waiting("late", of: "bob", since: 9_999)
    let young = queue.place([running, .waiting("wide", gpus: 2, since: 9_700), late])
    #expect(young.grants.map(\.task.rawValue) == ["late"])
    let old = queue.place([running, .waiting("wide", gpus: 2, since: 9_000), late])
    #expect(old.grants.isEmpty)
    #expect(old.waits["late"]?.reason == .gpusReserved)
    #expect(old.waits["wide"]?.reason == .gpusBusy)
    // Whoever has the higher priority does not wait for it.
    let urgent = queue.place([
      running, .waiting("wide", gpus: 2, since: 9_000),
      .waiting("urgent", of: "bob", priority: 1, since: 9_999),
    ])
    #expect(urgent.grants.map(\.task.rawValue) == ["urgent"])
    // And it starts when there is enough.
    #expect(queue.given([.waiting("wide", gpus: 2, since: 9_000), late])["wide"] == [0, 1])
  }

  @Test func `the time to wait comes from what running tasks say`() throws {
    let queue = TestQueue(gpus: [.held(0, by: .ours), .held(1, by: .ours)])
    let running = [
      QueueEntry.running("r", of: "ann", on: [0], elapsed: 600, remaining: 1_800),
      .running("s", of: "ann", on: [1], elapsed: 600, remaining: 3_000),
    ]
    let placement = queue.place(
      running + [
        .waiting("a", of: "u1", since: 0), .waiting("b", of: "u2", since: 1),
        .waiting("c", of: "u3", since: 2),
      ])
    #expect(placement.order == ["a", "b", "c"])
    #expect(placement.waits["a"]?.expected == 1_800)
    #expect(placement.waits["b"]?.expected == 3_000)
    // A usual task takes 3,000 s here.
    #expect(placement.waits["c"]?.expected == 4_800)
    #expect(
      placement.waits["c"]?.message == "Waits for a GPU on gpu1, 2 ahead, about 80 min.",
      "\(placement.waits["c"]?.message ?? "")")
    #expect(placement.waits["c"]?.messageZh == "等待 gpu1 上的一块 GPU，前面还有 2 个训练，约 80 分钟。")
    let silent = queue.place([.running("r", on: [0]), .running("s", on: [1]), .waiting("a")])
    #expect(silent.waits["a"]?.expected == nil)
  }

  @Test func `what a task said a while ago is reckoned from then`() {
    let queue = TestQueue(gpus: [.held(0, by: .ours)])
    let entry = QueueEntry.running("r", on: [0], elapsed: 1, remaining: 100, saidAt: 9_940)
    #expect(queue.place([entry, .waiting("a")]).waits["a"]?.expected == 40)
  }

  @Test func `a host that is away holds up only its own tasks`() {
    let there = HostID(rawValue: "there")
    let hosts = [
      HostID(rawValue: "gpu1"): PlacementHost(name: "gpu1", slots: 1, view: .unreachable(since: now)),
      there: PlacementHost(name: "there", slots: 1, view: .seen(.of([.free(0)]))),
    ]
    let placement = Placement(
      [
        .waiting("a"), .waiting("b"), .waiting("c", host: there),
        .waiting("d", host: HostID(rawValue: "gone")),
      ],
      hosts: hosts, at: now)
    #expect(placement.grants.map(\.task.rawValue) == ["c"])
    #expect(placement.waits["a"]?.reason == .hostUnreachable)
    #expect(placement.waits["a"]?.unreachableSince == now)
    #expect(placement.waits["b"]?.ahead == 1)
    #expect(placement.waits["d"]?.reason == .hostMissing)
    let unseen = Placement(
      [.waiting("a")],
      hosts: [HostID(rawValue: "gpu1"): PlacementHost(name: "gpu1", slots: 1, view: .notSeen)], at: now)
    #expect(unseen.grants.isEmpty && unseen.waits["a"]?.reason == .hostNotSeen)
  }

  @Test func `every reason has its words in both languages`() {
    for reason in QueueReason.allCases {
      let wait = QueueWait(
        reason: reason, hostName: "gpu1", gpus: [0], strangers: [1], ahead: 1, expected: 61)
      #expect(wait.message.contains("gpu1") && wait.message.contains("1 ahead, about 1 min"))
      #expect(wait.messageZh.contains("gpu1") && wait.messageZh.contains("前面还有 1 个训练"))
    }
  }

  @Test func `the server's own machine has a Chinese name`() {
    for reason in QueueReason.allCases {
      let wait = QueueWait(reason: reason, hostName: HostDescription.thisMachine, gpus: [0])
      #expect(wait.message.contains("this machine") && !wait.message.contains("This machine"))
      #expect(wait.messageZh.contains("本机") && !wait.messageZh.contains("machine"), "\(wait.messageZh)")
      #expect(!wait.messageZh.contains("本机 ") && !wait.messageZh.contains(" 本机"), "\(wait.messageZh)")
    }
  }

  @Test func `shares of GPUs survive being stored`() {
    let shares = [GPUShare(index: 0, uuid: "GPU-a"), GPUShare(index: 11, uuid: "MIG-b=c")]
    #expect(GPUShare.list(GPUShare.text(shares)) == shares)
    #expect(GPUShare.text([]) == nil && GPUShare.list(nil) == [] && GPUShare.list("x,=,1=") == [])
  }
}

/// One host called gpu1, and what a queue makes of it at 10,000 s.
private struct TestQueue {
  let host: PlacementHost

  init(gpus: [HostMeasurement.GPU], slots: Int = 1, services: [Int] = [], unreadable: Bool = false) {
    host = PlacementHost(
      name: "gpu1", slots: slots, view: .seen(.of(gpus, unreadable: unreadable)),
      services: services.map { GPUShare(index: $0, uuid: "GPU-\($0)") })
  }

  func place(_ entries: [QueueEntry]) -> Placement {
    Placement(entries, hosts: [HostID(rawValue: "gpu1"): host], at: Timestamp(milliseconds: 10_000_000))
  }

  func given(_ entries: [QueueEntry]) -> [String: [Int]] {
    Dictionary(
      uniqueKeysWithValues: place(entries).grants.map { ($0.task.rawValue, $0.gpus.map(\.index)) })
  }

  func reason(_ entry: QueueEntry) -> QueueReason? { place([entry]).waits[entry.id]?.reason }
}

extension Placement {
  /// The waiting tasks, the next one first.
  fileprivate var order: [String] { waits.sorted { $0.value.ahead < $1.value.ahead }.map(\.key.rawValue) }
}

extension [TaskID: QueueWait] {
  fileprivate subscript(name: String) -> QueueWait? { self[TaskID(rawValue: name)] }
}

extension HostMeasurement {
  fileprivate static func of(_ gpus: [GPU], unreadable: Bool = false) -> HostMeasurement {
    HostMeasurement(
      gpus: gpus, gpuNote: nil, gpusUnreadable: unreadable, cpuPercent: nil, loadAverage: 0, memoryTotal: 0,
      memoryAvailable: 0, diskTotal: 0, diskFree: 0)
  }
}

extension HostMeasurement.GPU {
  fileprivate static func free(
    _ index: Int, used: Int64 = 0, mode: String? = "Default", partitioned: Bool = false,
    processes: [GPUProcess] = []
  ) -> Self {
    Self(
      index: index, name: "NVIDIA H100", uuid: "GPU-\(index)", memoryTotal: 80 << 30, memoryUsed: used,
      utilization: nil, temperature: nil, power: nil, computeMode: mode, isPartitioned: partitioned,
      processes: processes)
  }

  fileprivate static func held(
    _ index: Int, by owner: GPUProcess.Owner, used: Int64 = 0, explained: Int64? = nil
  ) -> Self {
    .free(
      index, used: used,
      processes: [GPUProcess(processID: 7, owner: owner, user: "u", name: "python", memory: explained)])
  }
}

extension QueueEntry {
  fileprivate static func waiting(
    _ id: String, of user: String = "ann", host: HostID = HostID(rawValue: "gpu1"), priority: Int = 0,
    gpus: Int? = nil, gpuIDs: [Int] = [], since: Int = 0
  ) -> QueueEntry {
    QueueEntry(
      id: TaskID(rawValue: id), userID: UserID(rawValue: user), hostID: host, state: .queued,
      priority: priority, gpus: gpus, gpuIDs: gpuIDs,
      waitingSince: Timestamp(milliseconds: Int64(since) * 1000))
  }

  fileprivate static func running(
    _ id: String, of user: String = "ann", on gpus: [Int], elapsed: Double? = nil, remaining: Double? = nil,
    saidAt: Int = 10_000
  ) -> QueueEntry {
    QueueEntry(
      id: TaskID(rawValue: id), userID: UserID(rawValue: user), hostID: HostID(rawValue: "gpu1"),
      state: .running, assignedGPUs: gpus.map { GPUShare(index: $0, uuid: "GPU-\($0)") },
      waitingSince: Timestamp(milliseconds: 0), elapsed: elapsed, remaining: remaining,
      updatedAt: Timestamp(milliseconds: Int64(saidAt) * 1000))
  }
}
