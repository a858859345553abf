package import Domain

/// What administrators do with hosts over SSH: add, change, try, trust and remove.
///
/// Who may is asked before.
package struct HostAdministration: Sendable {
  private let store: any HostStoring
  private let enrolling: any HostEnrolling
  private let fleet: any HostFleet
  private let bus: EventBus
  private let clock: WallClock
  private let log: ServerLog

  package init(
    store: any HostStoring, enrolling: any HostEnrolling, fleet: any HostFleet, bus: EventBus,
    clock: WallClock, log: ServerLog
  ) {
    self.store = store
    self.enrolling = enrolling
    self.fleet = fleet
    self.bus = bus
    self.clock = clock
    self.log = log
  }

  /// Connects the hosts that are kept; called once, at the start.
  package func recover() async throws(DomainError) {
    for host in try await store.hosts() {
      do throws(DomainError) {
        try await enrolling.enroll(host)
      } catch {
        log.error(
          "a host cannot be used", ["host": host.id.rawValue, "error": error.debugDescription])
      }
    }
  }

  /// - Parameter fingerprint: the host key to record; nil records the first one that is shown.
  package func add(_ host: HostRecord, fingerprint: String?) async throws(DomainError) {
    if let fingerprint { try HostKeyFingerprint.check(fingerprint) }
    try await check(host)
    do throws(DomainError) {
      if let fingerprint { try await enrolling.pin(fingerprint, of: host) }
      bus.publish([try await store.insert(host, event: event(.hostAdded, host))])
    } catch {
      await enrolling.dismiss(host.id)
      throw error
    }
    try await enrolling.enroll(host)
    log.info("host added", ["host": host.id.rawValue, "name": host.name])
  }

  /// Applies a change and connects anew.
  ///
  /// Tasks on the host go on meanwhile.
  package func change(
    _ id: HostID, _ change: (inout HostRecord) throws(DomainError) -> Void
  ) async throws(DomainError) {
    let before = try await own(id)
    var host = before
    try change(&host)
    if host == before { return }
    try await check(host)
    let place = [host.address, host.jumpHost ?? "", host.port.map { String($0) } ?? ""]
    let placeBefore = [before.address, before.jumpHost ?? "", before.port.map { String($0) } ?? ""]
    if place != placeBefore, case .password = host.authentication,
      host.authentication == before.authentication
    {
      throw .invalid(
        "Another address needs the password again.",
        hint: "It was given for the host as it was, and would be shown to another.", field: "password")
    }
    guard let event = try await store.update(host, event: event(.hostChanged, host)) else {
      throw .notFound("The host")
    }
    bus.publish([event])
    try await enrolling.enroll(host)
    log.info("host changed", ["host": id.rawValue, "name": host.name])
  }

  /// Throws `conflict` while tasks on it have not ended or model services run there.
  package func remove(_ id: HostID) async throws(DomainError) {
    let host = try await own(id)
    switch try await store.delete(id, event: event(.hostRemoved, host)) {
    case .missing: throw .notFound("The host")
    case .inUse(let tasks, let services):
      var reasons: [String] = []
      if !tasks.isEmpty {
        let shown = tasks.prefix(10).map(\.rawValue).joined(separator: ", ")
        let more = tasks.count > 10 ? " and more" : ""
        reasons.append(
          "\(tasks.count) task\(tasks.count == 1 ? " has" : "s have") not ended (\(shown)\(more))")
      }
      if services > 0 { reasons.append("\(services) model service\(services == 1 ? " runs" : "s run")") }
      throw .conflict(
        "The host is in use: \(reasons.joined(separator: "; ")).",
        hint: "Cancel the tasks or wait for them, and unload the models.")
    case .deleted(let event):
      await enrolling.dismiss(id)
      bus.publish([event])
      log.info("host removed", ["host": id.rawValue, "name": host.name])
    }
  }

  /// Tries a host that is not kept.
  package func test(_ host: HostRecord) async throws(DomainError) -> HostTrial {
    try host.check()
    try enrolling.check(host)
    return try await enrolling.trial(of: host)
  }

  /// Tries a host as it is kept, on a connection of its own.
  package func test(_ id: HostID) async throws(DomainError) -> HostTrial {
    try await enrolling.trial(of: try await reached(id))
  }

  /// Accepts the host key with exactly this fingerprint, and connects anew.
  package func trust(_ id: HostID, fingerprint: String) async throws(DomainError) {
    let host = try await reached(id)
    try HostKeyFingerprint.check(fingerprint)
    try await enrolling.pin(fingerprint, of: host)
    try await enrolling.enroll(host)
    log.warning("host key accepted", ["host": id.rawValue, "fingerprint": fingerprint])
  }

  /// How a host is reached; nil for this machine and where there is none.
  package func record(of id: HostID) async throws(DomainError) -> HostRecord? {
    if let fixed = enrolling.fixed(id) { return fixed }
    return try await store.host(id)
  }

  /// Whether a host stands in the server's own settings, or is the server itself.
  package func isFixed(_ id: HostID) -> Bool { id.rawValue == "local" || enrolling.fixed(id) != nil }

  private func reached(_ id: HostID) async throws(DomainError) -> HostRecord {
    _ = try await fleet.host(id)
    guard let host = try await record(of: id) else {
      throw .conflict("This machine is not reached over SSH.", hint: "Try luthier host doctor instead.")
    }
    return host
  }

  /// A host that was added here, which alone can be changed here.
  private func own(_ id: HostID) async throws(DomainError) -> HostRecord {
    if let host = try await store.host(id) { return host }
    _ = try await fleet.host(id)
    if enrolling.fixed(id) != nil {
      throw .conflict(
        "This host stands in the server's settings.",
        hint: "Change SSH_HOST and its kin where the server gets them from, and restart it.")
    }
    throw .conflict(
      "This machine is always there.", hint: "Only hosts that were added can be changed and removed.")
  }

  private func check(_ host: HostRecord) async throws(DomainError) {
    try host.check()
    try enrolling.check(host)
    for other in await fleet.hosts() where other.description.id != host.id {
      if other.description.name == host.name || other.description.id.rawValue == host.name {
        throw .conflict(
          "There is a host with this name already.", hint: "Choose another name.", field: "name")
      }
    }
  }

  private func event(_ kind: NewEvent.Kind, _ host: HostRecord) -> NewEvent {
    NewEvent(kind: kind, userID: nil, subject: host.id.rawValue, fields: ["name": .text(host.name)])
  }
}
