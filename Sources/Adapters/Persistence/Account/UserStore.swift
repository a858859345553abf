package import Domain
package import SQLAccess

/// Users; this store is the only one of its server that writes them.
package struct UserStore: UserStoring {
  let database: any SQLDatabase
  let known: ReadCache<UserID, UserAccount>

  /// - Parameter isAlone: whether no other server writes users.
  package init(_ database: any SQLDatabase, isAlone: Bool = true) {
    self.database = database
    known = ReadCache(limit: isAlone ? 4096 : 0)
  }

  package func insert(_ user: UserAccount, onlyFirst: Bool) async throws(DomainError) -> UserAccount {
    do {
      return try await database.write { try $0.insert(user, onlyFirst: onlyFirst) }
    } catch let error as SQLError where error.code == .uniqueViolation {
      // Two registrations at once, in an engine that lets both look first.
      throw Self.taken(error.constraint?.contains("email") == true ? "e-mail address" : "user name")
    } catch {
      throw DomainError(storing: error)
    }
  }

  package func user(_ id: UserID) async throws(DomainError) -> UserAccount? {
    try await known.value(id) { () async throws(DomainError) in
      try await database.reading { transaction in
        try transaction.first("\(UserAccount.selection) WHERE id = \(id) AND removed_at IS NULL")
          .map(UserAccount.init(row:))
      }
    }
  }

  package func user(named login: String) async throws(DomainError) -> UserAccount? {
    let key = login.lowercased()
    return try await database.reading { transaction in
      try transaction.first(
        "\(UserAccount.selection) WHERE username_key = \(key) OR email_key = \(key) ORDER BY number"
      ).map(UserAccount.init(row:))
    }
  }

  package func guest(at time: Timestamp) async throws(DomainError) -> UserAccount {
    try await database.writing { transaction in
      let role = UserAccount.Role.guest
      let known = try transaction.first("\(UserAccount.selection) WHERE role = \(role)")
      if let known { return try UserAccount(row: known) }
      // Parentheses are in no name that can be registered, and no password fits the hash.
      let guest = UserAccount(
        id: .make(), username: "(guest)", email: "(guest)", passwordHash: "-", role: role,
        tokenGeneration: 1, createdAt: time)
      try transaction.store(guest)
      return guest
    }
  }

  package func endTokens(of id: UserID) async throws(DomainError) -> Int {
    known.beginWrite()
    defer { known.endWrite() }
    return try await database.writing { transaction in
      try transaction.execute(
        "UPDATE users SET token_generation = token_generation + 1 WHERE id = \(id)")
      let generation: Int? = try transaction.value(
        "SELECT token_generation FROM users WHERE id = \(id)")
      guard let generation else { throw DomainError.notFound("The user") }
      return generation
    }
  }

  package func users(matching text: String?, limit: Int) async throws(DomainError) -> [UserAccount] {
    let part: SQL =
      text.map { text in
        let pattern = Self.pattern(containing: text.lowercased())
        return " AND (username_key LIKE \(pattern) ESCAPE '!' OR email_key LIKE \(pattern) ESCAPE '!')"
      } ?? .empty
    return try await database.reading { transaction in
      try transaction.query(
        """
        \(UserAccount.selection) WHERE role <> \(UserAccount.Role.guest) AND removed_at IS NULL\(part)
        ORDER BY number LIMIT \(limit)
        """
      ).map(UserAccount.init(row:))
    }
  }

  package func change(_ id: UserID, _ change: UserChange) async throws(DomainError) -> UserAccount {
    known.beginWrite()
    defer { known.endWrite() }
    return try await database.writing { try $0.change(id, change) }
  }

  /// A pattern for LIKE, in which what a user typed stands for itself.
  private static func pattern(containing text: String) -> String {
    var pattern = "%"
    for character in text {
      if "!%_".contains(character) { pattern.append("!") }
      pattern.append(character)
    }
    return pattern + "%"
  }

  fileprivate static func taken(_ what: String) -> DomainError {
    .conflict("This \(what) is taken.", hint: "Choose another \(what), or log in.")
  }
}

