package import Domain
import Synchronization

/// Who may come in: registration, login, tokens and API keys.
package struct AccountService: Sendable {
  package struct Lifetimes: Sendable {
    /// Seconds.
    package let token: Double
    package let rememberedToken: Double

    package init(token: Double = 86_400, rememberedToken: Double = 30 * 86_400) {
      self.token = token
      self.rememberedToken = rememberedToken
    }
  }

  let users: any UserStoring
  private let keys: any APIKeyStoring
  private let passwords: any PasswordHashing
  private let credentials: any CredentialIssuing
  private let lifetimes: Lifetimes
  /// Whether whoever reaches the server may make an account; the first can always be made.
  package let isOpen: Bool
  private let clock: WallClock
  private let uses = KeyUses()

  package init(
    users: any UserStoring, keys: any APIKeyStoring, passwords: any PasswordHashing,
    credentials: any CredentialIssuing, lifetimes: Lifetimes, isOpen: Bool = true, clock: WallClock
  ) {
    self.users = users
    self.keys = keys
    self.passwords = passwords
    self.credentials = credentials
    self.lifetimes = lifetimes
    self.isOpen = isOpen
    self.clock = clock
  }

  /// Makes an account; the first of all is the administrator's.
  ///
  /// Throws `conflict` for a name or address in use and `invalid_input` for one that breaks the
  /// rules of `AccountRules`, and `forbidden` where administrators make the accounts.
  package func register(username: String, email: String, password: String) async throws(DomainError)
    -> UserAccount
  {
    try await make(username: username, email: email, password: password, onlyFirst: !isOpen)
  }

  func make(username: String, email: String, password: String, onlyFirst: Bool) async throws(DomainError)
    -> UserAccount
  {
    try AccountRules.check(username: username)
    try AccountRules.check(email: email)
    try AccountRules.check(password: password)
    let user = UserAccount(
      id: .make(), username: username, email: email, passwordHash: try await passwords.hash(password),
      role: .user, tokenGeneration: 1, createdAt: clock.now())
    return try await users.insert(user, onlyFirst: onlyFirst)
  }

  /// Throws `unauthenticated` alike for an unknown name and a wrong password, after the same work.
  package func login(_ login: String, password: String, remember: Bool) async throws(DomainError)
    -> (token: String, seconds: Double, user: UserAccount)
  {
    let user = try await users.user(named: login)
    guard try await passwords.verify(password, against: user?.passwordHash), let user else {
      throw DomainError(
        .unauthenticated, "The user name or the password is wrong.",
        hint: "Check both; names and addresses are not case-sensitive, passwords are.")
    }
    // Only who knows the password is told.
    guard !user.isDisabled else {
      throw DomainError(
        .forbidden, "This account is locked.", hint: "Ask an administrator to unlock it.")
    }
    return try session(of: user, remember: remember)
  }

  /// Gives the user another password and ends every token; the new one is in the answer.
  ///
  /// Throws `forbidden` for a wrong present password.
  package func changePassword(of user: UserAccount, from present: String, to password: String)
    async throws(DomainError) -> (token: String, seconds: Double, user: UserAccount)
  {
    guard try await passwords.verify(present, against: user.passwordHash) else {
      throw DomainError(.forbidden, "The present password is wrong.", hint: "Check it, and try again.")
    }
    try AccountRules.check(password: password)
    var change = UserChange()
    change.passwordHash = try await passwords.hash(password)
    change.endsTokens = true
    return try session(of: try await users.change(user.id, change), remember: false)
  }

  func session(of user: UserAccount, remember: Bool) throws(DomainError)
    -> (token: String, seconds: Double, user: UserAccount)
  {
    let now = clock.now()
    let seconds = remember ? lifetimes.rememberedToken : lifetimes.token
    let token = try credentials.token(
      for: TokenClaims(userID: user.id, generation: user.tokenGeneration), issuedAt: now,
      expiresAt: now.adding(seconds: seconds))
    return (token, seconds, user)
  }

  /// The user behind a bearer credential, and the API key where it is one and no token.
  package func authenticate(_ credential: String) async throws(DomainError)
    -> (user: UserAccount, key: APIKeyRecord?)
  {
    if let hash = credentials.hash(ofKey: credential) {
      guard let key = try await keys.key(hash: hash), let user = try await users.user(key.userID) else {
        throw Self.notSignedIn("The API key is not known.")
      }
      guard !user.isDisabled else { throw Self.notSignedIn("The account of this API key is locked.") }
      // A key's last use is for people to see: a minute's precision saves a write on each request.
      let now = clock.now()
      if uses.isToBeWritten(key, at: now) { try await keys.touch(key.id, at: now) }
      return (user, key)
    }
    let claims = try credentials.claims(of: credential, now: clock.now())
    guard let user = try await users.user(claims.userID), user.tokenGeneration == claims.generation,
      !user.isDisabled
    else {
      throw Self.notSignedIn("The token is not valid any more.")
    }
    return (user, nil)
  }

  /// Ends every token of the user, this one too; API keys stay.
  package func logoutEverywhere(_ user: UserID) async throws(DomainError) {
    _ = try await users.endTokens(of: user)
  }

  /// Throws `invalid_input` for a name or a limit that cannot be.
  package func createKey(named name: String, limits: UseLimits = UseLimits(), for user: UserID)
    async throws(DomainError) -> (record: APIKeyRecord, text: String)
  {
    for limit in [limits.requestsPerMinute, limits.tokensPerDay] {
      guard (1...1_000_000_000_000).contains(limit ?? 1) else {
        throw .invalid(
          "A key's limits are whole numbers from 1.", hint: "Leave out what is not to be limited.")
      }
    }
    guard (1...64).contains(name.count), AccountRules.isPrintable(name) else {
      throw .invalid("The name of a key has 1 to 64 printable characters.")
    }
    let minted = credentials.mintKey()
    let record = APIKeyRecord(
      id: .make(), userID: user, name: name, prefix: minted.prefix, hash: minted.hash, createdAt: clock.now(),
      limits: limits)
    try await keys.insert(record)
    return (record, minted.text)
  }

  package func keys(of user: UserID) async throws(DomainError) -> [APIKeyRecord] {
    try await keys.keys(of: user)
  }

  package func deleteKey(_ id: APIKeyID, of user: UserID) async throws(DomainError) {
    guard try await keys.delete(id, owner: user) else { throw .notFound("The key") }
  }

  private static func notSignedIn(_ message: String) -> DomainError {
    DomainError(.unauthenticated, message, hint: "Log in again.")
  }
}

/// When each key's last use was written down: of many requests at once, one writes it.
private final class KeyUses: Sendable {
  private let written = Mutex<[APIKeyID: Timestamp]>([:])

  func isToBeWritten(_ key: APIKeyRecord, at now: Timestamp) -> Bool {
    written.withLock { written in
      let last = max(
        key.lastUsedAt ?? Timestamp(milliseconds: 0), written[key.id] ?? Timestamp(milliseconds: 0))
      guard now.seconds(since: last) > 60 else { return false }
      if written.count >= 10_000 { written = [:] }
      written[key.id] = now
      return true
    }
  }
}
