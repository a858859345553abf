/// The room there is on one reachable host, as it is given away.
struct HostRoom {
  enum Finding: Equatable {
    case room([GPUShare])
    case wait(QueueWait)
  }

  private let host: PlacementHost
  private let isUnreadable: Bool
  private var gpus: [GPUOccupancy]
  /// Kept for a task that has waited long.
  private var reserved: Set<String> = []
  /// Tasks on the processor.
  private var plain: Int
  private var lanes: Lanes
  /// Tasks that are on their way to a cluster.
  private var staging: Int

  init(host: PlacementHost, measurement: HostMeasurement, holders: [QueueEntry], at now: Timestamp) {
    self.host = host
    isUnreadable = measurement.gpusUnreadable
    staging = holders.count { $0.state == .staging }
    plain = holders.count { $0.assignedGPUs.isEmpty }
    var tasks: [String: Int] = [:]
    var services: [String: Int] = [:]
    for share in holders.flatMap(\.assignedGPUs) { tasks[share.uuid, default: 0] += 1 }
    for share in host.services { services[share.uuid, default: 0] += 1 }
    gpus = measurement.gpus.sorted { $0.index < $1.index }.map {
      GPUOccupancy($0, tasks: tasks[$0.uuid] ?? 0, services: services[$0.uuid] ?? 0)
    }
    lanes = Lanes(gpus, slots: host.slots, holders: holders, at: now)
  }

  /// How many GPUs the task is to have.
  private func wanted(_ entry: QueueEntry) -> Int {
    entry.gpuIDs.isEmpty ? entry.gpus ?? (gpus.isEmpty ? 0 : 1) : entry.gpuIDs.count
  }

  /// The GPUs it may choose from.
  private func candidates(_ entry: QueueEntry) -> [GPUOccupancy] {
    entry.gpuIDs.isEmpty ? gpus : gpus.filter { entry.gpuIDs.contains($0.gpu.index) }
  }

  /// Room for the task now, or what it waits for.
  ///
  /// Where it has waited too long for several GPUs, those that are free are kept for it.
  mutating func find(for entry: QueueEntry, at now: Timestamp) -> Finding {
    if host.isCluster { return staging < Placement.staging ? .room([]) : wait(.starting) }
    let asked = entry.gpuIDs.isEmpty ? entry.gpus : entry.gpuIDs.count
    if isUnreadable, asked != 0 { return wait(.gpusUnreadable) }
    let count = wanted(entry)
    if count == 0 { return plain < host.slots ? .room([]) : wait(.slotsFull) }
    let candidates = candidates(entry)
    guard candidates.count >= count else { return wait(.gpusMissing, entry.gpuIDs) }
    let free = candidates.filter { $0.obstacle(slots: host.slots) == nil && !reserved.contains($0.gpu.uuid) }
    if free.count >= count {
      let best = free.sorted {
        ($0.uses, $0.gpu.memoryUsed, $0.gpu.index) < ($1.uses, $1.gpu.memoryUsed, $1.gpu.index)
      }
      return .room(best.prefix(count).map(\.share).sorted { $0.index < $1.index })
    }
    let finding = wait(reason(candidates, count: count), entry.gpuIDs, candidates)
    if count > 1, reserved.isEmpty, now.seconds(since: entry.waitingSince) >= Placement.reservedAfter {
      reserved = Set(free.prefix(count).map(\.gpu.uuid))
    }
    return finding
  }

  mutating func take(_ shares: [GPUShare], for entry: QueueEntry) {
    if shares.isEmpty { plain += 1 }
    staging += 1
    for share in shares {
      if let place = gpus.firstIndex(where: { $0.gpu.uuid == share.uuid }) { gpus[place].tasks += 1 }
    }
    lanes.take(shares.map(\.uuid))
  }

  /// Seconds until the task probably starts, those before it having been asked first.
  mutating func expect(_ entry: QueueEntry) -> Double? {
    lanes.expect(candidates(entry).map(\.gpu.uuid), count: wanted(entry))
  }

