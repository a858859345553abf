import SQLAccess

extension Migration {
  /// The event log and its counter.
  ///
  /// The sequence is a row and not a counting key: the row stays locked until the commit, so numbers
  /// become visible in their order. A counting key of PostgreSQL would let event 8 be seen before 7,
  /// and a page that resumes after 8 would miss 7.
  static let events = Migration(
    "0003_events",
    [
      """
      CREATE TABLE events (
        sequence \(type: .integer) NOT NULL PRIMARY KEY,
        kind \(type: .key) NOT NULL,
        user_id \(type: .key),
        subject \(type: .key) NOT NULL,
        fields \(type: .text) NOT NULL,
        at \(type: .integer) NOT NULL
      ) \(tableOptions: .strict)
      """,
      """
      CREATE TABLE event_sequence (
        id \(type: .integer) NOT NULL PRIMARY KEY,
        newest \(type: .integer) NOT NULL
      ) \(tableOptions: .strict)
      """,
      "INSERT INTO event_sequence (id, newest) VALUES (1, 0)",
      "CREATE INDEX events_by_time ON events (at)",
    ])
}
