import Domain
import Synchronization

/// Tasks as they were last read: a row is read whole only where its revision says that it has changed.
///
/// Every change of a task's row raises its revision, so what is kept is right whoever wrote, on this server or another.
final class KnownTasks: Sendable {
  private let kept = Mutex<[TaskID: TaskRecord]>([:])
  private let limit: Int

  /// - Parameter limit: tasks at most; one more, and all are read anew.
  init(limit: Int = 2000) { self.limit = limit }

  /// Those that are kept as they stand in the table now.
  func those(_ wanted: [(id: TaskID, revision: Int)]) -> [TaskID: TaskRecord] {
    kept.withLock { kept in
      var found: [TaskID: TaskRecord] = [:]
      found.reserveCapacity(wanted.count)
      for (id, revision) in wanted {
        if let task = kept[id], task.revision == revision { found[id] = task }
      }
      return found
    }
  }

  func keep(_ tasks: [TaskRecord]) {
    if tasks.isEmpty { return }
    kept.withLock { kept in
      if kept.count + tasks.count > limit { kept = [:] }
      for task in tasks.prefix(limit) { kept[task.id] = task }
    }
  }
}
