package import Domain
package import SQLAccess

/// Conversations.
package struct ConversationStore: ConversationStoring {
  private let database: any SQLDatabase

  package init(_ database: any SQLDatabase) { self.database = database }

  package func insert(_ conversation: Conversation, keeping: Int) async throws(DomainError) {
    let (id, owner) = (conversation.id, conversation.userID)
    _ = try await database.writing { transaction in
      try transaction.execute(
        .insert(
          into: "conversations",
          [
            "id": id, "user_id": owner, "title": conversation.title, "tip_id": conversation.tip,
            "message_count": conversation.messageCount, "created_at": conversation.createdAt,
            "updated_at": conversation.updatedAt,
          ]))
      // The new one stays, also where the clock went back. The inner query has a name of its own because
      // MySQL does not delete from a table it reads.
      return try transaction.execute(
        """
        DELETE FROM conversations WHERE user_id = \(owner) AND id <> \(id) AND number NOT IN (
          SELECT number FROM (
            SELECT number FROM conversations WHERE user_id = \(owner) AND id <> \(id)
            ORDER BY updated_at DESC, number DESC LIMIT \(max(0, keeping - 1))
          ) AS kept)
        """)
    }
  }

  package func conversation(_ id: ConversationID, owner: UserID) async throws(DomainError) -> Conversation? {
    try await database.reading { transaction in
      try transaction.first("\(Conversation.selection) WHERE id = \(id) AND user_id = \(owner)")
        .map(Conversation.init(row:))
    }
  }

  package func conversations(owner: UserID) async throws(DomainError) -> [Conversation] {
    try await database.reading { transaction in
      try transaction.query(
        "\(Conversation.selection) WHERE user_id = \(owner) ORDER BY updated_at DESC, number DESC"
      ).map(Conversation.init(row:))
    }
  }

  package func delete(_ id: ConversationID, owner: UserID) async throws(DomainError) -> Bool {
    try await database.writing { transaction in
      try transaction.execute("DELETE FROM conversations WHERE id = \(id) AND user_id = \(owner)") > 0
    }
  }
}

extension Conversation {
  fileprivate static let selection: SQL = """
    SELECT id, user_id, title, tip_id, message_count, created_at, updated_at FROM conversations
    """

  fileprivate init(row: Row) throws {
    self.init(
      id: try row.get("id"), userID: try row.get("user_id"), title: try row.get("title"),
      tip: try row.get("tip_id"), messageCount: try row.get("message_count"),
      createdAt: try row.get("created_at"), updatedAt: try row.get("updated_at"))
  }
}
