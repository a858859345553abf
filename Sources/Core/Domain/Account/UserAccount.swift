/// A person with a login.
package struct UserAccount: Sendable, Equatable {
  package enum Role: String, Sendable {
    case administrator = "admin", user
    /// The one account of all callers without a login; nobody can log in as it.
    case guest
  }

  package let id: UserID
  package var username: String
  package var email: String
  /// An argon2id string; never leaves the server.
  package var passwordHash: String
  package var role: Role
  /// Part of every token; raised by "log out everywhere", which ends all tokens at once.
  package var tokenGeneration: Int
  package let createdAt: Timestamp
  /// Whether an administrator has locked it: nobody comes in with it, and what it holds stays.
  package var isDisabled: Bool
  package var quota: UserQuota

  package init(
    id: UserID, username: String, email: String, passwordHash: String, role: Role, tokenGeneration: Int,
    createdAt: Timestamp, isDisabled: Bool = false, quota: UserQuota = UserQuota()
  ) {
    self.id = id
    self.username = username
    self.email = email
    self.passwordHash = passwordHash
    self.role = role
    self.tokenGeneration = tokenGeneration
    self.createdAt = createdAt
    self.isDisabled = isDisabled
    self.quota = quota
  }
}

/// A key for programs: shown once, kept as a hash.
package struct APIKeyRecord: Sendable, Equatable {
  package let id: APIKeyID
  package let userID: UserID
  package let name: String
  /// The first characters, so that a person can tell keys apart.
  package let prefix: String
  /// SHA-256 of the whole key, lower-case hexadecimal.
  package let hash: String
  package let createdAt: Timestamp
  package var lastUsedAt: Timestamp?
  /// How much it may be used.
  package let limits: UseLimits

  package init(
    id: APIKeyID, userID: UserID, name: String, prefix: String, hash: String, createdAt: Timestamp,
    lastUsedAt: Timestamp? = nil, limits: UseLimits = UseLimits()
  ) {
    self.id = id
    self.userID = userID
    self.name = name
    self.prefix = prefix
    self.hash = hash
    self.createdAt = createdAt
    self.lastUsedAt = lastUsedAt
    self.limits = limits
  }
}
