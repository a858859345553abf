import Concurrency
import Domain
import Synchronization

/// One chat at a time on each host, in the order they came: each loads a whole model.
final class HostTurns: Sendable {
  private struct State {
    var busy: Set<HostID> = []
    var waiting: [HostID: [(id: Int, gate: Gate)]] = [:]
    var next = 0
  }

  private let state = Mutex(State())
  private let limit: Int

  /// - Parameter limit: how many may wait for one host.
  init(limit: Int = 64) { self.limit = limit }

  /// Waits for the turn.
  ///
  /// Throws `chat_queue_full`, or `CancellationError` when the task is cancelled first. `waits` hears how many are
  /// before this one, where it has to wait.
  func enter(_ host: HostID, waits: (Int) -> Void = { _ in }) async throws {
    let place = try state.withLock { state throws(DomainError) -> (id: Int, gate: Gate, before: Int)? in
      if state.busy.insert(host).inserted { return nil }
      let before = (state.waiting[host] ?? []).count + 1
      guard before <= limit else {
        throw DomainError(
          .chatQueueFull, "Too many chats wait for this host already.",
          hint: "Try again later; with CHAT_MODE=service a model stays loaded.", origin: .host)
      }
      state.next += 1
      let gate = Gate()
      state.waiting[host, default: []].append((state.next, gate))
      return (state.next, gate, before)
    }
    guard let place else { return }
    waits(place.before)
    do {
      try await place.gate.wait()
    } catch {
      let isWaiting = state.withLock { state -> Bool in
        guard let index = state.waiting[host]?.firstIndex(where: { $0.id == place.id }) else { return false }
        state.waiting[host]?.remove(at: index)
        return true
      }
      // The turn came at the same moment: it is the next one's.
      if !isWaiting { leave(host) }
      throw error
    }
  }

  /// Gives the turn to the next.
  func leave(_ host: HostID) {
    let gate = state.withLock { state -> Gate? in
      guard state.waiting[host]?.isEmpty == false else {
        state.busy.remove(host)
        return nil
      }
      return state.waiting[host]?.removeFirst().gate
    }
    gate?.open()
  }
}
