package import Domain
import SQLAccess

extension UserStore: AccountRemovalStoring {
  package func begin(_ id: UserID, at time: Timestamp) async throws(DomainError) -> UserAccount {
    known.beginWrite()
    defer { known.endWrite() }
    return try await database.writing { transaction in
      let row = try transaction.first(
        """
        \(UserAccount.selection)
        WHERE id = \(id) AND role <> \(UserAccount.Role.guest) AND removed_at IS NULL
        """)
      guard let row else { throw DomainError.notFound("The user") }
      let user = try UserAccount(row: row)
      // Keys that nobody can register: the name and the address are free again.
      let gone = "(removed \(id.rawValue))"
      try transaction.execute(
        """
        UPDATE users SET removed_at = \(time), is_disabled = 1, token_generation = token_generation + 1,
          username_key = \(gone), email_key = \(gone) WHERE id = \(id)
        """)
      try transaction.execute("DELETE FROM api_keys WHERE user_id = \(id)")
      if user.administers { try transaction.mindLastAdministrator() }
      return user
    }
  }

  package func begun() async throws(DomainError) -> [UserID] {
    try await database.reading { transaction in
      try transaction.query("SELECT id FROM users WHERE removed_at IS NOT NULL ORDER BY number").map {
        try $0.get("id")
      }
    }
  }

  package func finish(_ id: UserID, removing: [Removal]) async throws(DomainError) {
    known.beginWrite()
    defer { known.endWrite() }
    _ = try await database.writing { transaction in
      try transaction.note(removing)
      for table in ["services", "dataset_uploads", "discovered_models", "events"] {
        try transaction.execute("DELETE FROM \(identifier: table) WHERE user_id = \(id)")
      }
      // Keys, presets, votes, settings and use go with it, by their foreign keys.
      try transaction.execute("DELETE FROM users WHERE id = \(id) AND removed_at IS NOT NULL")
    }
  }
}
