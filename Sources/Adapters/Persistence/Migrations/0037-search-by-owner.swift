import SQLAccess

extension Migration {
  /// A frequent word is found by going back through its user's own messages, not through everybody's.
  ///
  /// SQLite's index knows whose a message is, and with MySQL there is such an index since `0013_conversation_details`:
  /// both get a statement that changes nothing.
  static let searchByOwner = Migration(
    "0037_search_by_owner",
    [
      """
      \(
        sqlite: "UPDATE search_backlog SET done = done",
        postgres: "CREATE INDEX message_search_owner ON message_search (owner, number)",
        mysql: "UPDATE search_backlog SET done = done")
      """
    ])
}
