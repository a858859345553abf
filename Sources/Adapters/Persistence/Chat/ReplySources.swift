import Domain
import SQLAccess

/// The passages that replies were given, as they were.
extension SQLTransaction {
  func insertSources(of message: StoredMessage) throws {
    for (place, source) in message.sources.enumerated() {
      try execute(
        .insert(
          into: "reply_sources",
          [
            "message_id": message.id, "conversation_id": message.conversationID, "source_number": place + 1,
            "document_id": source.documentID, "document": source.document, "score": source.score,
            "text_rank": source.textRank, "vector_rank": source.vectorRank,
            "rerank_score": source.rerankScore,
            "place": source.passage.place,
            "first": source.passage.range.lowerBound, "last": source.passage.range.upperBound,
            "headings": source.passage.headings.joined(separator: "\n"), "page": source.passage.page,
            "content": source.passage.text,
          ]))
    }
  }

  /// Of each reply of a conversation that has any, in the order of their numbers.
  func sources(of conversation: ConversationID) throws -> [MessageID: [FoundPassage]] {
    let rows = try query(
      """
      SELECT message_id, document_id, document, score, text_rank, vector_rank, rerank_score, place, first, last,
        headings, page, content
      FROM reply_sources WHERE conversation_id = \(conversation) ORDER BY number
      """)
    var found: [MessageID: [FoundPassage]] = [:]
    for row in rows {
      found[try row.get("message_id"), default: []].append(
        FoundPassage(
          documentID: try row.get("document_id"), document: try row.get("document"),
          passage: try Passage(row: row), score: try row.get("score"), textRank: try row.get("text_rank"),
          vectorRank: try row.get("vector_rank"), rerankScore: try row.get("rerank_score")))
    }
    return found
  }
}
