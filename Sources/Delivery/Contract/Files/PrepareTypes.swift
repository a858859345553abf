/// `POST /api/files/datasets/{file_id}/prepare`: exactly one of convert, split, dedupe, filter and sample.
package struct PrepareDatasetRequest: Codable, Sendable {
  /// The same rows in another format or file.
  package let convert: Convert?
  /// Parts to train on, to evaluate and to test with.
  package let split: Split?
  /// Leave out rows that were there before.
  package let dedupe: Dedupe?
  /// Keep the rows that hold to everything that is given.
  package let filter: Filter?
  /// Some rows, by chance.
  package let sample: Sample?
  /// What the new dataset is called, of a split its parts' stem; without it as the source, whose next version it is.
  package let name: String?
  /// Only tell what would be done.
  package let dryRun: Bool?

  package struct Convert: Codable, Sendable {
    /// What the rows become; as they are without it.
    package let format: PreparedFormat?
    /// How they stand in the file; as they do without it.
    package let container: PreparedContainer?
    /// Go on where something is lost; refused otherwise.
    package let allowLoss: Bool?

    package init(format: PreparedFormat?, container: PreparedContainer?, allowLoss: Bool?) {
      self.format = format
      self.container = container
      self.allowLoss = allowLoss
    }

    private enum CodingKeys: String, CodingKey { case format, container, allowLoss = "allow_loss" }
  }

  package struct Split: Codable, Sendable {
    /// The share that is for evaluation; 0.1 where neither share is given.
    package let eval: Double?
    /// The share that is for a test; none without it.
    package let test: Double?
    /// Another one makes other parts; 42.
    package let seed: Int?
    /// A column whose values are spread over the parts by the same shares.
    package let stratify: String?
    /// A column whose rows of one value stay together.
    package let group: String?

    package init(eval: Double?, test: Double?, seed: Int?, stratify: String?, group: String?) {
      self.eval = eval
      self.test = test
      self.seed = seed
      self.stratify = stratify
      self.group = group
    }
  }

  package struct Dedupe: Codable, Sendable {
    /// The columns by which rows are the same; all without it.
    package let by: [String]?
    /// Also rows whose texts are alike by this much: 0.5 to 1.
    package let similar: Double?

    package init(by: [String]?, similar: Double?) {
      self.by = by
      self.similar = similar
    }
  }

  package struct Filter: Codable, Sendable {
    /// The column that lengths, patterns and scripts are about; the whole row without it.
    package let field: String?
    package let minCharacters: Int?
    package let maxCharacters: Int?
    /// About; see the lengths of a dataset.
    package let minTokens: Int?
    package let maxTokens: Int?
    /// A regular expression that is in one of the texts.
    package let matching: String?
    /// One that is in none.
    package let notMatching: String?
    /// What most letters are: latin, han, japanese, hangul, cyrillic, greek, arabic, hebrew, devanagari, thai, other,
    /// none.
    package let scripts: [String]?
    /// Leave out rows with a missing or blank answer.
    package let emptyAnswers: Bool?
    /// Leave out rows that LLaMA-Factory would drop or fail on.
    package let invalid: Bool?

    package init(
      field: String?, minCharacters: Int?, maxCharacters: Int?, minTokens: Int?, maxTokens: Int?,
      matching: String?, notMatching: String?, scripts: [String]?, emptyAnswers: Bool?, invalid: Bool?
    ) {
      self.field = field
      self.minCharacters = minCharacters
      self.maxCharacters = maxCharacters
      self.minTokens = minTokens
      self.maxTokens = maxTokens
      self.matching = matching
      self.notMatching = notMatching
      self.scripts = scripts
      self.emptyAnswers = emptyAnswers
      self.invalid = invalid
    }

    private enum CodingKeys: String, CodingKey {
      case field, minCharacters = "min_characters", maxCharacters = "max_characters"
      case minTokens = "min_tokens", maxTokens = "max_tokens", matching, notMatching = "not_matching"
      case scripts, emptyAnswers = "empty_answers", invalid
    }
  }

  package struct Sample: Codable, Sendable {
    /// How many rows; or `share`.
    package let rows: Int?
    /// Which part of them: more than 0, at most 1.
    package let share: Double?
    /// Another one chooses other rows; 42.
    package let seed: Int?

    package init(rows: Int?, share: Double?, seed: Int?) {
      self.rows = rows
      self.share = share
      self.seed = seed
    }
  }

  package init(
    convert: Convert? = nil, split: Split? = nil, dedupe: Dedupe? = nil, filter: Filter? = nil,
    sample: Sample? = nil, name: String? = nil, dryRun: Bool? = nil
  ) {
    self.convert = convert
    self.split = split
    self.dedupe = dedupe
    self.filter = filter
    self.sample = sample
    self.name = name
    self.dryRun = dryRun
  }

  private enum CodingKeys: String, CodingKey {
    case convert, split, dedupe, filter, sample, name, dryRun = "dry_run"
  }
}

