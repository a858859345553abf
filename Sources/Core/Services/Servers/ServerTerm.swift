import Concurrency
package import Domain

/// A server's life among others: it tells that it lives, strives to be in charge, and works while it is.
///
/// One that was in charge and lost it is over: it begins anew, so that nothing it remembers is taken for what is so.
package struct ServerTerm: Sendable {
  /// Milliseconds without a word after which a server is taken for gone.
  package static let patience: Int64 = 15_000
  /// Seconds between two words of a server.
  private static let beat = 3.0

  package let server: ServerRecord
  package let charge: ServerCharge
  private let servers: any ServerStoring
  private let leases: any LeaseStoring
  private let log: ServerLog
  private let began = Gate()
  private let ended = Gate()
  private let start = ContinuousClock.now

  package init(
    server: ServerRecord, charge: ServerCharge, servers: any ServerStoring, leases: any LeaseStoring,
    log: ServerLog
  ) {
    self.server = server
    self.charge = charge
    self.servers = servers
    self.leases = leases
    self.log = log
  }

  /// Whether another server may be in charge in this one's place.
  package var isOver: Bool { ended.isOpen }

  /// Returns when `isOver`.
  ///
  /// Throws `CancellationError`.
  package func over() async throws { try await ended.wait() }

  /// Runs `work` from the moment on when this server is in charge; it is cancelled when it is no more, or when the
  /// caller is cancelled.
  package func run(_ work: @escaping @Sendable () async -> Void) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await beat() }
      group.addTask {
        guard (try? await began.wait()) != nil else { return }
        await work()
      }
      await strive()
      group.cancelAll()
    }
  }

  /// Gives back at once what it has in its charge.
  package func leave() async {
    charge.drop()
    do {
      try await servers.leave(server.id)
    } catch {
      // It runs out by itself.
      log.warning("what this server had in its charge was not given back", ["error": error.debugDescription])
    }
  }

  /// Whether another server could take over.
  package func hasSuccessor() async -> Bool {
    let seen = (try? await servers.servers()) ?? []
    return seen.contains { $0.record.id != server.id && $0.silence < Self.patience }
  }

  /// How many servers were heard a moment ago, and whether this one is in charge.
  package func figures() async -> (servers: Int, isInCharge: Bool) {
    let seen = (try? await servers.servers()) ?? []
    return (seen.count { $0.silence < Self.patience }, charge.isAnswering)
  }

  private func beat() async {
    while !Task.isCancelled {
      // What is not told now is told in a moment.
      try? await servers.beat(server)
      do { try await Task.sleep(for: .seconds(Self.beat)) } catch { return }
    }
  }

  private func strive() async {
    var machine = LeaseMachine()
    while !Task.isCancelled {
      switch machine.next(at: now()) {
      case .stop:
        charge.drop()
        log.warning("another server may be in charge now", ["server": server.id.rawValue])
        ended.open()
        return
      case .sleep(let milliseconds): try? await Task.sleep(for: .milliseconds(milliseconds))
      case .acquire: machine.note(await acquired(asked: now()))
      case .renew(let token, let within): machine.note(await renewed(token, within: within, asked: now()))
      }
      if case .held(let token, _) = machine.state, let deadline = machine.deadline {
        charge.hold(token, until: start + .milliseconds(deadline))
        if began.open() {
          log.info("in charge", ["server": server.id.rawValue, "token": String(token)])
        }
      }
    }
  }

  private func acquired(asked: Int64) async -> LeaseMachine.Event {
    let (leases, server) = (leases, server.id)
    do {
      // Looked at first: a write holds up the others'.
      let isTaken = try await leases.leases().contains { $0.subject == .work && $0.remaining > 0 }
      if isTaken { return .refused }
      let token = try await leases.acquire(.work, for: server, milliseconds: LeaseMachine.Terms().length)
      return token.map { .granted(token: $0, asked: asked) } ?? .refused
    } catch {
      return .failed
    }
  }

  private func renewed(_ token: Int64, within: Int64, asked: Int64) async -> LeaseMachine.Event {
    let leases = leases
    do {
      // A database that hangs must not keep this server from stopping in time.
      let isHeld = try await withTimeout(.milliseconds(within)) {
        try await leases.renew(.work, token: token, milliseconds: LeaseMachine.Terms().length)
      }
      return isHeld ? .renewed(asked: asked) : .refused
    } catch {
      return .failed
    }
  }

  private func now() -> Int64 {
    let passed = start.duration(to: .now).components
    return passed.seconds * 1000 + passed.attoseconds / 1_000_000_000_000_000
  }
}
