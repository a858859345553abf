package import Domain
import Synchronization

/// Counts what is used, and writes it down once a second at most.
///
/// Nobody waits for a write: a crash loses the last second, an orderly end nothing.
package actor UsageLedger {
  private struct Scope: Hashable {
    let userID: UserID
    let keyID: APIKeyID?
  }

  /// One request, as it was when it ended.
  private struct Entry {
    let usage: TokenUsage?
    let subject: UsageRecord.Subject
  }

  /// Where requests are put without waiting for the actor.
  private nonisolated let inbox = Mutex<[Entry]>([])
  private let store: any UsageStoring
  private let clock: WallClock
  private let log: ServerLog
  private var pending: [UsageRecord.Subject: UsageRecord] = [:]
  /// Tokens of `today`, of those who asked for it.
  private var spent: [Scope: Int] = [:]
  private var today = ""
  private var writing: Task<Void, Never>?

  package init(store: any UsageStoring, clock: WallClock, log: ServerLog) {
    self.store = store
    self.clock = clock
    self.log = log
  }

  /// Writes what has come together, until it is cancelled.
  package func run() async {
    while !Task.isCancelled {
      do { try await Task.sleep(for: .seconds(1)) } catch { return }
      await flush()
    }
  }

  /// Adds one request; from any thread.
  ///
  /// - Parameter usage: nil for a failure.
  package nonisolated func add(_ usage: TokenUsage?, userID: UserID, keyID: APIKeyID?, model: String) {
    let name = String(decoding: model.utf8.prefix(200), as: UTF8.self)
    let subject = UsageRecord.Subject(userID: userID, keyID: keyID, model: name, day: clock.now().day)
    inbox.withLock { $0.append(Entry(usage: usage, subject: subject)) }
  }

  /// Takes what came since the last time into account.
  private func takeIn() {
    turnDay()
    let entries = inbox.withLock { entries in
      defer { entries = [] }
      return entries
    }
    for entry in entries {
      let subject = entry.subject
      var record = UsageRecord(subject, requests: 1)
      if let usage = entry.usage {
        record.promptTokens = usage.prompt
        record.completionTokens = usage.completion
        record.estimates = usage.isEstimate ? 1 : 0
        if subject.day == today {
          for scope in scopes(subject.userID, subject.keyID) {
            spent[scope]? += usage.prompt + usage.completion
          }
        }
      } else {
        record.failures = 1
      }
      pending[subject, default: UsageRecord(subject)] += record
    }
  }

  /// Tokens of today: the user's, or one key's.
  package func tokensToday(of userID: UserID, keyID: APIKeyID?) async throws(DomainError) -> Int {
    takeIn()
    let scope = Scope(userID: userID, keyID: keyID)
    if let known = spent[scope] { return known }
    // What waits to be written is not in the store: written first, it is counted once.
    await flush()
    let stored = try await store.tokens(of: userID, key: keyID, on: today)
    if spent.count > 10_000 { spent = [:] }
    spent[scope] = max(spent[scope] ?? 0, stored)
    return spent[scope] ?? stored
  }

  package func usage(of user: UserID?, days: Int) async throws(DomainError) -> [NamedUsage] {
    await flush()
    return try await store.usage(
      of: user, since: clock.now().adding(seconds: -86_400 * Double(days - 1)).day)
  }

  /// Writes what waits; what cannot be written waits on.
  ///
  /// Returns when also what another call took is written.
  package func flush() async {
    while let writing { await writing.value }
    takeIn()
    guard !pending.isEmpty else { return }
    let records = pending
    pending = [:]
    // A task of its own: what was taken is written also when the one who asked has gone.
    let task = Task { await write(records) }
    writing = task
    await task.value
  }

  private func write(_ records: [UsageRecord.Subject: UsageRecord]) async {
    // Before the task ends: whoever waits for it finds that nothing is being written.
    defer { writing = nil }
    do {
      try await store.add(Array(records.values))
    } catch {
      for (subject, record) in records { pending[subject, default: UsageRecord(subject)] += record }
      log.warning("usage could not be written", ["error": error.debugDescription])
    }
  }

  private func turnDay() {
    let day = clock.now().day
    guard day != today else { return }
    today = day
    spent = [:]
  }

  private func scopes(_ userID: UserID, _ keyID: APIKeyID?) -> [Scope] {
    let user = Scope(userID: userID, keyID: nil)
    return keyID == nil ? [user] : [user, Scope(userID: userID, keyID: keyID)]
  }
}
