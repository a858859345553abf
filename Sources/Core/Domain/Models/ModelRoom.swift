/// Decides who has to leave so that another model can be loaded on a host.
package enum ModelRoom {
  package struct Limits: Sendable, Equatable {
    /// Models loaded at once on a host; nil: as many as there is memory for.
    package let models: Int?
    /// Bytes they may take on a host without a GPU; nil: as many as `models` says.
    package let memory: Int64?
    /// Seconds that a model stays at least: without them, two wanted in turns would only ever be loaded.
    package let residence: Double

    package init(models: Int? = nil, memory: Int64? = nil, residence: Double = 0) {
      self.models = models
      self.memory = memory
      self.residence = residence
    }
  }

  /// Where a model can be loaded: a GPU, or the host's own memory.
  package struct Place: Sendable, Equatable {
    package let gpu: GPUShare?
    /// Bytes for models; nil: not counted.
    package let memory: Int64?

    package init(gpu: GPUShare? = nil, memory: Int64? = nil) {
      self.gpu = gpu
      self.memory = memory
    }
  }

  /// A model that is loaded, or on its way.
  package struct Resident: Sendable, Equatable {
    package let id: ServiceID
    package let gpu: GPUShare?
    package let memory: Int64
    package let isLoading: Bool
    /// It goes as soon as its last request has ended.
    package let isLeaving: Bool
    package let uses: Int
    package let readyAt: Timestamp
    package let lastUsed: Timestamp

    package init(
      id: ServiceID, gpu: GPUShare? = nil, memory: Int64 = 0, isLoading: Bool = false,
      isLeaving: Bool = false, uses: Int = 0, readyAt: Timestamp, lastUsed: Timestamp
    ) {
      self.id = id
      self.gpu = gpu
      self.memory = memory
      self.isLoading = isLoading
      self.isLeaving = isLeaving
      self.uses = uses
      self.readyAt = readyAt
      self.lastUsed = lastUsed
    }
  }

  package enum Decision: Sendable, Equatable {
    case admit(place: Int)
    /// These take no new requests, and go when their last one has ended.
    case leave([ServiceID])
    /// Until something changes, or that time comes.
    case wait(until: Timestamp?)
    /// It needs more than the host may ever give.
    case refuse(needed: Int64, limit: Int64)
  }

  /// - Parameters:
  ///   - need: bytes; nil where nothing is known, which counts as nothing.
  ///   - places: the best first; at least one.
  package static func decide(
    need: Int64?, places: [Place], residents: [Resident], limits: Limits, now: Timestamp
  ) -> Decision {
    let need = need ?? 0
    let plans = places.indices.map {
      Plan(need: need, place: places[$0], residents: residents, limits: limits, now: now)
    }
    if let free = plans.firstIndex(where: { $0.isPossible && $0.leaving.isEmpty }) {
      return .admit(place: free)
    }
    if let limit = places.first?.memory, places.allSatisfy({ $0.gpu == nil }), need > limit {
      return .refuse(needed: need, limit: limit)
    }
    let possible = plans.filter(\.isPossible)
    guard let best = possible.min(by: { $0.cost < $1.cost }) else {
      return .wait(until: plans.compactMap(\.until).min())
    }
    let new = best.leaving.filter { !$0.isLeaving }.map(\.id)
    return new.isEmpty ? .wait(until: nil) : .leave(new)
  }

  /// What it would take to load into one place.
  private struct Plan {
    var leaving: [Resident] = []
    var isPossible = true
    /// When somebody's residence ends, where that stands in the way.
    var until: Timestamp?

    /// Fewer who have not been told to leave, then fewer who are busy.
    var cost: (Int, Int) { (leaving.count { !$0.isLeaving }, leaving.count { $0.uses > 0 }) }

    init(need: Int64, place: Place, residents: [Resident], limits: Limits, now: Timestamp) {
      let here = residents.filter { $0.gpu == place.gpu }
      var missing = place.memory.map { memory in here.reduce(need - memory) { $0 + $1.memory } } ?? 0
      var surplus = limits.models.map { residents.count + 1 - $0 } ?? 0
      // An empty GPU is always tried: what a model needs is an estimate.
      var left = here.count
      func isCrowded() -> Bool { missing > 0 && (left > 0 || place.gpu == nil) }
      let candidates = residents.filter { Self.mayLeave($0, limits, now) }.sorted(by: Self.isBefore)
      for resident in candidates where resident.gpu == place.gpu && isCrowded() {
        leaving.append(resident)
        missing -= resident.memory
        left -= 1
        surplus -= 1
      }
      for resident in candidates where surplus > 0 && !leaving.contains(resident) {
        leaving.append(resident)
        surplus -= 1
      }
      isPossible = !isCrowded() && surplus <= 0
      if !isPossible {
        until =
          residents.filter { !$0.isLoading && !Self.mayLeave($0, limits, now) }
          .map { $0.readyAt.adding(seconds: limits.residence) }.min()
      }
    }

    private static func mayLeave(_ resident: Resident, _ limits: Limits, _ now: Timestamp) -> Bool {
      resident.isLeaving
        || (!resident.isLoading && now.seconds(since: resident.readyAt) >= limits.residence)
    }

    /// Those already told to leave, then the idle ones, the longest unused first.
    private static func isBefore(_ left: Resident, _ right: Resident) -> Bool {
      func rank(_ resident: Resident) -> (Int, Int, Timestamp) {
        (resident.isLeaving ? 0 : 1, resident.uses > 0 ? 1 : 0, resident.lastUsed)
      }
      return rank(left) < rank(right)
    }
  }

  /// Bytes that a model of these files takes when it is loaded, with room for the conversation.
  package static func need(files bytes: Int64) -> Int64 { bytes + bytes / 5 + (512 << 20) }
}
