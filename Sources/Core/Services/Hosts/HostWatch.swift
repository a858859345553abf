package import Domain

/// Tells everyone when a host over SSH is connected and when it is lost: once each time, not with every try.
package actor HostWatch {
  private let fleet: any HostFleet
  private let changes: AsyncStream<HostID>
  private let events: any EventStoring
  private let bus: EventBus
  private let trainers: KnownTrainers
  private let clock: WallClock
  private let log: ServerLog
  private var told: [HostID: HostConnection.State] = [:]

  package init(
    fleet: any HostFleet, enrolling: any HostEnrolling, events: any EventStoring, bus: EventBus,
    trainers: KnownTrainers, clock: WallClock, log: ServerLog
  ) {
    self.fleet = fleet
    changes = enrolling.changes()
    self.events = events
    self.bus = bus
    self.trainers = trainers
    self.clock = clock
    self.log = log
  }

  /// Works until it is cancelled; call once.
  package func run() async {
    for await id in changes { await look(at: id) }
  }

  private func look(at id: HostID) async {
    // Whoever was connected anew may have been changed meanwhile.
    await trainers.forget(id)
    guard let host = try? await fleet.host(id) else {
      told[id] = nil
      return
    }
    let connection = await host.connection()
    // A connection that is made again in a moment is no news.
    guard connection.state != .connecting, told[id] != connection.state else { return }
    told[id] = connection.state
    var fields: [String: NewEvent.Field] = [
      "name": .text(host.description.name), "state": .text(connection.state.rawValue),
    ]
    if let problem = connection.problem {
      fields["problem"] = .text(problem.message)
      fields["hint"] = problem.hint.map { .text($0) }
    }
    let event = NewEvent(
      kind: connection.state == .connected ? .hostConnected : .hostUnreachable, userID: nil,
      subject: id.rawValue,
      fields: fields)
    do {
      bus.publish([try await events.append(event, at: clock.now())])
    } catch {
      log.error("an event could not be stored", ["error": error.debugDescription])
    }
  }
}
