import SQLAccess

extension Migration {
  /// Documents that could not be taken in, passages that a model gave no vector for, and the vectors of a model that an
  /// index is to have.
  ///
  /// Vectors of an index lie on one of two sides, `passage_vectors` (0) and `passage_vectors_b` (1). Those of the next
  /// model come to be on the other one: the change is the change of one number, however many they are. A passage that
  /// was refused has an empty vector.
  static let keptFailures = Migration(
    "0033_kept_failures",
    [
      "ALTER TABLE index_documents ADD COLUMN failure_code \(type: .key)",
      "ALTER TABLE index_documents ADD COLUMN failure_message \(type: .text)",
      "ALTER TABLE index_documents ADD COLUMN failure_hint \(type: .text)",
      "ALTER TABLE index_documents ADD COLUMN is_kept \(type: .integer) NOT NULL DEFAULT 0",
      "ALTER TABLE index_documents ADD COLUMN refused \(type: .integer) NOT NULL DEFAULT 0",
      "ALTER TABLE index_documents ADD COLUMN refusal \(type: .text)",
      "ALTER TABLE index_documents ADD COLUMN next_embedded \(type: .integer) NOT NULL DEFAULT 0",
      "ALTER TABLE index_documents ADD COLUMN next_refused \(type: .integer) NOT NULL DEFAULT 0",
      "ALTER TABLE index_documents ADD COLUMN next_refusal \(type: .text)",
      "CREATE INDEX index_documents_by_refusals ON index_documents (index_id, refused)",
      "ALTER TABLE retrieval_indexes ADD COLUMN vector_side \(type: .integer) NOT NULL DEFAULT 0",
      "ALTER TABLE retrieval_indexes ADD COLUMN next_state \(type: .key)",
      "ALTER TABLE retrieval_indexes ADD COLUMN next_backend \(type: .text)",
      "ALTER TABLE retrieval_indexes ADD COLUMN next_model \(type: .text)",
      "ALTER TABLE retrieval_indexes ADD COLUMN sealed_next_key \(type: .blob)",
      "ALTER TABLE retrieval_indexes ADD COLUMN next_problem \(type: .text)",
      "ALTER TABLE retrieval_indexes ADD COLUMN next_dimensions \(type: .integer)",
      """
      CREATE TABLE passage_vectors_b (
        number \(type: .countingKey),
        passage \(type: .integer) NOT NULL UNIQUE,
        index_id \(type: .key) NOT NULL,
        text_hash \(type: .integer) NOT NULL,
        vector \(type: .blob) NOT NULL,
        FOREIGN KEY (passage) REFERENCES index_passages (number) ON DELETE CASCADE
      ) \(tableOptions: .strict)
      """,
      "CREATE INDEX passage_vectors_b_by_index ON passage_vectors_b (index_id, number)",
      "CREATE INDEX passage_vectors_b_by_text ON passage_vectors_b (index_id, text_hash)",
    ])
}
