/// What one account may hold and use; absent: as everyone.
package struct QuotaFields: Codable, Sendable {
  /// Bytes of datasets and of models that its tasks made, from 0.
  package let storageBytes: Int64?
  /// Unfinished tasks, from 0.
  package let tasks: Int?
  /// To `/v1` and the chats, from 1.
  package let requestsPerMinute: Int?
  /// From 1, in a day of UTC.
  package let tokensPerDay: Int?

  package init(storageBytes: Int64?, tasks: Int?, requestsPerMinute: Int?, tokensPerDay: Int?) {
    self.storageBytes = storageBytes
    self.tasks = tasks
    self.requestsPerMinute = requestsPerMinute
    self.tokensPerDay = tokensPerDay
  }

  private enum CodingKeys: String, CodingKey {
    case storageBytes = "storage_bytes", tasks, requestsPerMinute = "requests_per_minute"
    case tokensPerDay = "tokens_per_day"
  }
}

/// What an account holds at present.
package struct HoldingsReply: Codable, Sendable {
  package let datasets: Int
  /// That its tasks made.
  package let models: Int
  package let storageBytes: Int64
  package let tasks: Int
  package let unfinishedTasks: Int

  package init(datasets: Int, models: Int, storageBytes: Int64, tasks: Int, unfinishedTasks: Int) {
    self.datasets = datasets
    self.models = models
    self.storageBytes = storageBytes
    self.tasks = tasks
    self.unfinishedTasks = unfinishedTasks
  }

  private enum CodingKeys: String, CodingKey {
    case datasets, models, storageBytes = "storage_bytes", tasks, unfinishedTasks = "unfinished_tasks"
  }
}

/// An account as administrators see it.
package struct AccountReply: Codable, Sendable {
  package let userID: String
  package let username: String
  package let email: String
  package let role: UserRole
  package let createdAt: String
  /// Nobody comes in with it; what it holds stays, and its tasks go on.
  package let disabled: Bool
  /// Its own limits.
  package let quota: QuotaFields
  package let holds: HoldingsReply

  package init(
    userID: String, username: String, email: String, role: UserRole, createdAt: String, disabled: Bool,
    quota: QuotaFields, holds: HoldingsReply
  ) {
    self.userID = userID
    self.username = username
    self.email = email
    self.role = role
    self.createdAt = createdAt
    self.disabled = disabled
    self.quota = quota
    self.holds = holds
  }

  private enum CodingKeys: String, CodingKey {
    case userID = "user_id", username, email, role, createdAt = "created_at", disabled, quota, holds
  }
}

/// `GET /api/users`.
package struct AccountListReply: Codable, Sendable {
  package let users: [AccountReply]
  /// What holds where an account has no limit of its own; absent: no limit.
  package let everyone: QuotaFields
  /// Whether whoever reaches the server may make an account.
  package let registrationOpen: Bool

  package init(users: [AccountReply], everyone: QuotaFields, registrationOpen: Bool) {
    self.users = users
    self.everyone = everyone
    self.registrationOpen = registrationOpen
  }

  private enum CodingKeys: String, CodingKey {
    case users, everyone, registrationOpen = "registration_open"
  }
}

/// `POST /api/users`.
package struct CreateUserRequest: Codable, Sendable {
  /// 3 to 20 characters: letters, digits, `_`, `-`, `.`.
  package let username: String
  package let email: String
  /// 6 to 256 characters.
  package let password: String
  /// `user` without it.
  package let role: UserRole?

  package init(username: String, email: String, password: String, role: UserRole? = nil) {
    self.username = username
    self.email = email
    self.password = password
    self.role = role
  }
}

/// `PATCH /api/users/{user_id}`; what is absent stays.
package struct ChangeUserRequest: Codable, Sendable {
  package let role: UserRole?
  package let disabled: Bool?
  /// Replaces every limit: one that is absent in it is as everyone's.
  package let quota: QuotaFields?

  package init(role: UserRole? = nil, disabled: Bool? = nil, quota: QuotaFields? = nil) {
    self.role = role
    self.disabled = disabled
    self.quota = quota
  }
}

/// `POST /api/users/{user_id}/password`.
package struct SetPasswordRequest: Codable, Sendable {
  /// 6 to 256 characters.
  package let password: String

  package init(password: String) { self.password = password }
}

/// `POST /api/auth/remove`.
package struct RemoveAccountRequest: Codable, Sendable {
  /// The present one.
  package let password: String

  package init(password: String) { self.password = password }
}

/// What went with an account; what lies on a host that is away goes when it is back.
package struct AccountRemovalReply: Codable, Sendable {
  package let message: String
  package let freed: HoldingsReply

  package init(message: String, freed: HoldingsReply) {
    self.message = message
    self.freed = freed
  }
}

/// `POST /api/auth/password`.
package struct ChangePasswordRequest: Codable, Sendable {
  package let currentPassword: String
  /// 6 to 256 characters.
  package let newPassword: String

  package init(currentPassword: String, newPassword: String) {
    self.currentPassword = currentPassword
    self.newPassword = newPassword
  }

  private enum CodingKeys: String, CodingKey {
    case currentPassword = "current_password", newPassword = "new_password"
  }
}

/// `GET /api/auth/quota`.
package struct QuotaReply: Codable, Sendable {
  package let holds: HoldingsReply
  /// Absent fields are no limit.
  package let may: QuotaFields

  package init(holds: HoldingsReply, may: QuotaFields) {
    self.holds = holds
    self.may = may
  }
}
