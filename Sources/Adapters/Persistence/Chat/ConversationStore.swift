package import Domain
package import SQLAccess

/// Conversations.
package struct ConversationStore: ConversationStoring {
  private let database: any SQLDatabase

  package init(_ database: any SQLDatabase) { self.database = database }

  package func insert(_ conversation: Conversation, keeping: Int) async throws(DomainError) {
    try await insert(conversation, messages: [], keeping: keeping)
  }

  package func insert(
    _ conversation: Conversation, messages: [StoredMessage], keeping: Int
  ) async throws(DomainError) {
    let (id, owner, settings) = (conversation.id, conversation.userID, conversation.settings)
    _ = try await database.writing { transaction in
      try transaction.execute(
        .insert(
          into: "conversations",
          [
            "id": id, "user_id": owner, "title": conversation.title,
            "title_origin": conversation.titleOrigin, "pinned": conversation.isPinned,
            "archived": conversation.isArchived, "tags": Conversation.text(of: conversation.tags),
            "system_prompt": settings.systemPrompt, "temperature": settings.temperature,
            "top_p": settings.topP, "top_k": settings.topK, "max_tokens": settings.maxTokens,
            "seed": settings.seed, "index_id": conversation.index?.id,
            "index_top_k": conversation.index?.count, "tip_id": conversation.tip,
            "message_count": conversation.messageCount,
            "created_at": conversation.createdAt, "updated_at": conversation.updatedAt,
          ]))
      for message in messages {
        try transaction.insert(message)
        try transaction.index(message.id, message.content, owner: owner)
      }
      // The new one stays, also where the clock went back.
      let forgotten = try transaction.query(
        """
        SELECT id FROM conversations WHERE user_id = \(owner) AND id <> \(id) AND pinned = 0
        ORDER BY updated_at DESC, number DESC LIMIT 100000 OFFSET \(max(0, keeping - 1))
        """
      ).map { try $0.get("id", as: ConversationID.self) }
      guard !forgotten.isEmpty else { return 0 }
      try transaction.unindex(conversations: "SELECT id FROM conversations WHERE id IN \(list: forgotten)")
      return try transaction.execute("DELETE FROM conversations WHERE id IN \(list: forgotten)")
    }
  }

  package func conversation(_ id: ConversationID, owner: UserID) async throws(DomainError) -> Conversation? {
    try await database.reading { transaction in
      try transaction.first("\(Conversation.wholeSelection) WHERE id = \(id) AND user_id = \(owner)")
        .map(Conversation.init(wholeRow:))
    }
  }

  package func conversations(
    owner: UserID, filter: ConversationFilter
  ) async throws(DomainError) -> ConversationPage {
    try await database.reading { transaction in
      var found: [(conversation: Conversation, place: ConversationPlace)] = []
      var place = filter.after
      while found.count <= filter.limit {
        // Tags have no table of their own: they are looked through, some hundreds of rows at a time.
        let wanted = filter.tag == nil ? filter.limit + 1 : 500
        let behind: SQL =
          place.map { " AND (pinned, updated_at, number) < (\($0.isPinned), \($0.updatedAt), \($0.number))" }
          ?? .empty
        let rows = try transaction.query(
          """
          \(Conversation.selection) WHERE user_id = \(owner) AND archived = \(filter.isArchived)\(behind)
          ORDER BY pinned DESC, updated_at DESC, number DESC LIMIT \(wanted)
          """)
        for row in rows {
          let conversation = try Conversation(row: row)
          let here = ConversationPlace(
            isPinned: conversation.isPinned, updatedAt: conversation.updatedAt, number: try row.get("number"))
          place = here
          if filter.tag.map(conversation.tags.contains) ?? true { found.append((conversation, here)) }
        }
        if rows.count < wanted { break }
      }
      let shown = found.prefix(filter.limit)
      return ConversationPage(
        conversations: shown.map(\.conversation), next: found.count > shown.count ? shown.last?.place : nil)
    }
  }

  package func update(
    _ id: ConversationID, owner: UserID, _ change: ConversationChange
  ) async throws(DomainError) -> Conversation? {
    try await database.writing { transaction in
      let row = try transaction.first(
        "\(Conversation.wholeSelection) WHERE id = \(id) AND user_id = \(owner)")
      guard var conversation = try row.map(Conversation.init(wholeRow:)) else { return nil }
      if let title = change.title {
        conversation.title = title
        conversation.titleOrigin = .user
      }
      conversation.isPinned = change.isPinned ?? conversation.isPinned
      conversation.isArchived = change.isArchived ?? conversation.isArchived
      conversation.tags = change.tags ?? conversation.tags
      conversation.settings = change.settings ?? conversation.settings
      conversation.index = change.index ?? conversation.index
      let settings = conversation.settings
      let columns = SQL.assignments([
        "title": conversation.title, "title_origin": conversation.titleOrigin,
        "pinned": conversation.isPinned, "archived": conversation.isArchived,
        "tags": Conversation.text(of: conversation.tags), "system_prompt": settings.systemPrompt,
        "temperature": settings.temperature, "top_p": settings.topP, "top_k": settings.topK,
        "max_tokens": settings.maxTokens, "seed": settings.seed, "index_id": conversation.index?.id,
        "index_top_k": conversation.index?.count,
      ])
      try transaction.execute("UPDATE conversations SET \(columns) WHERE id = \(id)")
      return conversation
    }
  }

  package func improveTitle(_ id: ConversationID, to title: String) async throws(DomainError) {
    _ = try await database.writing { transaction in
      try transaction.execute(
        """
        UPDATE conversations SET title = \(title), title_origin = \(Conversation.TitleOrigin.model)
        WHERE id = \(id) AND title_origin <> \(Conversation.TitleOrigin.user)
        """)
    }
  }

  package func delete(_ id: ConversationID, owner: UserID) async throws(DomainError) -> Bool {
    try await database.writing { transaction in
      try transaction.unindex(
        conversations: "SELECT id FROM conversations WHERE id = \(id) AND user_id = \(owner)")
      return try transaction.execute("DELETE FROM conversations WHERE id = \(id) AND user_id = \(owner)") > 0
    }
  }
}

