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
      let (matches, number) = SearchIndex.condition(terms, owner: owner, in: transaction.dialect)
      return try transaction.query(
        """
        SELECT messages.id AS id, conversation_id, title, role, content, messages.created_at AS created_at
        FROM (SELECT \(number) AS found FROM message_search WHERE \(matches)
          ORDER BY \(number) DESC LIMIT \(limit)) AS hits
        JOIN messages ON messages.number = found JOIN conversations ON conversations.id = conversation_id
        WHERE user_id = \(owner) ORDER BY found DESC
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
        SELECT messages.number AS number, messages.id AS id, content, user_id FROM messages
        JOIN conversations ON conversations.id = conversation_id
        WHERE messages.number > \(done) AND messages.number <= \(last) ORDER BY messages.number LIMIT 500
        """)
      for row in rows {
        try transaction.index(try row.get("id"), try row.get("content"), owner: try row.get("user_id"))
      }
      let reached: Int64 = try rows.last?.get("number") ?? last
      try transaction.execute("UPDATE search_backlog SET done = \(reached) WHERE name = 'messages'")
      return reached < last
    }
  }
}

/// How each engine is asked for phrases.
private enum SearchIndex {
  /// The condition, and the column that holds a message's number.
  static func condition(_ terms: [SearchText.Term], owner: UserID, in dialect: Dialect) -> (SQL, SQL) {
    switch dialect {
    case .sqlite:
      let phrases = terms.map { phrase($0) + ($0.isPrefix ? " *" : "") }.joined(separator: " AND ")
      return ("message_search MATCH \("owner : \(ownerWord(owner)) AND words : (\(phrases))")", "rowid")
    case .postgres:
      let phrases = terms.map { $0.words.joined(separator: " <-> ") + ($0.isPrefix ? ":*" : "") }
      let query = phrases.joined(separator: " & ")
      return (
        "owner = \(ownerWord(owner)) AND to_tsvector('simple', words) @@ to_tsquery('simple', \(query))",
        "number"
      )
    case .mysql:
      let found = MySQLWords.found(terms.map { ($0.words, $0.isPrefix) })
      let all = terms.map { MySQLWords.isIn("words", $0.words, isPrefix: $0.isPrefix) }
      return (
        "owner = \(ownerWord(owner)) AND " + MySQLWords.match("words", found) + all.joined(" AND "), "number"
      )
    }
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
    let words = Schema.indexable(SearchText.words(of: content), in: dialect)
    guard !words.isEmpty else { return }
    let owner = SearchIndex.ownerWord(owner)
    let column: SQL = "\(sqlite: "rowid", postgres: "number", mysql: "number")"
    try execute("DELETE FROM message_search WHERE \(column) = \(number)")
    try execute(
      "INSERT INTO message_search (\(column), owner, words) VALUES (\(number), \(owner), \(words))")
  }

  /// Takes the messages of conversations out of the index; before they are deleted.
  ///
  /// - Parameter conversations: a query or condition that gives their identifiers.
  func unindex(conversations: SQL) throws {
    let column: SQL = "\(sqlite: "rowid", postgres: "number", mysql: "number")"
    try execute(
      """
      DELETE FROM message_search WHERE \(column) IN (
        SELECT number FROM messages WHERE conversation_id IN (\(conversations)))
      """)
  }
}
