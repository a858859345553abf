import SQLAccess

extension Migration {
  /// What replies were given from indexes, and the vectors of passages.
  ///
  /// A reply keeps its passages as they were: the document may change or go. A vector is bound to its passage, and
  /// found again by the hash of its text when a document comes in anew.
  static let sourcesAndVectors = Migration(
    "0026_sources_and_vectors",
    [
      """
      CREATE TABLE reply_sources (
        number \(type: .countingKey),
        message_id \(type: .key) NOT NULL,
        conversation_id \(type: .key) NOT NULL,
        source_number \(type: .integer) NOT NULL,
        document_id \(type: .key) NOT NULL,
        document \(type: .text) NOT NULL,
        score \(type: .real) NOT NULL,
        text_rank \(type: .integer),
        vector_rank \(type: .integer),
        place \(type: .integer) NOT NULL,
        first \(type: .integer) NOT NULL,
        last \(type: .integer) NOT NULL,
        headings \(type: .text) NOT NULL,
        page \(type: .integer),
        content \(type: .text) NOT NULL,
        UNIQUE (message_id, source_number),
        FOREIGN KEY (message_id) REFERENCES messages (id) ON DELETE CASCADE
      ) \(tableOptions: .strict)
      """,
      "CREATE INDEX reply_sources_by_conversation ON reply_sources (conversation_id, number)",
      "ALTER TABLE retrieval_indexes ADD COLUMN embed_backend \(type: .text)",
      "ALTER TABLE retrieval_indexes ADD COLUMN embed_model \(type: .text)",
      "ALTER TABLE retrieval_indexes ADD COLUMN sealed_embed_key \(type: .blob)",
      "ALTER TABLE retrieval_indexes ADD COLUMN embed_problem \(type: .text)",
      "ALTER TABLE retrieval_indexes ADD COLUMN dimensions \(type: .integer)",
      // Counted up when passages go: what holds vectors in memory reads them anew then.
      "ALTER TABLE retrieval_indexes ADD COLUMN removals \(type: .integer) NOT NULL DEFAULT 0",
      "ALTER TABLE index_documents ADD COLUMN embedded \(type: .integer) NOT NULL DEFAULT 0",
      """
      CREATE TABLE passage_vectors (
        number \(type: .countingKey),
        passage \(type: .integer) NOT NULL UNIQUE,
        index_id \(type: .key) NOT NULL,
        text_hash \(type: .integer) NOT NULL,
        vector \(type: .blob) NOT NULL,
        FOREIGN KEY (passage) REFERENCES index_passages (number) ON DELETE CASCADE
      ) \(tableOptions: .strict)
      """,
      "CREATE INDEX passage_vectors_by_index ON passage_vectors (index_id, number)",
      "CREATE INDEX passage_vectors_by_text ON passage_vectors (index_id, text_hash)",
    ])
}
