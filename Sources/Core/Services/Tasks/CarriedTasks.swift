package import Domain

/// The tasks that have a carrier, and how many of them each host has.
package struct CarriedTasks {
  private var hosts: [TaskID: HostID] = [:]
  private var counts: [HostID: Int] = [:]

  package init() {}

  package var count: Int { hosts.count }

  package func contains(_ task: TaskID) -> Bool { hosts[task] != nil }

  package func count(on host: HostID) -> Int { counts[host, default: 0] }

  /// A task that is there already is on this host from now on.
  package mutating func add(_ task: TaskID, on host: HostID) {
    remove(task)
    hosts[task] = host
    counts[host, default: 0] += 1
  }

  package mutating func remove(_ task: TaskID) {
    guard let host = hosts.removeValue(forKey: task), let count = counts[host] else { return }
    counts[host] = count > 1 ? count - 1 : nil
  }
}
