import SQLAccess

extension Migration {
  /// An index with many documents takes in one more as quickly as an empty one: what is there under its name is found
  /// by it, and the sums over all of them are read without their rows.
  static let largeIndexes = Migration(
    "0032_large_indexes",
    [
      """
      \(
        sqlite: "CREATE INDEX index_documents_by_name ON index_documents (index_id, name)",
        postgres: "CREATE INDEX index_documents_by_name ON index_documents (index_id, name)",
        mysql: "CREATE INDEX index_documents_by_name ON index_documents (index_id, name(191))")
      """,
      "CREATE INDEX index_documents_sums ON index_documents (index_id, state, passages, size, embedded)",
    ])
}
