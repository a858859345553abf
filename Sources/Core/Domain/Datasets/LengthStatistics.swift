/// How long the rows of a dataset are.
package struct LengthStatistics: Sendable, Equatable, Codable {
  package struct Bucket: Sendable, Equatable, Codable {
    /// Rows of fewer characters than this, and at least as many as the bucket before says.
    package var below: Int
    package var rows: Int
  }

  /// Rows of at least `from` and fewer than `below`.
  package struct Bin: Sendable, Equatable, Codable {
    package var from: Int
    package var below: Int
    package var rows: Int
  }

  package var minimum = 0
  package var maximum = 0
  /// Off by a tenth at most.
  package var median = 0
  /// Nine of ten rows are no longer than this; nil in a report of before.
  ///
  /// Off by a tenth at most.
  package var p90: Int?
  /// Likewise 99 of 100.
  package var p99: Int?
  package var total: Int64 = 0
  /// Doubling widths; from the first that holds a row to the last that does.
  package var histogram: [Bucket] = []
  /// Eight for every doubling, those without rows left out; nil in a report of before.
  package var bins: [Bin]?

  package init() {}

  /// About how many rows are longer than this: a bin that the limit parts is parted evenly.
  package func rows(above limit: Int) -> Int {
    var found = 0.0
    for bin in bins ?? [] {
      // No row is longer than the longest.
      let below = max(bin.from + 1, min(bin.below, maximum + 1))
      if bin.from > limit {
        found += Double(bin.rows)
      } else if below - 1 > limit {
        found += Double(bin.rows) * Double(below - 1 - limit) / Double(below - bin.from)
      }
    }
    return limit >= maximum ? 0 : max(1, Int(found.rounded()))
  }

  /// About how much is left of all rows together where each is cut at this.
  package func total(cutAt limit: Int) -> Int64 {
    guard limit < maximum, let bins else { return total }
    var (kept, whole) = (0.0, 0.0)
    for bin in bins {
      let middle = Double(bin.from + min(bin.below - 1, max(bin.from, maximum))) / 2
      whole += middle * Double(bin.rows)
      kept += min(middle, Double(limit)) * Double(bin.rows)
    }
    return whole == 0 ? total : Int64(Double(total) * kept / whole)
  }
}

/// How long a text is, by its characters.
struct TextLength: Sendable, Equatable {
  var characters = 0
  /// Those of them that are Chinese or otherwise beyond U+07FF.
  var wide = 0

  /// About how many tokens it is: four characters of English a token, and 0.65 tokens a Chinese character.
  ///
  /// So do the tokenizers of today's models; off by a third where a text is code, numbers or a rare language. The
  /// template's own tokens are not in it.
  var estimatedTokens: Int { ((characters - wide) * 25 + wide * 65 + 99) / 100 }
}

/// Gathers lengths in constant memory.
struct LengthTally: Sendable {
  /// Eight bins for every doubling.
  private var bins = [Int](repeating: 0, count: 8 * 40)
  private var count = 0
  private var statistics = LengthStatistics()

  mutating func add(_ length: Int) {
    statistics.minimum = count == 0 ? length : min(statistics.minimum, length)
    statistics.maximum = max(statistics.maximum, length)
    statistics.total += Int64(length)
    count += 1
    bins[Self.bin(of: length)] += 1
  }

  func finish() -> LengthStatistics {
    var result = statistics
    result.bins = []
    result.p90 = 0
    result.p99 = 0
    guard count > 0 else { return result }
    result.median = percentile(50)
    result.p90 = percentile(90)
    result.p99 = percentile(99)
    result.bins = bins.indices.filter { bins[$0] > 0 }.map {
      .init(from: $0 == 0 ? 0 : Self.start(of: $0), below: Self.start(of: $0 + 1), rows: bins[$0])
    }
    for octave in 0..<40 {
      let rows = bins[(octave * 8)..<(octave * 8 + 8)].reduce(0, +)
      result.histogram.append(.init(below: 1 << (octave + 1), rows: rows))
    }
    while result.histogram.last?.rows == 0 { result.histogram.removeLast() }
    if let first = result.histogram.firstIndex(where: { $0.rows > 0 }) {
      result.histogram.removeFirst(first)
    }
    return result
  }

  private func percentile(_ share: Int) -> Int {
    var seen = 0
    for (index, rows) in bins.enumerated() {
      seen += rows
      if seen * 100 >= count * share {
        return min(max(Self.middle(of: index), statistics.minimum), statistics.maximum)
      }
    }
    return statistics.maximum
  }

  /// The octave by the highest bit, the eighth within by the next three.
  private static func bin(of length: Int) -> Int {
    let value = max(length, 1)
    let octave = Int.bitWidth - 1 - value.leadingZeroBitCount
    let eighth = octave >= 3 ? (value >> (octave - 3)) & 7 : (value << (3 - octave)) & 7
    return min(octave, 39) * 8 + eighth
  }

  /// The smallest length of a bin: below 8 there are bins that hold none.
  private static func start(of bin: Int) -> Int { ((8 + bin % 8) << (bin / 8) + 7) / 8 }

  private static func middle(of bin: Int) -> Int {
    let octave = bin / 8
    let low = (8 + bin % 8) << octave
    return (low + (1 << octave) / 2) / 8
  }
}
