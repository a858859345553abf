import Domain
import Synchronization

/// Hosts in memory, which come and go as the administrator says.
final class RecordingFleet: HostFleet, HostEnrolling {
  private struct State {
    var hosts: [RecordingHost]
    var enrolled: [HostRecord] = []
    var dismissed: [HostID] = []
    var pinned: [String] = []
  }

  /// The only key that the hosts show.
  static let fingerprint = "SHA256:" + String(repeating: "a", count: 43)

  private let state: Mutex<State>
  private let root: String

  init(_ hosts: [RecordingHost], root: String) {
    state = Mutex(State(hosts: hosts))
    self.root = root
  }

  /// Every host that was connected, with each change.
  var enrolled: [HostRecord] { state.withLock { $0.enrolled } }
  var dismissed: [HostID] { state.withLock { $0.dismissed } }
  var pinned: [String] { state.withLock { $0.pinned } }

  func hosts() async -> [any Host] { state.withLock { $0.hosts } }

  func host(_ id: HostID) async throws(DomainError) -> any Host {
    guard let host = state.withLock({ $0.hosts.first { $0.description.id == id } }) else {
      throw .notFound("The host")
    }
    return host
  }

  func recording(_ id: String) -> RecordingHost? {
    state.withLock { $0.hosts.first { $0.description.id.rawValue == id } }
  }

  func check(_ host: HostRecord) throws(DomainError) {}

  func enroll(_ host: HostRecord) async throws(DomainError) {
    let made = RecordingHost(
      id: host.id.rawValue, name: host.name, kind: .ssh, root: root, slots: host.slots)
    state.withLock { state in
      state.enrolled.append(host)
      state.hosts.removeAll { $0.description.id == host.id }
      state.hosts.append(made)
    }
  }

  func dismiss(_ id: HostID) async {
    state.withLock { state in
      state.dismissed.append(id)
      state.hosts.removeAll { $0.description.id == id }
    }
  }

  func trial(of host: HostRecord) async throws(DomainError) -> HostTrial {
    let tried = RecordingHost(id: host.id.rawValue, name: host.name, kind: .ssh, root: root)
    let cluster =
      host.kind == .slurm
      ? ClusterFacts(
        version: "slurm 22.05.8", isAnswering: true, problem: nil,
        partitions: [
          .init(
            name: "debug", isDefault: true, isUp: true, minutes: nil, nodes: 2, idle: 2, cpus: 8,
            memory: 16_000,
            gres: [])
        ], hasAccounting: false, time: Timestamp(milliseconds: 0)) : nil
    return HostTrial(
      fingerprints: [Self.fingerprint], facts: try await tried.facts(),
      trainer: try await tried.trainer(thorough: false), problem: nil, cluster: cluster,
      obstacle: cluster?.obstacle(to: host.cluster.tasks.partition).map { ($0.message, $0.cure) })
  }

  func pin(_ fingerprint: String, of host: HostRecord) async throws(DomainError) {
    guard fingerprint == Self.fingerprint else {
      throw .conflict("The host shows another key: \(Self.fingerprint).")
    }
    state.withLock { $0.pinned.append(fingerprint) }
  }

  func fixed(_ id: HostID) -> HostRecord? { nil }

  func changes() -> AsyncStream<HostID> { AsyncStream { _ in } }
}
