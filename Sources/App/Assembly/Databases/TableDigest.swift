import Persistence
import SQLAccess

/// What a table holds, in a form that can be compared between engines: how many rows, and a sum over them.
///
/// The sum (64 bits, of FNV-1a over every value with its column's name and type) does not hang on the order of rows or
/// columns. It tells a lost or changed row, and is no protection against a person.
package struct TableDigest: Sendable, Hashable {
  package let table: String
  package private(set) var rows = 0
  package private(set) var sum: UInt64 = 0

  init(_ table: String) { self.table = table }

  /// Reads a whole table, without holding it.
  init(of table: StoredTable, in transaction: any SQLTransaction) throws {
    self.init(table.name)
    var digest = self
    try transaction.forEach(table.rows) { digest.add($0) }
    self = digest
  }

  mutating func add(_ row: Row) {
    var hash: UInt64 = 0
    for (name, value) in zip(row.columns.names, row.values) { hash &+= Self.hash(name, value) }
    rows += 1
    sum &+= Self.mixed(hash)
  }

  private static func hash(_ name: String, _ value: SQLValue) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func take(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    func take(_ number: UInt64) {
      for place in 0..<8 { take(UInt8(truncatingIfNeeded: number >> (8 * place))) }
    }
    for byte in name.utf8 { take(byte) }
    switch value {
    case .null: take(UInt8(1))
    case .integer(let number):
      take(UInt8(2))
      take(UInt64(bitPattern: number))
    case .real(let number):
      take(UInt8(3))
      take(number.bitPattern)
    case .text(let text):
      take(UInt8(4))
      for byte in text.utf8 { take(byte) }
    case .blob(let bytes):
      take(UInt8(5))
      for byte in bytes { take(byte) }
    }
    return mixed(hash)
  }

  /// Spreads every bit over all, so that sums do not cancel each other out.
  private static func mixed(_ hash: UInt64) -> UInt64 {
    var hash = (hash ^ hash >> 33) &* 0xff51_afd7_ed55_8ccd
    hash = (hash ^ hash >> 33) &* 0xc4ce_b9fe_1a85_ec53
    return hash ^ hash >> 33
  }
}
