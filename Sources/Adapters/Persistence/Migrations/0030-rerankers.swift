import SQLAccess

extension Migration {
  /// What puts the passages of an index into their last order, and how it judged those that replies were given.
  static let rerankers = Migration(
    "0030_rerankers",
    [
      "ALTER TABLE retrieval_indexes ADD COLUMN rerank_backend \(type: .text)",
      "ALTER TABLE retrieval_indexes ADD COLUMN rerank_model \(type: .text)",
      "ALTER TABLE retrieval_indexes ADD COLUMN sealed_rerank_key \(type: .blob)",
      "ALTER TABLE reply_sources ADD COLUMN rerank_score \(type: .real)",
    ])
}
