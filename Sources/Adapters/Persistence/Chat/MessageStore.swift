package import Domain
package import SQLAccess

/// Messages of conversations.
package struct MessageStore: MessageStoring {
  private let database: any SQLDatabase

  package init(_ database: any SQLDatabase) { self.database = database }

  package func tree(of id: ConversationID, owner: UserID) async throws(DomainError) -> MessageTree? {
    try await database.reading { transaction in try transaction.tree(of: id, owner: owner) }
  }

  package func append(_ exchange: NewExchange, owner: UserID) async throws(DomainError) -> Bool {
    let reply = exchange.reply
    return try await database.writing { transaction in
      let id = reply.conversationID
      let conversation = try transaction.first(
        "SELECT tip_id, title, message_count FROM conversations WHERE id = \(id) AND user_id = \(owner)")
      guard let conversation else { return false }
      let tip: MessageID? = try conversation.get("tip_id")
      guard tip == exchange.tip else { return false }
      let depth: Int?
      if exchange.parent == tip {
        depth = try conversation.get("message_count")
      } else {
        let tree = try transaction.tree(of: id, owner: owner)
        depth = exchange.parent == nil ? 0 : tree?.path(to: exchange.parent).count
        guard depth != 0 || exchange.parent == nil else { return false }
      }
      if let question = exchange.question {
        try transaction.insert(question)
        try transaction.index(question.id, question.content, owner: owner)
      }
      try transaction.insert(reply)
      // Asked once more: why it had no answer before matters no longer.
      try transaction.note(nil, at: reply.parent)
      let title: String = try conversation.get("title")
      let count = (depth ?? 0) + (exchange.question == nil ? 1 : 2)
      try transaction.execute(
        """
        UPDATE conversations SET tip_id = \(reply.id), message_count = \(count),
          title = \(title.isEmpty ? exchange.title : title), updated_at = \(reply.createdAt)
        WHERE id = \(id)
        """)
      return true
    }
  }

  package func moveTip(
    of id: ConversationID, to message: MessageID, owner: UserID
  ) async throws(DomainError) -> Bool {
    try await database.writing { transaction in
      guard let tree = try transaction.tree(of: id, owner: owner) else { return false }
      let count = tree.path(to: message).count
      guard count > 0 else { return false }
      return try transaction.execute(
        "UPDATE conversations SET tip_id = \(message), message_count = \(count) WHERE id = \(id)") > 0
    }
  }

  package func write(
    _ id: MessageID, content: String, state: StoredMessage.State, failure: ReplyFailure?, at time: Timestamp
  ) async throws(DomainError) -> Bool {
    try await database.writing { transaction in
      let open = StoredMessage.State.streaming
      if content.isEmpty && state != open {
        return try transaction.takeAway(id, noting: failure, at: time)
      }
      let changed = try transaction.execute(
        """
        UPDATE messages SET content = \(content), state = \(state), failure_code = \(failure?.code),
          failure_message = \(failure?.message), failure_hint = \(failure?.hint)
        WHERE id = \(id) AND state = \(open)
        """)
      guard changed > 0 else { return false }
      let conversation = try transaction.first(
        """
        SELECT id, user_id FROM conversations WHERE id = (SELECT conversation_id FROM messages WHERE id = \(id))
        """)
      guard let conversation else { return false }
      let conversationID: ConversationID = try conversation.get("id")
      try transaction.execute(
        "UPDATE conversations SET updated_at = \(time) WHERE id = \(conversationID)")
      // Once, at its end: while it is written it would be taken in anew each second.
      if state != open { try transaction.index(id, content, owner: try conversation.get("user_id")) }
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
      try transaction.unindex(conversations: "SELECT id FROM conversations WHERE id = \(id)")
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
      for id in empty { _ = try transaction.takeAway(id, noting: nil, at: time) }
      let rest = try transaction.query(
        """
        SELECT messages.id AS id, content, user_id FROM messages
        JOIN conversations ON conversations.id = conversation_id WHERE state = \(open)
        """)
      for row in rest {
        try transaction.index(try row.get("id"), try row.get("content"), owner: try row.get("user_id"))
      }
      let marked = try transaction.execute(
        "UPDATE messages SET state = \(broken) WHERE state = \(open)")
      return marked + empty.count
    }
  }
}

