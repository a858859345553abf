import SQLAccess

/// The prepared statements of one connection, the least recently used ones dropped first.
///
/// A statement is taken out while it runs, so a body that runs the same text inside its own rows gets a
/// second one. One that failed is not put back: the next use prepares it anew.
struct StatementCache {
  private struct Entry {
    let statement: Statement
    let usedAt: Int
  }

  let capacity: Int
  private var entries: [String: Entry] = [:]
  private var clock = 0

  init(capacity: Int) {
    self.capacity = capacity
  }

  mutating func take(_ sql: RenderedSQL, connection: OpaquePointer) throws(SQLError) -> Statement {
    if let entry = entries.removeValue(forKey: sql.text) { return entry.statement }
    return try Statement(sql, connection: connection)
  }

  /// Puts back a statement that ended well and was reset.
  mutating func put(_ statement: Statement, for text: String) {
    clock += 1
    entries[text] = Entry(statement: statement, usedAt: clock)
    if entries.count > capacity, let oldest = entries.min(by: { $0.value.usedAt < $1.value.usedAt }) {
      entries.removeValue(forKey: oldest.key)
    }
  }

  mutating func removeAll() {
    entries.removeAll()
  }

  var texts: Set<String> { Set(entries.keys) }
}