  /// What would have to change for it to start, the most likely first.
  private func reason(_ candidates: [GPUOccupancy], count: Int) -> QueueReason {
    let obstacles = candidates.map { $0.obstacle(slots: host.slots) }
    if obstacles.count(where: { $0 == nil }) >= count { return .gpusReserved }
    let usable = obstacles.count { $0 != .unusable }
    if usable < count { return .gpuUnusable }
    if obstacles.contains(.busy) { return .gpusBusy }
    if obstacles.contains(.serving) { return .gpusServing }
    if obstacles.contains(.stranger) { return .gpuStranger }
    if obstacles.contains(.memory) { return .gpuMemory }
    return .gpusReserved
  }

  private func wait(
    _ reason: QueueReason, _ named: [Int] = [], _ candidates: [GPUOccupancy] = []
  ) -> Finding {
    var wait = QueueWait(reason: reason, hostName: host.name)
    wait.strangers = candidates.filter { $0.obstacle(slots: host.slots) == .stranger }.map(\.gpu.index)
    // A host with one GPU names it: there is no other to wait for.
    wait.gpus = named.isEmpty && gpus.count == 1 ? gpus.map(\.gpu.index) : named.sorted()
    return .wait(wait)
  }
}

/// When slots become free, as far as running tasks say how long they still take.
struct Lanes {
  /// Seconds until each slot is free: 0 where it is, infinite where that cannot be told.
  private var free: [String: [Double]] = [:]
  /// How long a task takes here, by those that run.
  private let typical: Double
  /// The name of the slots on the processor.
  private static let plain = ""

  init(_ gpus: [GPUOccupancy], slots: Int, holders: [QueueEntry], at now: Timestamp) {
    var left: [String: [Double]] = [:]
    var whole: [Double] = []
    for holder in holders {
      let seconds = holder.secondsLeft(at: now)
      if let elapsed = holder.elapsed, let remaining = holder.remaining { whole.append(elapsed + remaining) }
      let places = holder.assignedGPUs.isEmpty ? [Self.plain] : holder.assignedGPUs.map(\.uuid)
      for place in places { left[place, default: []].append(seconds ?? .infinity) }
    }
    typical = whole.isEmpty ? .infinity : whole.reduce(0, +) / Double(whole.count)
    free[Self.plain] = Self.padded(left[Self.plain] ?? [], to: slots)
    for place in gpus {
      let taken = (left[place.gpu.uuid] ?? []) + Array(repeating: .infinity, count: place.services)
      switch place.obstacle(slots: slots) {
      case .unusable, .stranger, .memory: free[place.gpu.uuid] = [.infinity]
      case .busy, .serving, nil: free[place.gpu.uuid] = Self.padded(taken, to: place.limit(slots: slots))
      }
    }
  }

  private static func padded(_ taken: [Double], to count: Int) -> [Double] {
    taken + Array(repeating: 0, count: max(0, count - taken.count))
  }

  /// A task takes a free slot of each of these now.
  mutating func take(_ places: [String]) {
    for place in places.isEmpty ? [Self.plain] : places { occupy(place, until: typical) }
  }

  /// Seconds until so many of these places have a free slot, which are then taken for a usual task's time.
  mutating func expect(_ places: [String], count: Int) -> Double? {
    let places = count == 0 ? [Self.plain] : places
    let soonest = places.map { ($0, free[$0]?.min() ?? .infinity) }.sorted { $0.1 < $1.1 }
      .prefix(max(1, count))
    guard soonest.count == max(1, count), let start = soonest.last?.1 else { return nil }
    for (place, _) in soonest { occupy(place, until: start + typical) }
    return start.isFinite ? start : nil
  }

  private mutating func occupy(_ place: String, until end: Double) {
    guard var slots = free[place], let soonest = slots.indices.min(by: { slots[$0] < slots[$1] }) else {
      return
    }
    slots[soonest] = end
    free[place] = slots
  }
}