extension SQLTransaction {
  fileprivate func tree(of id: ConversationID, owner: UserID) throws -> MessageTree? {
    let conversation = try first(
      "SELECT tip_id FROM conversations WHERE id = \(id) AND user_id = \(owner)")
    guard let conversation else { return nil }
    let rows = try query("\(StoredMessage.selection) WHERE conversation_id = \(id) ORDER BY number")
    let sources = try sources(of: id)
    return MessageTree(
      try rows.map { row in
        try StoredMessage(row: row, sources: sources.isEmpty ? [] : sources[try row.get("id")] ?? [])
      }, tip: try conversation.get("tip_id"))
  }

  func insert(_ message: StoredMessage) throws {
    try execute(
      .insert(
        into: "messages",
        [
          "id": message.id, "conversation_id": message.conversationID, "parent_id": message.parent,
          "role": message.role, "content": message.content, "state": message.state, "model": message.model,
          "left_out": message.leftOut, "failure_code": message.failure?.code,
          "failure_message": message.failure?.message, "failure_hint": message.failure?.hint,
          "created_at": message.createdAt,
        ]))
    try insertSources(of: message)
  }

  /// Says of a question why it has no answer; nil: nothing stands in the way of one.
  fileprivate func note(_ failure: ReplyFailure?, at question: MessageID?) throws {
    guard let question else { return }
    try execute(
      """
      UPDATE messages SET failure_code = \(failure?.code), failure_message = \(failure?.message),
        failure_hint = \(failure?.hint)
      WHERE id = \(question)
      """)
  }

  /// Takes a reply away that has no word; the tip goes to what else answers its question, or back to that.
  fileprivate func takeAway(_ id: MessageID, noting failure: ReplyFailure?, at time: Timestamp) throws -> Bool
  {
    let open = StoredMessage.State.streaming
    let row = try first("\(StoredMessage.selection) WHERE id = \(id) AND state = \(open)")
    guard let reply = try row.map({ try StoredMessage(row: $0) }) else { return false }
    try execute("DELETE FROM messages WHERE id = \(id)")
    if failure != nil { try note(failure, at: reply.parent) }
    let conversation = reply.conversationID
    let rest = MessageTree(
      try query("\(StoredMessage.selection) WHERE conversation_id = \(conversation) ORDER BY number")
        .map { try StoredMessage(row: $0) }, tip: nil)
    let tip = reply.parent.map(rest.leaf(under:))
    try execute(
      """
      UPDATE conversations SET tip_id = \(tip), message_count = \(rest.path(to: tip).count), updated_at = \(time)
      WHERE id = \(conversation) AND tip_id = \(id)
      """)
    return true
  }
}

extension StoredMessage {
  fileprivate static let selection: SQL = """
    SELECT id, conversation_id, parent_id, role, content, state, model, left_out, failure_code, failure_message,
      failure_hint, created_at FROM messages
    """

  fileprivate init(row: Row, sources: [FoundPassage] = []) throws {
    let code: String? = try row.get("failure_code")
    let failure = try code.map {
      ReplyFailure(
        code: $0, message: try row.get("failure_message", as: String?.self) ?? "",
        hint: try row.get("failure_hint"))
    }
    self.init(
      id: try row.get("id"), conversationID: try row.get("conversation_id"), parent: try row.get("parent_id"),
      role: try row.get("role"), content: try row.get("content"), state: try row.get("state"),
      model: try row.get("model"), leftOut: try row.get("left_out"), failure: failure,
      sources: sources, createdAt: try row.get("created_at"))
  }
}
