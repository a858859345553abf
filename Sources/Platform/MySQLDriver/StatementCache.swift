/// The statements that one connection's server knows, the least recently used dropped first.
struct StatementCache {
  let capacity: Int
  private var entries: [String: (statement: MySQLStatement, usedAt: Int)] = [:]
  private var clock = 0

  init(capacity: Int) {
    self.capacity = capacity
  }

  /// A statement that nobody uses at present, by its text.
  mutating func statement(_ text: String) -> MySQLStatement? {
    guard let entry = entries[text], !entry.statement.isInUse else { return nil }
    clock += 1
    entries[text]?.usedAt = clock
    return entry.statement
  }

  mutating func keep(_ statement: MySQLStatement, _ text: String) {
    guard entries[text] == nil else { return }
    if entries.count >= capacity, let oldest = entries.min(by: { $0.value.usedAt < $1.value.usedAt }) {
      entries[oldest.key] = nil
    }
    clock += 1
    entries[text] = (statement, clock)
  }

  mutating func removeAll() {
    entries = [:]
  }
}
