import Concurrency
package import Domain

/// What every host said of itself last: asked again and again, each host on its own, so that one that is
/// slow or away holds up nobody.
///
/// | a host | is asked again after |
/// |---|---|
/// | for which tasks wait | 3 s |
/// | with nothing waiting | 20 s |
/// | that cannot be reached | 1 s, or when its own patience ends |
package actor HostGauge {
  private struct Reading {
    let measurement: HostMeasurement
    let at: ContinuousClock.Instant
  }

  private let fleet: any HostFleet
  private let clock: WallClock
  private var readings: [HostID: Reading] = [:]
  /// What each host said last, to whomever.
  private var latest: [HostID: Reading] = [:]
  /// Hosts that did not answer when they were asked last.
  private var lost: Set<HostID> = []
  private var contacts: [HostID: Timestamp] = [:]
  private var asking: Set<HostID> = []
  private var due: [HostID: ContinuousClock.Instant] = [:]
  /// Hosts for which tasks wait.
  private var waitedFor: Set<HostID> = []
  private var returns: [HostID: Gate] = [:]
  private var news: @Sendable () -> Void = {}

  package init(fleet: any HostFleet, clock: WallClock) {
    self.fleet = fleet
    self.clock = clock
  }

  /// Asks until it is cancelled.
  ///
  /// - Parameter news: called when there may be room where there was none.
  func run(news: @escaping @Sendable () -> Void) async {
    self.news = news
    await withDiscardingTaskGroup { group in
      while !Task.isCancelled {
        for host in await fleet.hosts() where isDue(host.description.id) {
          asking.insert(host.description.id)
          group.addTask { await self.look(at: host) }
        }
        do { try await Task.sleep(for: .milliseconds(200)) } catch { break }
      }
      group.cancelAll()
    }
  }

  private func isDue(_ id: HostID) -> Bool {
    !asking.contains(id) && due[id].map { $0 <= .now } ?? true
  }

  private func look(at host: any Host) async {
    let id = host.description.id
    do {
      let measurement = try await host.measure()
      let isNews = readings[id] == nil || lost.contains(id) || waitedFor.contains(id)
      readings[id] = Reading(measurement: measurement, at: .now)
      latest[id] = readings[id]
      contacts[id] = clock.now()
      lost.remove(id)
      returns.removeValue(forKey: id)?.open()
      due[id] = .now + (waitedFor.contains(id) ? .seconds(3) : .seconds(20))
      if isNews { news() }
    } catch {
      let isNews = lost.insert(id).inserted
      due[id] = .now + .seconds(1)
      if isNews { news() }
    }
    asking.remove(id)
  }

  /// What a host said of itself at most `age` ago; asked now where that is longer, or where it was lost since.
  ///
  /// Many want to know it at once: the tasks of a host, and everybody who looks at the list of hosts.
  package func measurement(of host: any Host, within age: Duration) async throws(DomainError)
    -> HostMeasurement
  {
    let id = host.description.id
    if !lost.contains(id), let known = latest[id], known.at.duration(to: .now) <= age {
      return known.measurement
    }
    let measurement = try await host.measure()
    latest[id] = Reading(measurement: measurement, at: .now)
    return measurement
  }

  /// How the queue sees a host.
  ///
  /// An answer older than a minute and a half says nothing any more.
  func view(of id: HostID) -> PlacementHost.View {
    if lost.contains(id) { return .unreachable(since: contacts[id]) }
    guard let reading = readings[id] else { return .notSeen }
    if reading.at.duration(to: .now) > .seconds(90) { return .unreachable(since: contacts[id]) }
    return .seen(reading.measurement)
  }

  /// Whether the host answered when it was asked last.
  func isReachable(_ id: HostID) -> Bool { readings[id] != nil && !lost.contains(id) }

  /// The hosts for which tasks wait are looked at more often.
  func setWaitedFor(_ hosts: Set<HostID>) {
    for id in hosts.subtracting(waitedFor) { due[id] = .now }
    waitedFor = hosts
  }

  /// Something came from the host.
  func heard(_ id: HostID) { contacts[id] = clock.now() }

  /// When the host was last heard of since the server was started.
  func lastContact(_ id: HostID) -> Timestamp? { contacts[id] }

  /// A request found that the host does not answer: waits until it does.
  ///
  /// Throws `CancellationError`.
  func back(_ id: HostID) async throws {
    if lost.insert(id).inserted { news() }
    if !asking.contains(id) { due[id] = .now }
    let gate = returns[id] ?? Gate()
    returns[id] = gate
    try await gate.wait()
  }
}
