package import Domain
package import SQLAccess

/// Full-text search in messages, by the engine's own index over `SearchText`.
package struct MessageSearch: MessageSearching {
  private let database: any SQLDatabase

  package init(_ database: any SQLDatabase) { self.database = database }

  package func messages(
    owner: UserID, having terms: [SearchText.Term], limit: Int
  ) async throws(DomainError) -> [FoundMessage] {
    guard !terms.isEmpty else { return [] }
    return try await database.reading { transaction in
      let word = SearchIndex.ownerWord(owner)
      let numbers =
        transaction.dialect == .sqlite
        ? try SearchIndex.numbers(having: terms, owner: word, limit: limit, in: transaction)
        : try TermSearch(owner: word, phrases: terms, limit: limit).numbers(in: transaction)
      return try transaction.query(
        """
        SELECT messages.id AS id, conversation_id, title, role, content, messages.created_at AS created_at
        FROM messages JOIN conversations ON conversations.id = conversation_id
        WHERE messages.number IN \(list: numbers) AND user_id = \(owner) ORDER BY messages.number DESC
        """
      ).map { row in
        FoundMessage(
          conversationID: try row.get("conversation_id"), title: try row.get("title"),
          messageID: try row.get("id"), role: try row.get("role"), content: try row.get("content"),
          createdAt: try row.get("created_at"))
      }
    }
  }

  package func indexBacklog() async throws(DomainError) -> Bool {
    try await database.writing { transaction in
      let progress = try transaction.first("SELECT done, last FROM search_backlog WHERE name = 'messages'")
      guard let progress else { return false }
      let (done, last): (Int64, Int64) = (try progress.get("done"), try progress.get("last"))
      guard done < last else { return false }
      let rows = try transaction.query(
        """
        SELECT messages.number AS number, content, user_id FROM messages
        JOIN conversations ON conversations.id = conversation_id
        WHERE messages.number > \(done) AND messages.number <= \(last) ORDER BY messages.number LIMIT 50
        """)
      var messages: [(number: Int64, content: String, owner: UserID)] = []
      var size = 0
      for row in rows where size < 1 << 20 {
        messages.append((try row.get("number"), try row.get("content"), try row.get("user_id")))
        size += messages.last?.content.utf8.count ?? 0
      }
      try transaction.index(messages)
      let reached = messages.last?.number ?? last
      try transaction.execute("UPDATE search_backlog SET done = \(reached) WHERE name = 'messages'")
      return reached < last
    }
  }
}

/// SQLite's own index, which knows whose a message is.
private enum SearchIndex {
  /// The column that holds a message's number.
  static let number: SQL = "\(sqlite: "rowid", postgres: "number", mysql: "number")"

  /// The newest messages that have every phrase, newest first.
  static func numbers(
    having terms: [SearchText.Term], owner: String, limit: Int, in transaction: any SQLTransaction
  ) throws -> [Int64] {
    let phrases = terms.map { phrase($0) + ($0.isPrefix ? " *" : "") }.joined(separator: " AND ")
    return try transaction.query(
      """
      SELECT rowid AS number FROM message_search WHERE message_search MATCH \("owner : \(owner) AND words : (\(phrases))")
      ORDER BY rowid DESC LIMIT \(limit)
      """
    ).map { try $0.get("number") }
  }

  private static func phrase(_ term: SearchText.Term) -> String {
    "\"\(term.words.joined(separator: " "))\""
  }

  /// One word of letters and digits: the user's part of a common index.
  static func ownerWord(_ user: UserID) -> String { "o" + user.rawValue.filter { $0 != "-" } }
}

extension SQLTransaction {
  /// Takes a message's text into the index, once.
  func index(_ id: MessageID, _ content: String, owner: UserID) throws {
    let row = try first("SELECT number FROM messages WHERE id = \(id)")
    guard let number: Int64 = try row?.get("number") else { return }
    try index([(number, content, owner)])
  }

  /// Takes texts into the index, each in place of what it had for that message.
  fileprivate func index(_ messages: [(number: Int64, content: String, owner: UserID)]) throws {
    try execute(
      "DELETE FROM message_search WHERE \(SearchIndex.number) IN \(list: messages.map(\.number))")
    let rows = messages.compactMap { number, content, owner -> SQL? in
      let words = Schema.indexable(SearchText.words(of: content), in: dialect)
      guard !words.isEmpty else { return nil }
      let owner = SearchIndex.ownerWord(owner)
      guard dialect != .sqlite else { return "(\(number), \(owner), \(words))" }
      return "(\(number), \(owner), \(words), " + OwnTerms.value(words, owner: owner, in: dialect) + ")"
    }
    guard !rows.isEmpty else { return }
    let terms: SQL = "\(sqlite: "", postgres: ", terms", mysql: ", terms")"
    try execute(
      "INSERT INTO message_search (\(SearchIndex.number), owner, words\(terms)) VALUES " + rows.joined(", "))
  }

  /// Takes the messages of conversations out of the index; before they are deleted.
  ///
  /// - Parameter conversations: a query or condition that gives their identifiers.
  func unindex(conversations: SQL) throws {
    try execute(
      """
      DELETE FROM message_search WHERE \(SearchIndex.number) IN (
        SELECT number FROM messages WHERE conversation_id IN (\(conversations)))
      """)
  }
}
