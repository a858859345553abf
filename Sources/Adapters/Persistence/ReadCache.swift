package import Domain
import Synchronization

/// What a store read, kept until it writes: for what is asked for with every request and seldom changes.
///
/// Only for rows that nothing but the cache's holders write. While a write is under way, and where one overtakes a
/// reader, nothing is kept: what was true before a write is never found once it is committed.
package final class ReadCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private struct State {
    var kept: [Key: Value] = [:]
    var version = 0
    var writers = 0
  }

  private let state = Mutex(State())
  private let limit: Int

  /// - Parameter limit: values at most; one more, and all are read anew; 0 keeps nothing, for where other servers write.
  package init(limit: Int = 4096) { self.limit = limit }

  /// The kept value, else what `read` finds; nothing is kept of what is not there.
  package func value(_ key: Key, _ read: () async throws(DomainError) -> Value?) async throws(DomainError)
    -> Value?
  {
    let (kept, version) = state.withLock { ($0.kept[key], $0.version) }
    if let kept { return kept }
    guard let found = try await read() else { return nil }
    state.withLock { state in
      guard state.version == version, state.writers == 0, limit > 0 else { return }
      if state.kept.count >= limit { state.kept = [:] }
      state.kept[key] = found
    }
    return found
  }

  /// Forgets everything, and keeps nothing until `endWrite`; call before a write.
  package func beginWrite() {
    state.withLock { state in
      state.kept = [:]
      state.version += 1
      state.writers += 1
    }
  }

  /// Call when the write is over, also when it failed.
  package func endWrite() {
    state.withLock { state in
      state.version += 1
      state.writers -= 1
    }
  }
}
