import Domain
import ProcessRunning
import Synchronization

/// Opens sessions on a host's one connection, never more at once than the host allows.
final class HostSessions: Sendable {
  let budget = SessionBudget()
  private let master: SSHMaster

  init(master: SSHMaster) { self.master = master }

  /// Opens a session; waits while the host has no room for it.
  ///
  /// Throws where the connection is gone, and where the host allows none beside the agent's.
  func open(_ command: String) async throws(DomainError) -> LeasedSession {
    while true {
      try await budget.acquire()
      if let session = try await attempt(command, tries: 8) { return session }
    }
  }

  /// Opens a session that is not needed but helps; nil where there is no room, or no connection.
  ///
  /// - Parameter rest: how many more others should find room for.
  func openIfRoom(_ command: String, leaving rest: Int) async -> LeasedSession? {
    guard budget.acquire(leaving: rest) else { return nil }
    return (try? await attempt(command, tries: 3)) ?? nil
  }

  /// Nil where the host refused every time; the room is given back then.
  private func attempt(_ command: String, tries: Int) async throws(DomainError) -> LeasedSession? {
    var pause = Backoff(first: 0.05, limit: 0.5)
    for number in 1...tries {
      do {
        return LeasedSession(try await master.present().session(command, isWide: true), budget)
      } catch MuxProblem.refused(_) {
        // A closed session counts on the host until it has been cleared away there.
        if number < tries, (try? await Task.sleep(for: pause.next())) != nil { continue }
      } catch {
        budget.release()
        throw (error as? DomainError) ?? AgentError.unreachable("the connection's control socket: \(error)")
      }
    }
    if Task.isCancelled {
      budget.release()
      throw AgentError.cancelled
    }
    budget.wasRefused()
    budget.release()
    return nil
  }
}

/// An open session that gives its room back when it is closed or dropped.
final class LeasedSession: Sendable {
  private let session: MuxSession
  private let budget: SessionBudget
  private let isClosed = Mutex(false)

  init(_ session: MuxSession, _ budget: SessionBudget) {
    self.session = session
    self.budget = budget
  }

  deinit { close() }

  var pipes: HandedPipes { session.pipes }

  /// Whether the host needs the room more than a session that only helps.
  var isUnwanted: Bool { budget.isExceeded }

  func close() {
    let isFirst = isClosed.withLock { isClosed in
      defer { isClosed = true }
      return !isClosed
    }
    guard isFirst else { return }
    session.close()
    budget.release()
  }
}
