package import Domain
package import SQLAccess

/// Users; this store is the only one that writes them.
package struct UserStore: UserStoring {
  private let database: any SQLDatabase
  private let known = ReadCache<UserID, UserAccount>()

  package init(_ database: any SQLDatabase) {
    self.database = database
  }

  package func insert(_ user: UserAccount) async throws(DomainError) -> UserAccount {
    do {
      return try await database.write { try $0.insert(user) }
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
        try transaction.first("\(UserAccount.selection) WHERE id = \(id)").map(UserAccount.init(row:))
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

  fileprivate static func taken(_ what: String) -> DomainError {
    .conflict("This \(what) is taken.", hint: "Choose another \(what), or log in.")
  }
}

extension SQLTransaction {
  fileprivate func insert(_ user: UserAccount) throws -> UserAccount {
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
    try store(stored)
    return stored
  }

  fileprivate func store(_ user: UserAccount) throws {
    try execute(
      .insert(
        into: "users",
        [
          "id": user.id, "username": user.username, "username_key": user.username.lowercased(),
          "email": user.email, "email_key": user.email.lowercased(), "password_hash": user.passwordHash,
          "role": user.role, "token_generation": user.tokenGeneration, "created_at": user.createdAt,
        ]))
  }
}

extension UserAccount {
  fileprivate static let selection: SQL = """
    SELECT id, username, email, password_hash, role, token_generation, created_at FROM users
    """

  fileprivate init(row: Row) throws {
    self.init(
      id: try row.get("id"), username: try row.get("username"), email: try row.get("email"),
      passwordHash: try row.get("password_hash"), role: try row.get("role"),
      tokenGeneration: try row.get("token_generation"), createdAt: try row.get("created_at"))
  }
}
