import Domain

/// Who goes first.
enum TaskQueue {
  /// Higher priority first, then who has waited longest.
  static func runsBefore(_ left: TaskRecord, _ right: TaskRecord) -> Bool {
    if left.priority != right.priority { return left.priority > right.priority }
    let (first, second) = (left.queuedAt ?? left.createdAt, right.queuedAt ?? right.createdAt)
    return first != second ? first < second : left.id.rawValue < right.id.rawValue
  }

  /// The waiting tasks that may start now, given how many slots each host has free.
  static func next(of waiting: [TaskRecord], freeSlots: [HostID: Int]) -> [TaskRecord] {
    var free = freeSlots
    return waiting.sorted(by: runsBefore).filter { task in
      guard let count = free[task.hostID], count > 0 else { return false }
      free[task.hostID] = count - 1
      return true
    }
  }
}
