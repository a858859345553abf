/// A host as the queue sees it.
package struct PlacementHost: Sendable, Equatable {
  package enum View: Sendable, Equatable {
    /// It has not answered yet since the server was started.
    case notSeen
    /// - Parameter since: the last contact.
    case unreachable(since: Timestamp?)
    case seen(HostMeasurement)
  }

  package let name: String
  /// Trainings at once on each GPU; on a host without one, in all.
  package let slots: Int
  package let view: View
  /// GPUs that model services of ours hold.
  package let services: [GPUShare]
  /// It has a queue of its own, to which everything is given at once.
  package let isCluster: Bool

  package init(
    name: String, slots: Int, view: View, services: [GPUShare] = [], isCluster: Bool = false
  ) {
    self.isCluster = isCluster
    self.name = name
    self.slots = slots
    self.view = view
    self.services = services
  }
}

/// Who gets which slots now, and where everyone else stands: one look at the whole queue, without doing
/// anything.
///
/// Higher priority goes first. Among equals it is the turn of the user who holds the fewest slots on all
/// hosts together, then of the one who was given one longest ago, then of the task that has waited longest. A task that cannot start does not hold up
/// those after it, but for one: where a task with several GPUs has waited for `reservedAfter`, what is
/// free is kept for it.
package struct Placement: Sendable {
  package struct Grant: Sendable, Equatable {
    package let task: TaskID
    package let gpus: [GPUShare]
  }

  /// Tasks that are put on one cluster at once; there, they stand in its queue and hold nothing here.
  package static let staging = 16

  /// Seconds after which a task with several GPUs has what is free kept for it.
  package static let reservedAfter = 600.0

  package private(set) var grants: [Grant] = []
  package private(set) var waits: [TaskID: QueueWait] = [:]
  private var served: [UserID: Timestamp]

  /// - Parameters:
  ///   - entries: every task that waits or holds slots, in any order.
  ///   - served: when each user was given a slot last, as far as that is known.
  package init(
    _ entries: [QueueEntry], hosts: [HostID: PlacementHost], served: [UserID: Timestamp] = [:],
    at now: Timestamp
  ) {
    self.served = served
    var held: [UserID: Int] = [:]
    for entry in entries where entry.state.holdsSlot { held[entry.userID, default: 0] += entry.weight }
    let byHost = Dictionary(grouping: entries, by: \.hostID)
    for (id, group) in byHost.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let waiting = group.filter(\.isWaiting)
      guard !waiting.isEmpty else { continue }
      guard let host = hosts[id] else {
        place(
          waiting, behind: held, wait: QueueWait(reason: .hostMissing, hostName: id.rawValue))
        continue
      }
      switch host.view {
      case .notSeen:
        place(waiting, behind: held, wait: QueueWait(reason: .hostNotSeen, hostName: host.name))
      case .unreachable(let since):
        place(
          waiting, behind: held,
          wait: QueueWait(reason: .hostUnreachable, hostName: host.name, unreachableSince: since))
      case .seen(let measurement):
        var room = HostRoom(
          host: host, measurement: measurement, holders: group.filter(\.state.holdsSlot), at: now)
        fill(&room, with: waiting, held: &held, at: now)
      }
    }
  }

  /// Gives out what there is room for, then says where the others stand.
  private mutating func fill(
    _ room: inout HostRoom, with waiting: [QueueEntry], held: inout [UserID: Int], at now: Timestamp
  ) {
    var turns = QueueTurns(waiting, held: held, served: served)
    var left: [QueueEntry] = []
    while let entry = turns.next() {
      switch room.find(for: entry, at: now) {
      case .room(let gpus):
        room.take(gpus, for: entry)
        turns.count(entry)
        held[entry.userID, default: 0] += entry.weight
        served = turns.served
        grants.append(Grant(task: entry.id, gpus: gpus))
      case .wait(let wait):
        waits[entry.id] = wait
        left.append(entry)
      }
    }
    var places = QueueTurns(left, held: held, served: served)
    var ahead = 0
    while let entry = places.next() {
      places.count(entry)
      waits[entry.id]?.ahead = ahead
      waits[entry.id]?.expected = room.expect(entry)
      ahead += 1
    }
  }

  private mutating func place(_ waiting: [QueueEntry], behind held: [UserID: Int], wait: QueueWait) {
    var places = QueueTurns(waiting, held: held, served: served)
    var ahead = 0
    while let entry = places.next() {
      places.count(entry)
      waits[entry.id] = wait
      waits[entry.id]?.ahead = ahead
      ahead += 1
    }
  }
}

/// Whose turn it is.
struct QueueTurns {
  /// By priority, highest first: each user's tasks, the next one last.
  private var levels: [[UserID: [QueueEntry]]]
  private var held: [UserID: Int]
  private(set) var served: [UserID: Timestamp]
  private var newest: Timestamp

  init(_ waiting: [QueueEntry], held: [UserID: Int], served: [UserID: Timestamp]) {
    self.held = held
    self.served = served
    newest = served.values.max() ?? Timestamp(milliseconds: 0)
    levels = Dictionary(grouping: waiting, by: \.priority).sorted { $0.key > $1.key }.map { _, level in
      Dictionary(grouping: level, by: \.userID).mapValues { $0.sorted { Self.older($1, $0) } }
    }
  }

  mutating func next() -> QueueEntry? {
    while let level = levels.first {
      let heads = level.values.compactMap(\.last)
      guard
        let chosen = heads.min(by: { left, right in
          let (mine, others) = (held[left.userID, default: 0], held[right.userID, default: 0])
          if mine != others { return mine < others }
          let (before, after) = (served[left.userID], served[right.userID])
          if before != after { return before.map { first in after.map { first < $0 } ?? false } ?? true }
          return Self.older(left, right)
        })
      else {
        levels.removeFirst()
        continue
      }
      levels[0][chosen.userID]?.removeLast()
      return chosen
    }
    return nil
  }

  /// The task holds slots from now on.
  mutating func count(_ entry: QueueEntry) {
    held[entry.userID, default: 0] += entry.weight
    newest = newest.adding(seconds: 0.001)
    served[entry.userID] = newest
  }

  private static func older(_ left: QueueEntry, _ right: QueueEntry) -> Bool {
    left.waitingSince != right.waitingSince
      ? left.waitingSince < right.waitingSince : left.id.rawValue < right.id.rawValue
  }
}
