/// Whether a GPU can be given, and what stands against it.
package enum GPUObstacle: Sendable, Equatable {
  /// Tasks of ours fill its slots, or one of our jobs is just ending there.
  case busy
  /// A model service of ours holds it.
  case serving
  /// Somebody else computes on it.
  case stranger
  /// Memory is in use that our own jobs do not explain.
  case memory
  /// Divided by MIG, or closed to computing.
  case unusable
}

/// The uses of one GPU.
package struct GPUOccupancy: Sendable, Equatable {
  package let gpu: HostMeasurement.GPU
  package var tasks: Int
  package var services: Int

  package init(_ gpu: HostMeasurement.GPU, tasks: Int = 0, services: Int = 0) {
    self.gpu = gpu
    self.tasks = tasks
    self.services = services
  }

  package var share: GPUShare { GPUShare(index: gpu.index, uuid: gpu.uuid) }

  package var uses: Int { tasks + services }

  /// How many of ours it takes at once: exclusive mode lets only one process in.
  package func limit(slots: Int) -> Int {
    gpu.computeMode?.hasPrefix("Exclusive") == true ? 1 : slots
  }

  /// A process the host does not show is a stranger's where none of ours is expected.
  package var hasStranger: Bool {
    gpu.processes.contains { $0.owner == .stranger || ($0.owner == .unknown && uses == 0) }
  }

  package var isUnusable: Bool { gpu.isPartitioned || gpu.computeMode == "Prohibited" }

  /// What keeps another task from it; nil where it is free.
  ///
  /// - Parameter slots: trainings at once on one GPU of its host.
  package func obstacle(slots: Int) -> GPUObstacle? {
    if isUnusable { return .unusable }
    if uses >= limit(slots: slots) { return tasks > 0 ? .busy : .serving }
    if hasStranger { return .stranger }
    let ours = gpu.processes.filter { $0.owner == .ours }
    // Nothing of ours should be there: a job that has just ended is leaving.
    if uses == 0, !ours.isEmpty { return .busy }
    return unexplainedMemory > Self.spared(of: gpu.memoryTotal) ? .memory : nil
  }

  private var unexplainedMemory: Int64 {
    if uses == 0 { return gpu.memoryUsed }
    let known = gpu.processes.map(\.memory)
    // Where the driver does not say who uses what, our own jobs there explain it.
    guard !known.isEmpty, !known.contains(nil) else { return 0 }
    return gpu.memoryUsed - known.reduce(0) { $0 + ($1 ?? 0) }
  }

  /// What a desktop or the driver itself may use of a GPU that counts as free.
  static func spared(of total: Int64) -> Int64 { max(512 << 20, total / 20) }
}
