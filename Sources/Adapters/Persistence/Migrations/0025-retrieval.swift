import SQLAccess

extension Migration {
  /// Indexes, their documents, and the passages these were cut into.
  ///
  /// A document names its index and its user without a foreign key: these are taken away at once, its passages in
  /// parts, and with them their words, which no foreign key of SQLite's would take along.
  static let retrieval = Migration(
    "0025_retrieval",
    [
      """
      CREATE TABLE retrieval_indexes (
        number \(type: .countingKey),
        id \(type: .key) NOT NULL UNIQUE,
        user_id \(type: .key) NOT NULL,
        name \(type: .key) NOT NULL,
        created_at \(type: .integer) NOT NULL,
        UNIQUE (user_id, name),
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      ) \(tableOptions: .strict)
      """,
      """
      CREATE TABLE index_documents (
        number \(type: .countingKey),
        id \(type: .key) NOT NULL UNIQUE,
        index_id \(type: .key) NOT NULL,
        user_id \(type: .key) NOT NULL,
        name \(type: .text) NOT NULL,
        kind \(type: .key) NOT NULL,
        content_hash \(type: .key) NOT NULL,
        size \(type: .integer) NOT NULL,
        passages \(type: .integer) NOT NULL,
        state \(type: .key) NOT NULL,
        created_at \(type: .integer) NOT NULL
      ) \(tableOptions: .strict)
      """,
      "CREATE INDEX index_documents_by_index ON index_documents (index_id, state)",
      "CREATE INDEX index_documents_by_state ON index_documents (state)",
      """
      CREATE TABLE index_passages (
        number \(type: .countingKey),
        document_id \(type: .key) NOT NULL,
        place \(type: .integer) NOT NULL,
        first \(type: .integer) NOT NULL,
        last \(type: .integer) NOT NULL,
        headings \(type: .text) NOT NULL,
        page \(type: .integer),
        content \(type: .text) NOT NULL,
        UNIQUE (document_id, place),
        FOREIGN KEY (document_id) REFERENCES index_documents (id) ON DELETE CASCADE
      ) \(tableOptions: .strict)
      """,
      """
      \(
        sqlite: "CREATE VIRTUAL TABLE passage_search USING fts5(scope, titles, words, tokenize = 'unicode61')",
        postgres:
          """
          CREATE TABLE passage_search (
            number BIGINT PRIMARY KEY REFERENCES index_passages (number) ON DELETE CASCADE,
            scope VARCHAR(255) NOT NULL, titles TEXT NOT NULL, words TEXT NOT NULL)
          """,
        mysql:
          """
          CREATE TABLE passage_search (
            number BIGINT PRIMARY KEY, scope VARCHAR(255) NOT NULL, titles TEXT NOT NULL, words LONGTEXT NOT NULL,
            FULLTEXT KEY passage_search_words (titles, words),
            FOREIGN KEY (number) REFERENCES index_passages (number) ON DELETE CASCADE) ENGINE=InnoDB
          """)
      """,
      """
      \(
        sqlite: "CREATE INDEX index_documents_by_user ON index_documents (user_id)",
        postgres: "CREATE INDEX passage_search_words ON passage_search USING GIN (to_tsvector('simple', titles || ' ' || words))",
        mysql: "CREATE INDEX passage_search_scope ON passage_search (scope, number)")
      """,
    ])
}