extension Conversation {
  private static let columns: SQL = """
    number, id, user_id, title, title_origin, pinned, archived, tags, tip_id, message_count, created_at, updated_at
    """

  /// Without the settings: a list of hundreds does not read their texts.
  fileprivate static let selection: SQL = "SELECT \(columns) FROM conversations"

  fileprivate static let wholeSelection: SQL = """
    SELECT \(columns), \(ChatSettings.columns), index_id, index_top_k,
      (SELECT name FROM retrieval_indexes WHERE retrieval_indexes.id = conversations.index_id
        AND retrieval_indexes.user_id = conversations.user_id) AS index_name
    FROM conversations
    """

  fileprivate init(wholeRow row: Row) throws {
    try self.init(row: row)
    settings = try ChatSettings(row: row)
    // An index that is gone is remembered no more.
    if let id: IndexID = try row.get("index_id"), let name: String = try row.get("index_name"),
      let count: Int = try row.get("index_top_k")
    {
      index = RememberedIndex(id: id, name: name, count: count)
    }
  }

  fileprivate init(row: Row) throws {
    let tags: String? = try row.get("tags")
    self.init(
      id: try row.get("id"), userID: try row.get("user_id"), title: try row.get("title"),
      titleOrigin: try row.get("title_origin"), isPinned: try row.get("pinned"),
      isArchived: try row.get("archived"),
      tags: tags.map { $0.split(separator: "\n").map(String.init) } ?? [],
      tip: try row.get("tip_id"), messageCount: try row.get("message_count"),
      createdAt: try row.get("created_at"), updatedAt: try row.get("updated_at"))
  }

  /// One tag a line: no tag has a line break.
  fileprivate static func text(of tags: [String]) -> String? {
    tags.isEmpty ? nil : tags.joined(separator: "\n")
  }
}
