/// What is to be made of a dataset: exactly one operation, and the name of what comes out.
///
/// As JSON: `{"sample": {"rows": 100, "seed": 1}, "name": "small.jsonl"}`.
package struct PreparationPlan: Codable, Sendable, Equatable {
  package var convert: Convert?
  package var split: Split?
  package var dedupe: Dedupe?
  package var filter: Filter?
  package var sample: Sample?
  /// The name of the new dataset, of a split the stem of its parts'; without it the source's own, whose next version
  /// it then is.
  package var name: String?

  package init(
    convert: Convert? = nil, split: Split? = nil, dedupe: Dedupe? = nil, filter: Filter? = nil,
    sample: Sample? = nil, name: String? = nil
  ) {
    self.convert = convert
    self.split = split
    self.dedupe = dedupe
    self.filter = filter
    self.sample = sample
    self.name = name
  }

  /// Rows chosen by chance: the same with the same seed, in the order of the file.
  package struct Sample: Codable, Sendable, Equatable {
    /// How many; all where there are fewer.
    package var rows: Int?
    /// Or which part of them, more than 0 and up to 1.
    package var share: Double?
    /// 42 without it.
    package var seed: Int?

    package init(rows: Int? = nil, share: Double? = nil, seed: Int? = nil) {
      self.rows = rows
      self.share = share
      self.seed = seed
    }
  }

  /// Parts for training, evaluation and test; rows that say the same are never in two of them.
  package struct Split: Codable, Sendable, Equatable {
    /// Which part of the rows is for evaluation, 0 up to less than 1; a tenth where neither is given.
    package var eval: Double?
    /// Which part is for a test; none without it.
    package var test: Double?
    package var seed: Int?
    /// A column with few values, each of which is spread over the parts by the same shares.
    package var stratify: String?
    /// A column whose rows of one value stay together.
    package var group: String?

    package init(
      eval: Double? = nil, test: Double? = nil, seed: Int? = nil, stratify: String? = nil,
      group: String? = nil
    ) {
      self.eval = eval
      self.test = test
      self.seed = seed
      self.stratify = stratify
      self.group = group
    }
  }

  /// Rows that were there before are left out; the first of them stays.
  package struct Dedupe: Codable, Sendable, Equatable {
    /// The columns by which rows are the same; all of them without it.
    package var by: [String]?
    /// Also rows whose texts are alike by this much, 0.5 up to 1 (of their runs of five characters).
    package var similar: Double?

    package init(by: [String]? = nil, similar: Double? = nil) {
      self.by = by
      self.similar = similar
    }
  }

  /// Rows stay that hold to everything that is given.
  package struct Filter: Codable, Sendable, Equatable {
    /// The column whose texts are looked at for lengths, patterns and scripts; all of a row's texts without it.
    package var field: String?
    package var minCharacters: Int?
    package var maxCharacters: Int?
    /// By the estimate that `DatasetReport.tokens` has.
    package var minTokens: Int?
    package var maxTokens: Int?
    /// A `TextPattern` that one of the texts has.
    package var matching: String?
    /// A `TextPattern` that none of the texts has.
    package var notMatching: String?
    /// The scripts (`TextScript`) that most of the letters may be of.
    package var scripts: [String]?
    /// Rows without an answer, or with a blank one, are left out.
    package var emptyAnswers: Bool?
    /// Rows that LLaMA-Factory would drop or fail on are left out: roles out of order, missing texts, wrong types.
    package var invalid: Bool?

    package init() {}

    private enum CodingKeys: String, CodingKey {
      case field, minCharacters = "min_characters", maxCharacters = "max_characters"
      case minTokens = "min_tokens", maxTokens = "max_tokens", matching, notMatching = "not_matching"
      case scripts, emptyAnswers = "empty_answers", invalid
    }
  }

  /// The same rows written otherwise.
  package struct Convert: Codable, Sendable, Equatable {
    /// What the rows become; as they are without it.
    package var format: Layout?
    /// How they stand in the file; as they do without it, and `jsonl` where that cannot hold them.
    package var container: DatasetContainer?
    /// Goes on where something would be lost, and loses it; refused otherwise.
    package var allowLoss: Bool?

    /// How the rows of a format are written; whether they are preferences or hold a `kto_tag` stays as it is.
    package enum Layout: String, Codable, Sendable, CaseIterable {
      case alpaca, sharegpt
      case openaiMessages = "openai_messages"
      case pretraining
    }

    package init(format: Layout? = nil, container: DatasetContainer? = nil, allowLoss: Bool? = nil) {
      self.format = format
      self.container = container
      self.allowLoss = allowLoss
    }

    private enum CodingKeys: String, CodingKey { case format, container, allowLoss = "allow_loss" }
  }
}

extension PreparationPlan {
  /// The one operation of a plan, checked.
  enum Operation: Sendable {
    case convert(Convert)
    case split(Split)
    case dedupe(Dedupe)
    case filter(Filter, matching: TextPattern?, notMatching: TextPattern?)
    case sample(Sample)
  }

