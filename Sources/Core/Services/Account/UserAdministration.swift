package import Domain

/// What administrators do with the accounts of others.
package struct UserAdministration: Sendable {
  package typealias Standing = (user: UserAccount, holds: UserHoldings)

  package let quotas: UserQuotas
  private let users: any UserStoring
  private let accounts: AccountService
  private let passwords: any PasswordHashing
  private let log: ServerLog

  package init(
    quotas: UserQuotas, users: any UserStoring, accounts: AccountService, passwords: any PasswordHashing,
    log: ServerLog
  ) {
    self.quotas = quotas
    self.users = users
    self.accounts = accounts
    self.passwords = passwords
    self.log = log
  }

  /// Accounts in the order in which they were made; `text` is part of a name or an address.
  package func list(matching text: String?, limit: Int) async throws(DomainError) -> [Standing] {
    let holdings = try await quotas.holdings()
    return try await users.users(matching: text, limit: limit).map {
      ($0, holdings[$0.id] ?? UserHoldings())
    }
  }

  package func user(_ id: UserID) async throws(DomainError) -> Standing {
    guard let user = try await users.user(id), user.role != .guest else { throw .notFound("The user") }
    return (user, try await quotas.standing(of: id).holds)
  }

  /// Makes an account for somebody, also where nobody may register.
  package func create(username: String, email: String, password: String, role: UserAccount.Role)
    async throws(DomainError) -> Standing
  {
    let made = try await accounts.make(username: username, email: email, password: password, onlyFirst: false)
    guard role != made.role else { return (made, UserHoldings()) }
    var change = UserChange()
    change.role = role
    return (try await users.change(made.id, change), UserHoldings())
  }

  /// Throws `conflict` where nobody could administer any more, and `invalid_input` for a limit that cannot be.
  package func change(_ id: UserID, _ change: UserChange, by administrator: UserID)
    async throws(DomainError) -> Standing
  {
    if let quota = change.quota { try Self.check(quota) }
    var change = change
    // A locked account's tokens end, so that they are not good again once it is unlocked.
    if change.isDisabled == true { change.endsTokens = true }
    _ = try await users.change(id, change)
    log.info(
      "account changed",
      [
        "user": id.rawValue, "by": administrator.rawValue, "role": change.role?.rawValue ?? "-",
        "disabled": change.isDisabled.map { "\($0)" } ?? "-", "quota": change.quota == nil ? "-" : "set",
      ])
    return try await user(id)
  }

  /// Gives an account a new password and ends its tokens; its API keys stay.
  package func setPassword(_ password: String, of id: UserID, by administrator: UserID)
    async throws(DomainError)
  {
    try AccountRules.check(password: password)
    var change = UserChange()
    change.passwordHash = try await passwords.hash(password)
    change.endsTokens = true
    _ = try await users.change(id, change)
    log.info("password set", ["user": id.rawValue, "by": administrator.rawValue])
  }

  private static func check(_ quota: UserQuota) throws(DomainError) {
    let isSound =
      (0...1 << 60).contains(quota.storageBytes ?? 0) && (0...1_000_000).contains(quota.tasks ?? 0)
      && (1...1_000_000_000).contains(quota.requestsPerMinute ?? 1)
      && (1...1_000_000_000_000).contains(quota.tokensPerDay ?? 1)
    guard isSound else {
      throw .invalid(
        "Limits are whole numbers: storage and tasks from 0, requests and tokens from 1.",
        hint: "Leave out what is not to be limited.")
    }
  }
}
