/// Eight bytes that stand for what a row says, the same on every machine and in every run.
///
/// Keys in another order, white space and how a character is escaped make no difference, and a null counts as absent:
/// the trainer takes them alike.
enum RowHash {
  private static let first: UInt64 = 0x9E37_79B9_7F4A_7C15
  private static let second: UInt64 = 0xD6E8_FEB8_6659_FD93

  /// Of a whole row.
  static func of(_ row: SourceRow) -> UInt64 {
    row.withRow { of($0, 0) } ?? of(row.bytes)
  }

  /// Of some columns of a row; one that it does not have counts as absent.
  static func of(_ row: SourceRow, columns: [JSONRow.Name]) -> UInt64 {
    row.withRow { row in
      columns.reduce(first) { hash, name in
        mixed(hash ^ (row.member(name).map { of(row, $0) } ?? second))
      }
    } ?? of(row.bytes)
  }

  /// Of one column; nil where the row does not have it or it is null.
  static func of(_ row: SourceRow, column: JSONRow.Name) -> UInt64? {
    row.withRow { row -> UInt64? in
      guard let value = row.member(column), row.kind(value) != .null else { return nil }
      return of(row, value)
    } ?? nil
  }

  static func of(_ bytes: [UInt8]) -> UInt64 { bytes.withUnsafeBytes { of($0, seed: first) } }

  /// A number between 0 and 2^64 that a seed and another number make, each in another order for another seed.
  static func key(_ number: UInt64, seed: Int) -> UInt64 {
    mixed(number &+ mixed(UInt64(bitPattern: Int64(seed)) &+ first))
  }

  private static func of(_ row: JSONRow, _ value: JSONRow.Value) -> UInt64 {
    let token = row.tokens[value]
    switch token.kind {
    case .null: return 1
    case .string, .key:
      if token.hasEscape {
        return Array(row.text(value).utf8).withUnsafeBytes { of($0, seed: second) }
      }
      return raw(row, token, seed: second)
    case .bool, .number: return raw(row, token, seed: first)
    case .array:
      var hash = second
      row.forEachElement(of: value) { hash = mixed(hash &+ of(row, $0)) }
      return mixed(hash ^ 0x5B)
    case .object:
      // A sum, so that the order of the keys makes no difference.
      var sum = first
      row.forEachMember(of: value) { key, member in
        if row.kind(member) != .null { sum &+= mixed(folded(of(row, key), of(row, member) | 1)) }
      }
      return mixed(sum ^ 0x7B)
    }
  }

  private static func raw(_ row: JSONRow, _ token: JSONToken, seed: UInt64) -> UInt64 {
    of(
      UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: row.bytes[Int(token.start)..<Int(token.end)])),
      seed: seed)
  }

  private static func of(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
    var state = seed ^ UInt64(bytes.count)
    var index = 0
    while index + 8 <= bytes.count {
      state = folded(state ^ bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian, first)
      index += 8
    }
    var tail: UInt64 = 0
    while index < bytes.count {
      tail = tail << 8 | UInt64(bytes[index])
      index += 1
    }
    return mixed(folded(state ^ tail, second) ^ state)
  }

  private static func folded(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return product.high ^ product.low
  }

  /// Each number to another one, all bits of it from all bits (the finish of splitmix64).
  static func mixed(_ number: UInt64) -> UInt64 {
    var z = number
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
