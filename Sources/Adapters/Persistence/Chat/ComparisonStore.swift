package import Domain
import FoundationEssentials
package import SQLAccess

/// Comparisons of models, each with its replies.
package struct ComparisonStore: ComparisonStoring {
  private let database: any SQLDatabase

  package init(_ database: any SQLDatabase) { self.database = database }

  package func insert(_ comparison: Comparison, limit: Int) async throws(DomainError) {
    let (id, owner, settings) = (comparison.id, comparison.userID, comparison.settings)
    _ = try await database.writing { transaction in
      let count: Int? = try transaction.value("SELECT COUNT(*) FROM comparisons WHERE user_id = \(owner)")
      guard (count ?? 0) < limit else {
        throw DomainError(
          .quota, "You have kept \(limit) comparisons already.",
          hint: "Export them, and delete what you do not need.")
      }
      try transaction.execute(
        .insert(
          into: "comparisons",
          [
            "id": id, "user_id": owner, "prompt": comparison.prompt, "system_prompt": settings.systemPrompt,
            "temperature": settings.temperature, "top_p": settings.topP, "top_k": settings.topK,
            "max_tokens": settings.maxTokens, "seed": settings.seed, "verdict": comparison.verdict,
            "winner": comparison.winner, "blind": comparison.isBlind, "created_at": comparison.createdAt,
          ]))
      for (place, reply) in comparison.replies.enumerated() {
        try transaction.execute(
          .insert(
            into: "comparison_replies",
            [
              "comparison_id": id, "place": place, "model": reply.model, "content": reply.content,
              "history": reply.history.isEmpty ? nil as String? : try Self.text(of: reply.history),
            ]))
      }
      return 0
    }
  }

  package func comparisons(
    owner: UserID, after: Int64?, limit: Int
  ) async throws(DomainError) -> ComparisonPage {
    try await database.reading { transaction in
      let behind: SQL = after.map { " AND number < \($0)" } ?? .empty
      let rows = try transaction.query(
        """
        SELECT number, id, user_id, prompt, \(ChatSettings.columns), verdict, winner, blind, created_at
        FROM comparisons WHERE user_id = \(owner)\(behind) ORDER BY number DESC LIMIT \(limit + 1)
        """)
      let shown = rows.prefix(limit)
      let ids: [ComparisonID] = try shown.map { try $0.get("id") }
      let replies = try transaction.query(
        """
        SELECT comparison_id, model, content, history FROM comparison_replies
        WHERE comparison_id IN \(list: ids) ORDER BY comparison_id, place
        """)
      let replied = Dictionary(grouping: replies) { (try? $0.get("comparison_id", as: String.self)) ?? "" }
      let comparisons = try shown.map { row in
        let id: ComparisonID = try row.get("id")
        return Comparison(
          id: id, userID: try row.get("user_id"), prompt: try row.get("prompt"),
          settings: try ChatSettings(row: row),
          replies: try (replied[id.rawValue] ?? []).map { try Comparison.Reply(row: $0) },
          verdict: try row.get("verdict"), winner: try row.get("winner"), isBlind: try row.get("blind"),
          createdAt: try row.get("created_at"))
      }
      return ComparisonPage(
        comparisons: comparisons, next: rows.count > shown.count ? try shown.last?.get("number") : nil)
    }
  }

  package func scores(owner: UserID) async throws(DomainError) -> [ModelScore] {
    try await database.reading { transaction in
      let rows = try transaction.query(
        """
        SELECT model, verdict, CASE WHEN winner = place THEN 1 ELSE 0 END AS won, COUNT(*) AS times
        FROM comparison_replies JOIN comparisons ON comparisons.id = comparison_id
        WHERE user_id = \(owner) GROUP BY model, verdict, CASE WHEN winner = place THEN 1 ELSE 0 END
        """)
      var scores: [String: ModelScore] = [:]
      for row in rows {
        let model: String = try row.get("model")
        scores[model, default: ModelScore(model: model)].add(
          try row.get("verdict"), isWinner: try row.get("won"), times: try row.get("times"))
      }
      return scores.values.sorted { ($1.compared, $1.wins, $0.model) < ($0.compared, $0.wins, $1.model) }
    }
  }

  package func delete(_ id: ComparisonID, owner: UserID) async throws(DomainError) -> Bool {
    try await database.writing { transaction in
      try transaction.execute("DELETE FROM comparisons WHERE id = \(id) AND user_id = \(owner)") > 0
    }
  }

  fileprivate static func text(of history: [ChatTurn]) throws -> String {
    let turns = history.map { [$0.role.rawValue, $0.content] }
    return String(decoding: try JSONEncoder().encode(turns), as: UTF8.self)
  }
}

extension Comparison.Reply {
  fileprivate init(row: Row) throws {
    let text: String? = try row.get("history")
    let turns = try text.map { try JSONDecoder().decode([[String]].self, from: Data($0.utf8)) } ?? []
    self.init(
      model: try row.get("model"), content: try row.get("content"),
      history: turns.compactMap { turn in
        guard turn.count == 2, let role = ChatTurn.Role(rawValue: turn[0]) else { return nil }
        return ChatTurn(role: role, content: turn[1])
      })
  }
}
