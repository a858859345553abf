/// Finds rows that were there before, by eight bytes of each.
///
/// The memory is bounded: where there are more rows than the table may hold, the file is gone over several times, each
/// time for another share of all hashes, and only a bit of each row is kept.
struct DuplicateFinding: Sendable {
  private let columns: [JSONRow.Name]?
  /// How often the rows are gone over.
  let passes: Int
  private var pass = 0
  private var table = HashTable()
  private var marks = RowMarks()

  /// 64 MB of the table.
  static let tableRows = 4 << 20

  init(by columns: [String]?, rows: Int, tableRows: Int = Self.tableRows) {
    self.columns = columns.map { $0.map { .init($0) } }
    passes = max(1, (rows + tableRows - 1) / tableRows)
  }

  /// Looks at the next row of a pass; after the last pass every row was looked at once.
  mutating func survey(_ row: SourceRow) {
    let hash = columns.map { RowHash.of(row, columns: $0) } ?? RowHash.of(row)
    guard passes == 1 || Int((hash >> 32) % UInt64(passes)) == pass else { return }
    if !table.insert(hash) { marks.insert(row.number) }
  }

  mutating func endPass() {
    pass += 1
    table = HashTable()
  }

  func isDuplicate(_ number: Int) -> Bool { marks.contains(number) }

  /// How many rows were there before.
  var count: Int { marks.count }
}

/// A set of hashes, eight bytes each, at most seven in ten places taken.
struct HashTable: Sendable {
  private var slots = [UInt64](repeating: 0, count: 1024)
  private var count = 0

  /// False where it was there.
  mutating func insert(_ hash: UInt64) -> Bool {
    if count * 10 >= slots.count * 7 { grow() }
    guard Self.place(hash == 0 ? 1 : hash, in: &slots) else { return false }
    count += 1
    return true
  }

  private static func place(_ hash: UInt64, in slots: inout [UInt64]) -> Bool {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 {
      if slots[slot] == hash { return false }
      slot = (slot + 1) & mask
    }
    slots[slot] = hash
    return true
  }

  private mutating func grow() {
    var larger = [UInt64](repeating: 0, count: slots.count * 2)
    for hash in slots where hash != 0 { _ = Self.place(hash, in: &larger) }
    slots = larger
  }
}

/// Numbers of rows, a bit each.
struct RowMarks: Sendable {
  private var words: [UInt64] = []
  private(set) var count = 0

  mutating func insert(_ number: Int) {
    let (word, bit) = (number / 64, UInt64(number % 64))
    if word >= words.count {
      words += [UInt64](repeating: 0, count: max(word + 1 - words.count, words.count))
    }
    if words[word] & (1 << bit) == 0 { count += 1 }
    words[word] |= 1 << bit
  }

  func contains(_ number: Int) -> Bool {
    let word = number / 64
    return word < words.count && words[word] & (1 << UInt64(number % 64)) != 0
  }
}
