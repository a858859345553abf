package import Domain

/// How much each account may hold: its own limits, else those for everyone.
package struct UserQuotas: Sendable {
  /// What an account may hold and use where it has no limit of its own.
  package let everyone: UserQuota
  private let holdings: any UserHoldingsReading
  private let users: any UserStoring

  package init(everyone: UserQuota, holdings: any UserHoldingsReading, users: any UserStoring) {
    self.everyone = everyone
    self.holdings = holdings
    self.users = users
  }

  /// What an account holds, and what it may.
  package func standing(of user: UserID) async throws(DomainError) -> (holds: UserHoldings, may: UserQuota) {
    let account = try await users.user(user)
    let found = try await holdings.holdings(of: user)[user]
    return (found ?? UserHoldings(), (account?.quota ?? UserQuota()).over(everyone))
  }

  /// What every account holds.
  package func holdings() async throws(DomainError) -> [UserID: UserHoldings] {
    try await holdings.holdings(of: nil)
  }

  /// Bytes that an account may still store; nil where there is no limit.
  package func room(of user: UserID) async throws(DomainError) -> Int64? {
    guard let most = try await limits(of: user).storageBytes else { return nil }
    let held = try await holdings.holdings(of: user)[user]?.storageBytes ?? 0
    return max(0, most - held)
  }

  /// How many unfinished tasks an account may have; nil is no limit.
  package func mostTasks(of user: UserID) async throws(DomainError) -> Int? {
    try await limits(of: user).tasks
  }

  /// Throws `quota_exceeded` where an account has as many tasks waiting and running as it may.
  package func admitTask(of user: UserID) async throws(DomainError) {
    guard let most = try await mostTasks(of: user) else { return }
    let held = try await holdings.holdings(of: user)[user]?.unfinishedTasks ?? 0
    guard held < most else { throw UserQuota.tasksExceeded(held: held, most: most) }
  }

  /// Bytes that an account may store in all; nil is no limit.
  package func mostBytes(of user: UserID) async throws(DomainError) -> Int64? {
    try await limits(of: user).storageBytes
  }

  private func limits(of user: UserID) async throws(DomainError) -> UserQuota {
    let account = try await users.user(user)
    return (account?.quota ?? UserQuota()).over(everyone)
  }
}
