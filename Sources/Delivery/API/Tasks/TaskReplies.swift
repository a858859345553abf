import Contract
import Domain
import Services
import Synchronization

/// Tasks in a list as they are sent, kept until they change: a page asks for its list again and again, and most of a
/// list rests.
final class TaskReplies: Sendable {
  private struct Kept {
    let task: TaskRecord
    let modelID: ModelID?
    let bytes: [UInt8]
  }

  private let kept = Mutex<[TaskID: Kept]>([:])
  private let limit: Int

  /// - Parameter limit: tasks at most; one more, and all are put into words anew.
  init(limit: Int = 2000) { self.limit = limit }

  /// A task whose words depend on nothing but its record and its model.
  func bytes(_ task: TaskRecord, modelID: ModelID?) throws -> [UInt8] {
    let known = kept.withLock { $0[task.id] }
    if let known, known.modelID == modelID, known.task == task { return known.bytes }
    let bytes = try JSONBytes.encode(task.wire(wait: nil, modelID: modelID))
    kept.withLock { kept in
      if kept.count >= limit { kept = [:] }
      kept[task.id] = Kept(task: task, modelID: modelID, bytes: bytes)
    }
    return bytes
  }

  /// A `TaskListReply` of tasks that are in words already.
  static func list(_ tasks: [[UInt8]]) -> [UInt8] {
    var list = Array("{\"tasks\":[".utf8)
    list.reserveCapacity(tasks.reduce(16) { $0 + $1.count + 1 })
    for (index, task) in tasks.enumerated() {
      if index > 0 { list.append(UInt8(ascii: ",")) }
      list += task
    }
    list += "]}".utf8
    return list
  }
}