extension SQLTransaction {
  fileprivate func insert(_ user: UserAccount, onlyFirst: Bool) throws -> UserAccount {
    let (name, address) = (user.username.lowercased(), user.email.lowercased())
    // Across both columns: a name that is another user's address could not be told from it at login.
    let others = try query(
      """
      SELECT username_key, email_key FROM users
      WHERE username_key IN \(list: [name, address]) OR email_key IN \(list: [name, address])
      """)
    for other in others {
      let taken: [String] = [try other.get("username_key"), try other.get("email_key")]
      throw UserStore.taken(taken.contains(name) ? "user name" : "e-mail address")
    }
    // Only one transaction can make this row, also when two first users register at the same moment.
    let isFirst =
      try execute(
        """
        INSERT INTO installation (name, value) VALUES ('first_user', \(user.id))
        \(onConflict: ["name"], update: [])
        """) == 1
    var stored = user
    if isFirst { stored.role = .administrator }
    guard isFirst || !onlyFirst else {
      throw DomainError(
        .forbidden, "Accounts are made by an administrator here.", hint: "Ask one for an account.")
    }
    try store(stored)
    return stored
  }

  fileprivate func change(_ id: UserID, _ change: UserChange) throws -> UserAccount {
    let row = try first(
      """
      \(UserAccount.selection)
      WHERE id = \(id) AND role <> \(UserAccount.Role.guest) AND removed_at IS NULL
      """)
    guard let row else { throw DomainError.notFound("The user") }
    var user = try UserAccount(row: row)
    let couldAdminister = user.administers
    user.role = change.role ?? user.role
    user.isDisabled = change.isDisabled ?? user.isDisabled
    user.quota = change.quota ?? user.quota
    user.passwordHash = change.passwordHash ?? user.passwordHash
    if change.endsTokens { user.tokenGeneration += 1 }
    try execute(
      """
      UPDATE users SET role = \(user.role), is_disabled = \(user.isDisabled ? 1 : 0),
        password_hash = \(user.passwordHash), token_generation = \(user.tokenGeneration),
        storage_bytes = \(user.quota.storageBytes), unfinished_tasks = \(user.quota.tasks),
        requests_per_minute = \(user.quota.requestsPerMinute), tokens_per_day = \(user.quota.tokensPerDay)
      WHERE id = \(id)
      """)
    if couldAdminister, !user.administers { try mindLastAdministrator() }
    return user
  }

  /// Throws `conflict` where nobody could administer any more.
  func mindLastAdministrator() throws {
    let left: Int? = try value(
      "SELECT COUNT(*) FROM users WHERE role = \(UserAccount.Role.administrator) AND is_disabled = 0")
    guard left ?? 0 > 0 else {
      throw DomainError.conflict(
        "This is the last administrator.", hint: "Make another account an administrator first.")
    }
  }

  fileprivate func store(_ user: UserAccount) throws {
    try execute(
      .insert(
        into: "users",
        [
          "id": user.id, "username": user.username, "username_key": user.username.lowercased(),
          "email": user.email, "email_key": user.email.lowercased(), "password_hash": user.passwordHash,
          "role": user.role, "token_generation": user.tokenGeneration, "created_at": user.createdAt,
          "is_disabled": user.isDisabled ? 1 : 0, "storage_bytes": user.quota.storageBytes,
          "unfinished_tasks": user.quota.tasks, "requests_per_minute": user.quota.requestsPerMinute,
          "tokens_per_day": user.quota.tokensPerDay,
        ]))
  }
}

extension UserAccount {
  static let selection: SQL = """
    SELECT id, username, email, password_hash, role, token_generation, created_at, is_disabled, storage_bytes,
      unfinished_tasks, requests_per_minute, tokens_per_day FROM users
    """

  var administers: Bool { role == .administrator && !isDisabled }

  init(row: Row) throws {
    self.init(
      id: try row.get("id"), username: try row.get("username"), email: try row.get("email"),
      passwordHash: try row.get("password_hash"), role: try row.get("role"),
      tokenGeneration: try row.get("token_generation"), createdAt: try row.get("created_at"),
      isDisabled: try row.get("is_disabled", as: Int.self) != 0,
      quota: UserQuota(
        storageBytes: try row.get("storage_bytes"), tasks: try row.get("unfinished_tasks"),
        requestsPerMinute: try row.get("requests_per_minute"), tokensPerDay: try row.get("tokens_per_day")))
  }
}
