package import Domain

/// Removes on hosts what was deleted here, also where a host was away at that moment.
package struct PendingRemovals: Sendable {
  private let store: any RemovalStoring
  private let fleet: any HostFleet
  private let gauge: HostGauge
  private let log: ServerLog

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
    for removal in removals where !away.contains(removal.hostID) {
      guard await gauge.isReachable(removal.hostID), let host = try? await fleet.host(removal.hostID) else {
        away.insert(removal.hostID)
        continue
      }
      do throws(DomainError) {
        try await host.remove(removal.path)
        try await store.forget(removal)
      } catch  where error.isTransient || error.code == .conflict {
        away.insert(removal.hostID)
      } catch {
        log.warning(
          "a deleted task's folder could not be removed",
          ["host": removal.hostID.rawValue, "path": removal.path, "error": error.debugDescription])
        try? await store.forget(removal)
      }
    }
  }
}
