/// `POST /api/auth/register`.
package struct RegisterRequest: Codable, Sendable {
  /// 3 to 20 characters: letters, digits, `_`, `-`, `.`.
  package let username: String
  package let email: String
  /// 6 to 256 characters.
  package let password: String

  package init(username: String, email: String, password: String) {
    self.username = username
    self.email = email
    self.password = password
  }
}

package struct RegisterReply: Codable, Sendable {
  package let message: String
  package let userID: String
  package let username: String
  package let role: UserRole

  package init(message: String, userID: String, username: String, role: UserRole) {
    self.message = message
    self.userID = userID
    self.username = username
    self.role = role
  }

  private enum CodingKeys: String, CodingKey { case message, userID = "user_id", username, role }
}

package enum UserRole: String, WireEnum { case admin, user }

/// `POST /api/auth/login`.
package struct LoginRequest: Codable, Sendable {
  package let usernameOrEmail: String
  package let password: String
  /// 30 days instead of 24 hours.
  package let rememberMe: Bool?

  package init(usernameOrEmail: String, password: String, rememberMe: Bool? = nil) {
    self.usernameOrEmail = usernameOrEmail
    self.password = password
    self.rememberMe = rememberMe
  }

  private enum CodingKeys: String, CodingKey {
    case usernameOrEmail = "username_or_email", password, rememberMe = "remember_me"
  }
}

package struct LoginReply: Codable, Sendable {
  package let accessToken: String
  /// Always `bearer`.
  package let tokenType: String
  /// Seconds the token is good for.
  package let expiresIn: Int
  package let user: UserReply

  package init(accessToken: String, tokenType: String = "bearer", expiresIn: Int, user: UserReply) {
    self.accessToken = accessToken
    self.tokenType = tokenType
    self.expiresIn = expiresIn
    self.user = user
  }

  private enum CodingKeys: String, CodingKey {
    case accessToken = "access_token", tokenType = "token_type", expiresIn = "expires_in", user
  }
}

/// `GET /api/auth/me`.
package struct UserReply: Codable, Sendable {
  package let userID: String
  package let username: String
  package let email: String
  package let role: UserRole
  package let createdAt: String

  package init(userID: String, username: String, email: String, role: UserRole, createdAt: String) {
    self.userID = userID
    self.username = username
    self.email = email
    self.role = role
    self.createdAt = createdAt
  }

  private enum CodingKeys: String, CodingKey {
    case userID = "user_id", username, email, role, createdAt = "created_at"
  }
}

/// `POST /api/auth/keys`.
package struct CreateKeyRequest: Codable, Sendable {
  /// 1 to 64 characters, to tell keys apart.
  package let name: String
  /// From 1; absent: as many as the server lets everyone make.
  package let requestsPerMinute: Int?
  /// From 1, prompt and completion together, in a day of UTC.
  package let tokensPerDay: Int?

  package init(name: String, requestsPerMinute: Int? = nil, tokensPerDay: Int? = nil) {
    self.name = name
    self.requestsPerMinute = requestsPerMinute
    self.tokensPerDay = tokensPerDay
  }

  private enum CodingKeys: String, CodingKey {
    case name, requestsPerMinute = "requests_per_minute", tokensPerDay = "tokens_per_day"
  }
}

package struct KeyReply: Codable, Sendable {
  package let keyID: String
  package let name: String
  /// How the key begins.
  package let prefix: String
  package let createdAt: String
  package let lastUsedAt: String?
  /// The whole key: only in the answer that made it, never again.
  package let key: String?
  /// Absent where the key is not limited.
  package let requestsPerMinute: Int?
  package let tokensPerDay: Int?

  package init(
    keyID: String, name: String, prefix: String, createdAt: String, lastUsedAt: String?, key: String? = nil,
    requestsPerMinute: Int? = nil, tokensPerDay: Int? = nil
  ) {
    self.keyID = keyID
    self.name = name
    self.prefix = prefix
    self.createdAt = createdAt
    self.lastUsedAt = lastUsedAt
    self.key = key
    self.requestsPerMinute = requestsPerMinute
    self.tokensPerDay = tokensPerDay
  }

  private enum CodingKeys: String, CodingKey {
    case keyID = "key_id", name, prefix, createdAt = "created_at", lastUsedAt = "last_used_at", key
    case requestsPerMinute = "requests_per_minute", tokensPerDay = "tokens_per_day"
  }
}

package struct KeyListReply: Codable, Sendable {
  package let keys: [KeyReply]
  package init(keys: [KeyReply]) { self.keys = keys }
}
