/// What the rows of a dataset are, as LLaMA-Factory sees them.
package enum DatasetFormat: String, Sendable, CaseIterable, Codable {
  /// instruction, input, output; optionally system, history and tools.
  case alpaca
  /// instruction, input, and a chosen and a rejected answer as text.
  case alpacaPreference = "alpaca_preference"
  /// A row of another format with a `kto_tag`: whether its answer is good.
  case kto
  /// A list of messages with `from` and `value`.
  case sharegpt
  /// Messages that end with the user's, and a chosen and a rejected message.
  case sharegptPreference = "sharegpt_preference"
  /// A list of messages with `role` and `content`.
  case openaiMessages = "openai_messages"
  /// Plain text: `text` rows, or the lines of a text file.
  case pretraining

  /// The stages that can train on it; with another one LLaMA-Factory ends at once.
  package var stages: Set<TrainingStage> {
    switch self {
    case .alpaca, .sharegpt, .openaiMessages: [.sft, .pretraining]
    case .alpacaPreference, .sharegptPreference: [.dpo, .rewardModel]
    case .kto: [.kto]
    case .pretraining: [.pretraining]
    }
  }
}

/// How the rows stand in the file.
package enum DatasetContainer: String, Sendable, CaseIterable, Codable {
  case jsonArray = "json_array"
  case jsonLines = "jsonl"
  case text
}

/// What an inspection keeps, and where it gives up.
package struct DatasetLimits: Sendable, Equatable {
  /// Bytes of one row, 1...2^30.
  package var rowBytes: Int
  /// Lists and objects within each other, 1...64.
  package var depth: Int
  /// Values of one row; bounds the memory that a row of millions of tiny values takes.
  package var rowValues: Int
  package var problems: Int
  /// The first row that is previewed, from 1.
  package var previewFrom: Int
  package var previewRows: Int
  /// Bytes of one previewed row.
  package var previewBytes: Int

  package init(
    rowBytes: Int = 16 << 20, depth: Int = 32, rowValues: Int = 1 << 20, problems: Int = 50,
    previewFrom: Int = 1, previewRows: Int = 20, previewBytes: Int = 4096
  ) {
    self.rowBytes = min(max(rowBytes, 1), 1 << 30)
    self.depth = min(max(depth, 1), 64)
    self.rowValues = max(rowValues, 1)
    self.problems = max(problems, 0)
    self.previewFrom = max(previewFrom, 1)
    self.previewRows = max(previewRows, 0)
    self.previewBytes = max(previewBytes, 16)
  }

  package static let standard = DatasetLimits()
}
