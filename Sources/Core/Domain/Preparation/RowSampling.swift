/// Chooses rows by their number alone, so that nothing of the file is held: each has a key made from the seed, and
/// those with the smallest keys are in.
struct RowSampling: Sendable {
  private let seed: Int
  /// Keys up to this one are in; nil where none is.
  private let threshold: UInt64?

  /// - Parameters:
  ///   - count: how many are wanted.
  ///   - rows: how many there are.
  init(_ count: Int, of rows: Int, seed: Int) {
    self.seed = seed
    threshold = count >= rows ? .max : Self.smallest(count, of: rows, seed: seed)
  }

  func includes(_ number: Int) -> Bool {
    threshold.map { RowHash.key(UInt64(number), seed: seed) <= $0 } ?? false
  }

  /// The largest of the `count` smallest keys: by their first 16 bits, then exactly among those that share them.
  private static func smallest(_ count: Int, of rows: Int, seed: Int) -> UInt64? {
    guard count > 0, rows > 0 else { return nil }
    var tally = [Int](repeating: 0, count: 1 << 16)
    for number in 1...rows { tally[Int(RowHash.key(UInt64(number), seed: seed) >> 48)] += 1 }
    var left = count
    var bucket = 0
    while left > tally[bucket] {
      left -= tally[bucket]
      bucket += 1
    }
    var keys: [UInt64] = []
    for number in 1...rows {
      let key = RowHash.key(UInt64(number), seed: seed)
      if Int(key >> 48) == bucket { keys.append(key) }
    }
    keys.sort()
    return keys[left - 1]
  }
}