  /// Throws `invalid_input` where there is not exactly one operation, or it asks for what cannot be.
  package func check() throws(DomainError) { _ = try operation() }

  func operation() throws(DomainError) -> Operation {
    var found: [Operation] = []
    if let convert { found.append(try Self.checked(convert)) }
    if let split { found.append(try Self.checked(split)) }
    if let dedupe { found.append(try Self.checked(dedupe)) }
    if let filter { found.append(try Self.checked(filter)) }
    if let sample { found.append(try Self.checked(sample)) }
    guard found.count == 1, let only = found.first else {
      throw .invalid(
        "A preparation does exactly one of convert, split, dedupe, filter and sample.",
        hint: "Do one after the other: each makes a dataset that the next begins with.")
    }
    return only
  }

  private static func checked(_ sample: Sample) throws(DomainError) -> Operation {
    guard (sample.rows == nil) != (sample.share == nil) else {
      throw .invalid("A sample has \"rows\" or \"share\", one of them.")
    }
    if let rows = sample.rows, rows < 1 { throw .invalid("\"rows\" is 1 or more.") }
    if let share = sample.share, !(share > 0 && share <= 1) {
      throw .invalid("\"share\" is more than 0 and at most 1.", hint: "0.1 is a tenth.")
    }
    return .sample(sample)
  }

  private static func checked(_ split: Split) throws(DomainError) -> Operation {
    var split = split
    if split.eval == nil, split.test == nil { split.eval = 0.1 }
    let (eval, test) = (split.eval ?? 0, split.test ?? 0)
    guard eval >= 0, test >= 0, eval + test > 0, eval + test < 1 else {
      throw .invalid(
        "\"eval\" and \"test\" are shares of the rows that together leave some to train on.",
        hint: "0.1 is a tenth.")
    }
    if split.stratify != nil, split.group != nil {
      throw .invalid(
        "A split has \"stratify\" or \"group\", not both.",
        hint: "Rows that stay together cannot be spread by another column as well.")
    }
    for name in [split.stratify, split.group] { try check(column: name) }
    return .split(split)
  }

  private static func checked(_ dedupe: Dedupe) throws(DomainError) -> Operation {
    if let by = dedupe.by {
      guard (1...32).contains(by.count) else { throw .invalid("\"by\" has 1 to 32 columns.") }
      for name in by { try check(column: name) }
    }
    if let similar = dedupe.similar, !(similar >= 0.5 && similar <= 1) {
      throw .invalid("\"similar\" is 0.5 to 1.", hint: "0.8 finds texts that are four fifths alike.")
    }
    return .dedupe(dedupe)
  }

  private static func checked(_ filter: Filter) throws(DomainError) -> Operation {
    try check(column: filter.field)
    let ranges = [
      ("characters", filter.minCharacters, filter.maxCharacters),
      ("tokens", filter.minTokens, filter.maxTokens),
    ]
    for (unit, least, most) in ranges {
      guard (least ?? 0) >= 0, (most ?? 0) >= 0, least ?? 0 <= most ?? .max else {
        throw .invalid("\"min_\(unit)\" is not more than \"max_\(unit)\", and neither is less than 0.")
      }
    }
    if let scripts = filter.scripts {
      guard !scripts.isEmpty, scripts.allSatisfy({ TextScript(rawValue: $0) != nil }) else {
        throw .invalid(
          "\"scripts\" are among \(TextScript.allCases.map(\.rawValue).joined(separator: ", ")).")
      }
    }
    let asks: [Bool] = [
      filter.minCharacters != nil, filter.maxCharacters != nil, filter.minTokens != nil,
      filter.maxTokens != nil, filter.matching != nil, filter.notMatching != nil, filter.scripts != nil,
      filter.emptyAnswers == true, filter.invalid == true,
    ]
    guard asks.contains(true) else {
      throw .invalid(
        "A filter asks for something.", hint: "Give lengths, patterns, scripts, empty_answers or invalid.")
    }
    let matching: TextPattern? = if let text = filter.matching { try TextPattern(text) } else { nil }
    let notMatching: TextPattern? = if let text = filter.notMatching { try TextPattern(text) } else { nil }
    return .filter(filter, matching: matching, notMatching: notMatching)
  }

  private static func checked(_ convert: Convert) throws(DomainError) -> Operation {
    guard convert.format != nil || convert.container != nil else {
      throw .invalid("A conversion has \"format\" or \"container\", or both.")
    }
    if convert.container == .text, let format = convert.format, format != .pretraining {
      throw .invalid("A text file holds pretraining rows only.", hint: "Choose jsonl or json_array.")
    }
    return .convert(convert)
  }

  private static func check(column: String?) throws(DomainError) {
    guard let column else { return }
    guard (1...256).contains(column.utf8.count) else {
      throw .invalid("A column's name has 1 to 256 bytes.")
    }
  }
}
