package import Concurrency
package import Domain
import Synchronization

/// Which server is in charge, as the database said it a moment ago.
package final class ChargeHolder: Sendable {
  /// A server in charge, for as long as it is.
  package struct Holder: Sendable {
    package let server: ServerRecord
    /// Open when it is no more.
    package let gone: Gate
  }

  private struct State {
    var holder: Holder?
    var token: Int64 = 0
  }

  private let servers: any ServerStoring
  private let leases: any LeaseStoring
  private let state = Mutex(State())

  package init(servers: any ServerStoring, leases: any LeaseStoring) {
    self.servers = servers
    self.leases = leases
  }

  /// Nil while nobody is, or nobody knows.
  package var holder: Holder? { state.withLock { $0.holder } }

  /// Looks again and again until it is cancelled.
  package func run() async {
    while !Task.isCancelled {
      await look()
      do { try await Task.sleep(for: .milliseconds(300)) } catch { return }
    }
  }

  /// Asks the database; one that does not answer changes nothing.
  package func look() async {
    guard let lease = try? await leases.leases().first(where: { $0.subject == .work }) else { return }
    let isHeld = lease.server != nil && lease.remaining > 0
    let known = state.withLock { $0.holder != nil && $0.token == lease.token }
    if isHeld, known { return }
    let server =
      isHeld ? try? await servers.servers().first { $0.record.id == lease.server }?.record : nil
    let gone = state.withLock { state in
      defer { state = State(holder: server.map { Holder(server: $0, gone: Gate()) }, token: lease.token) }
      return state.holder?.gone
    }
    gone?.open()
  }
}
