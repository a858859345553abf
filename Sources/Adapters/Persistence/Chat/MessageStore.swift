package import Domain
package import SQLAccess

/// Messages of conversations.
package struct MessageStore: MessageStoring {
  private let database: any SQLDatabase

  package init(_ database: any SQLDatabase) { self.database = database }

  package func path(of id: ConversationID, owner: UserID) async throws(DomainError) -> [StoredMessage]? {
    try await database.reading { transaction in
      let conversation = try transaction.first(
        "SELECT tip_id FROM conversations WHERE id = \(id) AND user_id = \(owner)")
      guard let conversation else { return nil }
      let rows = try transaction.query("\(StoredMessage.selection) WHERE conversation_id = \(id)")
      let byID = Dictionary(
        try rows.map { try StoredMessage(row: $0) }.map { ($0.id, $0) },
        uniquingKeysWith: { first, _ in first })
      var path: [StoredMessage] = []
      var next: MessageID? = try conversation.get("tip_id")
      // A row that names itself, written by another hand, must not hold the server up.
      while let id = next, let message = byID[id], path.count < byID.count {
        path.append(message)
        next = message.parent
      }
      return path.reversed()
    }
  }

  package func append(_ exchange: NewExchange, owner: UserID) async throws(DomainError) -> Bool {
    let (question, reply) = (exchange.question, exchange.reply)
    return try await database.writing { transaction in
      let id = question.conversationID
      let conversation = try transaction.first(
        "SELECT tip_id, title FROM conversations WHERE id = \(id) AND user_id = \(owner)")
      guard let conversation else { return false }
      let tip: MessageID? = try conversation.get("tip_id")
      guard tip == question.parent else { return false }
      for message in [question, reply] {
        try transaction.execute(
          .insert(
            into: "messages",
            [
              "id": message.id, "conversation_id": id, "parent_id": message.parent, "role": message.role,
              "content": message.content, "state": message.state, "model": message.model,
              "created_at": message.createdAt,
            ]))
      }
      let title: String = try conversation.get("title")
      try transaction.execute(
        """
        UPDATE conversations SET tip_id = \(reply.id), message_count = message_count + 2,
          title = \(title.isEmpty ? exchange.title : title), updated_at = \(question.createdAt)
        WHERE id = \(id)
        """)
      return true
    }
  }

  package func write(
    _ id: MessageID, content: String, state: StoredMessage.State, at time: Timestamp
  ) async throws(DomainError) -> Bool {
    try await database.writing { transaction in
      let open = StoredMessage.State.streaming
      if content.isEmpty && state != open {
        return try transaction.takeAway(id, at: time)
      }
      let changed = try transaction.execute(
        """
        UPDATE messages SET content = \(content), state = \(state) WHERE id = \(id) AND state = \(open)
        """)
      guard changed > 0 else { return false }
      try transaction.execute(
        """
        UPDATE conversations SET updated_at = \(time)
        WHERE id = (SELECT conversation_id FROM messages WHERE id = \(id))
        """)
      return true
    }
  }

  package func clear(
    _ id: ConversationID, owner: UserID, at time: Timestamp
  ) async throws(DomainError) -> Bool {
    try await database.writing { transaction in
      let changed = try transaction.execute(
        """
        UPDATE conversations SET tip_id = NULL, message_count = 0, updated_at = \(time)
        WHERE id = \(id) AND user_id = \(owner)
        """)
      guard changed > 0 else { return false }
      try transaction.execute("DELETE FROM messages WHERE conversation_id = \(id)")
      return true
    }
  }

  package func interruptUnfinished(at time: Timestamp) async throws(DomainError) -> Int {
    try await database.writing { transaction in
      let (open, broken) = (StoredMessage.State.streaming, StoredMessage.State.interrupted)
      let empty: [MessageID] = try transaction.query(
        "SELECT id FROM messages WHERE state = \(open) AND content = ''"
      ).map { try $0.get("id") }
      for id in empty { _ = try transaction.takeAway(id, at: time) }
      let marked = try transaction.execute(
        "UPDATE messages SET state = \(broken) WHERE state = \(open)")
      return marked + empty.count
    }
  }
}

extension SQLTransaction {
  /// Takes a reply away that has no word; the tip goes back to its question.
  fileprivate func takeAway(_ id: MessageID, at time: Timestamp) throws -> Bool {
    let open = StoredMessage.State.streaming
    let row = try first("\(StoredMessage.selection) WHERE id = \(id) AND state = \(open)")
    guard let reply = try row.map(StoredMessage.init(row:)) else { return false }
    try execute("DELETE FROM messages WHERE id = \(id)")
    try execute(
      """
      UPDATE conversations SET tip_id = \(reply.parent), message_count = message_count - 1,
        updated_at = \(time)
      WHERE id = \(reply.conversationID) AND tip_id = \(id)
      """)
    return true
  }
}

extension StoredMessage {
  fileprivate static let selection: SQL = """
    SELECT id, conversation_id, parent_id, role, content, state, model, created_at FROM messages
    """

  fileprivate init(row: Row) throws {
    self.init(
      id: try row.get("id"), conversationID: try row.get("conversation_id"), parent: try row.get("parent_id"),
      role: try row.get("role"), content: try row.get("content"), state: try row.get("state"),
      model: try row.get("model"), createdAt: try row.get("created_at"))
  }
}
