package import Domain

/// Which GPU each model service holds, and which one the next gets.
package actor ServiceGPUs {
  private let tasks: any TaskStoring
  private var held: [ServiceID: (host: HostID, gpu: GPUShare)] = [:]

  /// - Parameter tasks: tells which GPUs train.
  package init(tasks: any TaskStoring) { self.tasks = tasks }

  /// Where a model can be loaded on the host, the best place first; none where it has no GPU.
  ///
  /// The one with the fewest services and the least memory in use, and one on which something trains only where
  /// there is no other.
  ///
  /// - Parameter known: bytes that services of ours hold: what else is in use there is not for models.
  func places(on host: any Host, known: [GPUShare: Int64]) async throws(DomainError) -> [ModelRoom.Place] {
    let measurement = try await host.measure()
    guard !measurement.gpus.isEmpty, !measurement.gpusUnreadable else { return [] }
    let entries = try await tasks.queue()
    let hostID = host.description.id
    let training = entries.filter { $0.hostID == hostID && $0.state.holdsSlot }.flatMap(\.assignedGPUs)
    let serving = shares(on: hostID)
    let all = measurement.gpus.map { gpu in
      GPUOccupancy(
        gpu, tasks: training.count { $0.uuid == gpu.uuid }, services: serving.count { $0.uuid == gpu.uuid })
    }.filter { !$0.isUnusable }.sorted { Self.rank($0) < Self.rank($1) }
    guard let best = all.first else { return [] }
    return all.filter { Self.rank($0).0 == Self.rank(best).0 }.map { place in
      let others = max(0, place.gpu.memoryUsed - (known[place.share] ?? 0))
      return ModelRoom.Place(gpu: place.share, memory: place.gpu.memoryTotal - others)
    }
  }

  /// The service holds the GPU from now on.
  func hold(_ gpu: GPUShare, for id: ServiceID, on host: HostID) { held[id] = (host, gpu) }

  private static func rank(_ place: GPUOccupancy) -> (Int, Int, Int64, Int) {
    (
      place.tasks > 0 ? 2 : place.hasStranger ? 1 : 0, place.services, place.gpu.memoryUsed, place.gpu.index
    )
  }

  /// A service that was found again keeps its GPU.
  func keep(_ service: ServiceRecord) {
    if let gpu = service.gpu { held[service.id] = (service.hostID, gpu) }
  }

  func release(_ id: ServiceID) { held[id] = nil }

  /// The GPUs of a host that services hold; one that several hold is there several times.
  func shares(on host: HostID) -> [GPUShare] { held.values.filter { $0.host == host }.map(\.gpu) }
}
