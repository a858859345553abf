import SQLAccess

extension Migration {
  /// With PostgreSQL and MySQL, messages are looked up by terms of their owner's own (`OwnTerms`).
  ///
  /// The messages of before are taken in anew, in the background. SQLite's index knows whose a message is, and gets
  /// statements that change nothing. Without `fastupdate` neither a search nor an unlucky write pays for the writes before
  /// it.
  static let termsOfMessages = Migration(
    "0038_terms_of_messages",
    [
      """
      \(
        sqlite: "UPDATE search_backlog SET done = done",
        postgres: "DROP TABLE message_search",
        mysql: "DROP TABLE message_search")
      """,
      """
      \(
        sqlite: "UPDATE search_backlog SET done = done",
        postgres:
          """
          CREATE TABLE message_search (
            number BIGINT PRIMARY KEY REFERENCES messages (number) ON DELETE CASCADE,
            owner VARCHAR(255) NOT NULL, words TEXT NOT NULL, terms TSVECTOR NOT NULL)
          """,
        mysql:
          """
          CREATE TABLE message_search (
            number BIGINT PRIMARY KEY, owner VARCHAR(255) NOT NULL, words LONGTEXT NOT NULL, terms LONGTEXT NOT NULL,
            FULLTEXT KEY message_search_terms (terms), KEY message_search_owner (owner, number),
            FOREIGN KEY (number) REFERENCES messages (number) ON DELETE CASCADE) ENGINE=InnoDB
          """)
      """,
      """
      \(
        sqlite: "UPDATE search_backlog SET done = done",
        postgres: "CREATE INDEX message_search_terms ON message_search USING GIN (terms) WITH (fastupdate = off)",
        mysql: "UPDATE search_backlog SET done = done")
      """,
      """
      \(
        sqlite: "UPDATE search_backlog SET done = done",
        postgres: "CREATE INDEX message_search_owner ON message_search (owner, number)",
        mysql: "UPDATE search_backlog SET done = done")
      """,
      """
      \(
        sqlite: "UPDATE search_backlog SET done = done",
        postgres: "UPDATE search_backlog SET done = 0, last = (SELECT COALESCE(MAX(number), 0) FROM messages)",
        mysql: "UPDATE search_backlog SET done = 0, last = (SELECT COALESCE(MAX(number), 0) FROM messages)")
      """,
    ])
}
