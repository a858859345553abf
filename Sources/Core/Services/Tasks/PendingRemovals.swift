import Concurrency
package import Domain
import Synchronization

/// Removes on hosts what was deleted here, also where a host was away at that moment.
package struct PendingRemovals: Sendable {
  private let store: any RemovalStoring
  private let fleet: any HostFleet
  private let gauge: HostGauge
  private let log: ServerLog
  private let underWay = RemovalsUnderWay()

  package init(store: any RemovalStoring, fleet: any HostFleet, gauge: HostGauge, log: ServerLog) {
    self.store = store
    self.fleet = fleet
    self.gauge = gauge
    self.log = log
  }

  /// Looks again and again until it is cancelled.
  func run() async {
    while !Task.isCancelled {
      await carryOut()
      do { try await Task.sleep(for: .seconds(10)) } catch { return }
    }
  }

  /// Removes what can be removed now; what cannot stays noted.
  func carryOut() async {
    guard let removals = try? await store.removals() else { return }
    var away: Set<HostID> = []
    for removal in removals where !away.contains(removal.hostID) && underWay.begin(removal) {
      defer { underWay.end(removal) }
      guard await gauge.isReachable(removal.hostID), let host = try? await fleet.host(removal.hostID) else {
        away.insert(removal.hostID)
        continue
      }
      do throws(DomainError) {
        // It may be wanted again since it was read.
        guard try await store.removals().contains(removal) else { continue }
        try await host.remove(removal.path)
        try await store.forget(removal)
      } catch  where error.isTransient || error.code == .conflict {
        away.insert(removal.hostID)
      } catch {
        log.warning(
          "what was deleted could not be removed on its host",
          ["host": removal.hostID.rawValue, "path": removal.path, "error": error.debugDescription])
        try? await store.forget(removal)
      }
    }
  }

  /// What was to be removed is wanted again: when this returns, nobody removes it any more.
  func keep(_ removal: Removal) async throws(DomainError) {
    // Looked at first: it is hardly ever noted, and a write would hold up all others, for every task that starts.
    if try await store.removals().contains(removal) { try await store.forget(removal) }
    await underWay.wait(for: removal)
  }
}

/// What is being removed just now.
private final class RemovalsUnderWay: Sendable {
  private let state = Mutex<[Removal: Gate]>([:])

  /// False where somebody else is at it.
  func begin(_ removal: Removal) -> Bool {
    state.withLock { state in
      if state[removal] != nil { return false }
      state[removal] = Gate()
      return true
    }
  }

  func end(_ removal: Removal) { state.withLock { $0.removeValue(forKey: removal) }?.open() }

  func wait(for removal: Removal) async {
    // Also for who is cancelled: what is being removed cannot be taken back.
    guard let gate = state.withLock({ $0[removal] }) else { return }
    try? await gate.wait()
  }
}
