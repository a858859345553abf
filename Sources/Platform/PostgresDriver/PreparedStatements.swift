import CPostgres

/// The names of the statements that one connection's server knows, the least recently used dropped first.
struct PreparedStatements {
  private struct Key: Hashable {
    let text: String
    let types: [Oid]
  }

  enum Found {
    case known(String)
    /// To be prepared under `name`, after the other has been taken back.
    case new(name: String, dropping: String?)
  }

  let capacity: Int
  private var entries: [Key: (name: String, usedAt: Int)] = [:]
  private var clock = 0

  init(capacity: Int) {
    self.capacity = capacity
  }

  mutating func take(_ text: String, _ types: [Oid]) -> Found {
    clock += 1
    let key = Key(text: text, types: types)
    if let entry = entries[key] {
      entries[key]?.usedAt = clock
      return .known(entry.name)
    }
    var dropped: String?
    if entries.count >= capacity, let oldest = entries.min(by: { $0.value.usedAt < $1.value.usedAt }) {
      entries[oldest.key] = nil
      dropped = oldest.value.name
    }
    let name = "s\(clock)"
    entries[key] = (name, clock)
    return .new(name: name, dropping: dropped)
  }

  mutating func forget(_ text: String, _ types: [Oid]) {
    entries[Key(text: text, types: types)] = nil
  }
}
