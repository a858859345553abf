import SQLAccess

extension Migration {
  /// What people do with conversations beyond talking: titles of their own, pins, archive, tags, search.
  ///
  /// The words of a message stand in an index of their own (`SearchText`). SQLite's is a virtual table, which can have
  /// no foreign key and, where schemas are not trusted, no trigger: the stores take rows out. `search_backlog` says which messages of before are still to be taken in.
  static let conversationDetails = Migration(
    "0013_conversation_details",
    [
      "ALTER TABLE conversations ADD COLUMN title_origin \(type: .key) NOT NULL DEFAULT 'local'",
      "ALTER TABLE conversations ADD COLUMN pinned \(type: .boolean) NOT NULL DEFAULT 0",
      "ALTER TABLE conversations ADD COLUMN archived \(type: .boolean) NOT NULL DEFAULT 0",
      "ALTER TABLE conversations ADD COLUMN tags \(type: .text)",
      "ALTER TABLE messages ADD COLUMN left_out \(type: .integer) NOT NULL DEFAULT 0",
      """
      \(
        sqlite: "CREATE VIRTUAL TABLE message_search USING fts5(owner, words, tokenize = 'unicode61')",
        postgres:
          """
          CREATE TABLE message_search (
            number BIGINT PRIMARY KEY REFERENCES messages (number) ON DELETE CASCADE,
            owner VARCHAR(255) NOT NULL, words TEXT NOT NULL)
          """,
        mysql:
          """
          CREATE TABLE message_search (
            number BIGINT PRIMARY KEY, owner VARCHAR(255) NOT NULL, words LONGTEXT NOT NULL,
            FULLTEXT KEY message_search_words (words),
            FOREIGN KEY (number) REFERENCES messages (number) ON DELETE CASCADE) ENGINE=InnoDB
          """)
      """,
      """
      \(
        sqlite: "CREATE INDEX conversations_by_archive ON conversations (user_id, archived, updated_at)",
        postgres: "CREATE INDEX message_search_words ON message_search USING GIN (to_tsvector('simple', words))",
        mysql: "CREATE INDEX message_search_owner ON message_search (owner, number)")
      """,
      """
      CREATE TABLE search_backlog (
        name \(type: .key) NOT NULL PRIMARY KEY, done \(type: .integer) NOT NULL, last \(type: .integer) NOT NULL
      ) \(tableOptions: .strict)
      """,
      """
      INSERT INTO search_backlog (name, done, last)
      SELECT 'messages', 0, COALESCE(MAX(number), 0) FROM messages
      """,
    ])
}
