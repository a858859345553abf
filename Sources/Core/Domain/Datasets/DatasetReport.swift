/// What an inspection found in a file.
package struct DatasetReport: Sendable, Equatable, Codable {
  /// Nil where the rows fit no format.
  package var format: DatasetFormat?
  package var container: DatasetContainer
  /// Columns and tags, for `DatasetRegistration`; nil with the format.
  package var shape: DatasetShape?
  /// Rows read, the bad ones included.
  package var rows: Int
  /// Rows that will be trained on.
  package var validRows: Int
  /// The first problems, in the order of the file.
  package var problems: [DatasetProblem]
  package var problemCount: Int
  /// How often each code came up.
  package var problemCounts: [String: Int]
  /// A problem makes LLaMA-Factory fail on the whole file.
  package var hasFatalProblem: Bool
  /// The first rows as JSON text (text files: as they are), each cut to a few kilobytes with `…` at its end.
  package var preview: [String]
  /// The names of the rows' keys, in the order they came up.
  package var columns: [String]
  /// Characters in the texts of a row.
  package var lengths: LengthStatistics
  package var bytes: Int64

  /// LLaMA-Factory will read it, and something of it is left.
  package var isUsable: Bool { format != nil && !hasFatalProblem && validRows > 0 }
}

/// Something in a file that LLaMA-Factory would fail on, drop without a word, or take other than it was meant.
package struct DatasetProblem: Sendable, Equatable, Codable {
  package enum Severity: String, Sendable, Codable {
    /// The whole training fails.
    case fatal
    /// This row is lost, and the training goes on without a word.
    case dropped
    /// The row is trained on, though perhaps not as it was meant.
    case notice
  }

  /// 1 for the first line.
  package var line: Int
  /// 1 for the first character of a line.
  package var column: Int
  /// 1 for the first row; nil where the file as a whole is meant.
  package var row: Int?
  /// A stable word, such as `invalid_json`.
  package var code: String
  package var severity: Severity
  package var message: String
  package var hint: String
}

/// How long rows are, in characters.
package struct LengthStatistics: Sendable, Equatable, Codable {
  package struct Bucket: Sendable, Equatable, Codable {
    /// Rows of fewer characters than this, and at least as many as the bucket before says.
    package var below: Int
    package var rows: Int
  }

  package var minimum = 0
  package var maximum = 0
  /// Off by a tenth at most.
  package var median = 0
  package var total: Int64 = 0
  /// Doubling widths; from the first that holds a row to the last that does.
  package var histogram: [Bucket] = []

  package init() {}
}

/// Gathers lengths in constant memory.
struct LengthTally: Sendable {
  /// Eight buckets for every doubling.
  private var buckets = [Int](repeating: 0, count: 8 * 40)
  private var count = 0
  private var statistics = LengthStatistics()

  mutating func add(_ length: Int) {
    statistics.minimum = count == 0 ? length : min(statistics.minimum, length)
    statistics.maximum = max(statistics.maximum, length)
    statistics.total += Int64(length)
    count += 1
    buckets[Self.bucket(of: length)] += 1
  }

  func finish() -> LengthStatistics {
    var result = statistics
    guard count > 0 else { return result }
    var seen = 0
    for (index, rows) in buckets.enumerated() {
      seen += rows
      if seen * 2 >= count {
        result.median = min(max(Self.middle(of: index), result.minimum), result.maximum)
        break
      }
    }
    for octave in 0..<40 {
      let rows = buckets[(octave * 8)..<(octave * 8 + 8)].reduce(0, +)
      result.histogram.append(.init(below: 1 << (octave + 1), rows: rows))
    }
    while result.histogram.last?.rows == 0 { result.histogram.removeLast() }
    if let first = result.histogram.firstIndex(where: { $0.rows > 0 }) {
      result.histogram.removeFirst(first)
    }
    return result
  }

  /// The octave by the highest bit, the eighth within by the next three.
  private static func bucket(of length: Int) -> Int {
    let value = max(length, 1)
    let octave = Int.bitWidth - 1 - value.leadingZeroBitCount
    let eighth = octave >= 3 ? (value >> (octave - 3)) & 7 : (value << (3 - octave)) & 7
    return min(octave, 39) * 8 + eighth
  }

  private static func middle(of bucket: Int) -> Int {
    let octave = bucket / 8
    let low = (8 + bucket % 8) << octave
    return (low + (1 << octave) / 2) / 8
  }
}
