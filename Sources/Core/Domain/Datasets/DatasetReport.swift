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
  /// About how many tokens the same texts are (`TextLength.estimatedTokens`); nil in a report of before.
  package var tokens: LengthStatistics?
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
