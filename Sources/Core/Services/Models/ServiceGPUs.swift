package import Domain

/// Which GPU each model service holds, and which one the next gets.
package actor ServiceGPUs {
  private let tasks: any TaskStoring
  private var held: [ServiceID: (host: HostID, gpu: GPUShare)] = [:]

  /// - Parameter tasks: tells which GPUs train.
  package init(tasks: any TaskStoring) { self.tasks = tasks }

  /// The GPU for a service that is to start, which it holds from now on; nil where the host has none.
  ///
  /// The one with the least memory in use, and one on which something trains only where there is no other.
  func take(for id: ServiceID, on host: any Host) async throws(DomainError) -> GPUShare? {
    let measurement = try await host.measure()
    guard !measurement.gpus.isEmpty, !measurement.gpusUnreadable else { return nil }
    let entries = try await tasks.queue()
    // No suspension from here on: two that start at once see each other.
    let hostID = host.description.id
    let training = entries.filter { $0.hostID == hostID && $0.state.holdsSlot }.flatMap(\.assignedGPUs)
    let serving = shares(on: hostID)
    let places = measurement.gpus.map { gpu in
      GPUOccupancy(
        gpu, tasks: training.count { $0.uuid == gpu.uuid }, services: serving.count { $0.uuid == gpu.uuid })
    }
    guard let best = places.filter({ !$0.isUnusable }).min(by: { Self.rank($0) < Self.rank($1) }) else {
      return nil
    }
    held[id] = (hostID, best.share)
    return best.share
  }

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