package enum PreparedFormat: String, WireEnum {
  case alpaca, sharegpt
  case openaiMessages = "openai_messages"
  case pretraining
}

package enum PreparedContainer: String, WireEnum {
  case jsonArray = "json_array"
  case jsonl, text
}

package enum PreparedReasonKind: String, WireEnum { case dropped, lost, changed }

/// An event of a preparation: `progress` with the first four, `end` with the others.
package struct PrepareEvent: Codable, Sendable {
  /// 1 for the first time that the file is gone over.
  package let pass: Int?
  package let passes: Int?
  /// Bytes read, and those to read.
  package let done: Int64?
  package let total: Int64?
  package let rowsRead: Int?
  /// What came out, or would.
  package let parts: [PreparedPartReply]?
  /// Why rows are not in it, or are otherwise than they were.
  package let reasons: [PreparedReasonReply]?
  /// Why nothing came out.
  package let code: String?
  package let problem: String?
  package let hint: String?

  package init(
    pass: Int? = nil, passes: Int? = nil, done: Int64? = nil, total: Int64? = nil, rowsRead: Int? = nil,
    parts: [PreparedPartReply]? = nil, reasons: [PreparedReasonReply]? = nil, code: String? = nil,
    problem: String? = nil, hint: String? = nil
  ) {
    self.pass = pass
    self.passes = passes
    self.done = done
    self.total = total
    self.rowsRead = rowsRead
    self.parts = parts
    self.reasons = reasons
    self.code = code
    self.problem = problem
    self.hint = hint
  }

  private enum CodingKeys: String, CodingKey {
    case pass, passes, done, total, rowsRead = "rows_read", parts, reasons, code, problem, hint
  }
}

package struct PreparedPartReply: Codable, Sendable {
  /// `train`, `eval` or `test` of a split.
  package let part: String?
  package let filename: String
  package let rows: Int
  /// What was stored; none of a dry run.
  package let dataset: DatasetReply?

  package init(part: String?, filename: String, rows: Int, dataset: DatasetReply?) {
    self.part = part
    self.filename = filename
    self.rows = rows
    self.dataset = dataset
  }
}

/// Rows that were left out, lost something or were changed, for one reason.
package struct PreparedReasonReply: Codable, Sendable {
  /// Such as `duplicate`.
  package let code: String
  package let kind: PreparedReasonKind
  package let message: String
  package let rows: Int
  /// The first three.
  package let examples: [Example]

  package struct Example: Codable, Sendable {
    package let row: Int
    package let line: Int
    /// Its beginning.
    package let text: String

    package init(row: Int, line: Int, text: String) {
      self.row = row
      self.line = line
      self.text = text
    }
  }

  package init(code: String, kind: PreparedReasonKind, message: String, rows: Int, examples: [Example]) {
    self.code = code
    self.kind = kind
    self.message = message
    self.rows = rows
    self.examples = examples
  }
}

/// `GET /api/files/datasets/{file_id}/stats`.
package struct DatasetStatsReply: Codable, Sendable {
  package let rows: Int
  /// Rows that say what a row before said.
  package let duplicates: Int
  /// Messages of a row; absent of plain text.
  package let turns: LengthReply?
  /// Characters in the texts of a row.
  package let characters: LengthReply?
  /// About how many tokens these are.
  package let tokens: LengthReply?
  /// Characters of each answer.
  package let answers: LengthReply?
  package let columns: [Column]
  /// By what most of its letters are, how many rows there are.
  package let scripts: [String: Int]
  /// How many messages each role has.
  package let roles: [String: Int]

  package struct Column: Codable, Sendable {
    package let name: String
    /// Rows that have it.
    package let rows: Int
    /// Rows in which there is nothing in it.
    package let empty: Int

    package init(name: String, rows: Int, empty: Int) {
      self.name = name
      self.rows = rows
      self.empty = empty
    }
  }

  package init(
    rows: Int, duplicates: Int, turns: LengthReply?, characters: LengthReply?, tokens: LengthReply?,
    answers: LengthReply?, columns: [Column], scripts: [String: Int], roles: [String: Int]
  ) {
    self.rows = rows
    self.duplicates = duplicates
    self.turns = turns
    self.characters = characters
    self.tokens = tokens
    self.answers = answers
    self.columns = columns
    self.scripts = scripts
    self.roles = roles
  }
}
