import SQLAccess

extension Migration {
  /// With PostgreSQL and MySQL, passages are looked up by terms of their index's own (`OwnTerms`).
  ///
  /// The passages of before get theirs in the background. SQLite's index knows the index, and gets statements that change
  /// nothing. Without `fastupdate` neither a search nor an unlucky write pays for the writes before it.
  static let termsOfPassages = Migration(
    "0039_terms_of_passages",
    [
      """
      \(
        sqlite: "UPDATE search_backlog SET done = done",
        postgres: "DROP INDEX passage_search_words",
        mysql: "ALTER TABLE passage_search DROP KEY passage_search_words")
      """,
      """
      \(
        sqlite: "UPDATE search_backlog SET done = done",
        postgres: "ALTER TABLE passage_search ADD COLUMN terms TSVECTOR",
        mysql: "ALTER TABLE passage_search ADD COLUMN terms LONGTEXT")
      """,
      """
      \(
        sqlite: "UPDATE search_backlog SET done = done",
        postgres: "CREATE INDEX passage_search_terms ON passage_search USING GIN (terms) WITH (fastupdate = off)",
        mysql: "ALTER TABLE passage_search ADD FULLTEXT KEY passage_search_terms (terms)")
      """,
      """
      \(
        sqlite: "UPDATE search_backlog SET done = done",
        postgres: "CREATE INDEX passage_search_scope ON passage_search (scope, number)",
        mysql: "UPDATE search_backlog SET done = done")
      """,
      """
      INSERT INTO search_backlog (name, done, last)
      SELECT 'passages', \(sqlite: "COALESCE(MAX(number), 0)", postgres: "0", mysql: "0"), COALESCE(MAX(number), 0)
      FROM index_passages
      """,
    ])
}
