/// Something wrong with a row, at one of its values.
struct RowFinding: Sendable, Equatable {
  let code: String
  let severity: DatasetProblem.Severity
  /// Where in the row.
  let token: JSONRow.Value
  let message: String
  let hint: String

  init(
    _ code: String, _ severity: DatasetProblem.Severity, at token: JSONRow.Value, _ message: String,
    hint: String
  ) {
    self.code = code
    self.severity = severity
    self.token = token
    self.message = message
    self.hint = hint
  }
}

extension JSONToken.Kind {
  /// As people say it.
  var noun: String {
    switch self {
    case .null: "null"
    case .bool: "true or false"
    case .number: "a number"
    case .string, .key: "a text"
    case .array: "a list"
    case .object: "an object"
    }
  }
}

/// Holds rows against what LLaMA-Factory does with their format.
///
/// The severities are what version 0.9.5 was seen to do: fail on the whole file, or drop the row without a word.
struct RowCheck: Sendable {
  let shape: DatasetShape
  let prompt: JSONRow.Name?
  let response: JSONRow.Name?
  let messages: JSONRow.Name?
  let chosen: JSONRow.Name?
  let rejected: JSONRow.Name?
  let ktoTag: JSONRow.Name?
  let role: JSONRow.Name
  let content: JSONRow.Name
  let user: JSONRow.Name
  let assistant: JSONRow.Name
  let observation: JSONRow.Name
  let function: JSONRow.Name
  let system: JSONRow.Name

  init(_ shape: DatasetShape) {
    self.shape = shape
    prompt = shape.columns.prompt.map { .init($0) }
    response = shape.columns.response.map { .init($0) }
    messages = shape.columns.messages.map { .init($0) }
    chosen = shape.columns.chosen.map { .init($0) }
    rejected = shape.columns.rejected.map { .init($0) }
    ktoTag = shape.columns.ktoTag.map { .init($0) }
    let tags = shape.tags ?? .sharegpt
    role = .init(tags.role)
    content = .init(tags.content)
    user = .init(tags.user)
    assistant = .init(tags.assistant)
    observation = .init(tags.observation)
    function = .init(tags.function)
    system = .init(tags.system)
  }

  /// What is wrong with a row that is an object; the most weighty first within each part.
  func findings(in row: JSONRow) -> [RowFinding] {
    var findings: [RowFinding] = []
    if shape.columns.messages != nil {
      checkMessages(row, &findings)
    } else {
      checkPrompt(row, &findings)
    }
    if ktoTag != nil { checkKTOTag(row, &findings) }
    checkCommon(row, &findings)
    return findings
  }

  /// A text is wanted; absent and null are told apart from other types.
  func textProblem(
    _ row: JSONRow, _ value: JSONRow.Value?, _ what: String, missing: DatasetProblem.Severity,
    _ findings: inout [RowFinding]
  ) {
    guard let value else {
      findings.append(
        RowFinding("missing_field", missing, at: 0, "The row has no \(what).", hint: Self.fieldHint(missing)))
      return
    }
    switch row.kind(value) {
    case .string: break
    case .null:
      findings.append(
        RowFinding(
          "null_field", missing, at: value, "The row's \(what) is null.", hint: Self.fieldHint(missing)))
    default:
      findings.append(
        RowFinding(
          "wrong_type", .fatal, at: value, "The row's \(what) is \(row.kind(value).noun), not a text.",
          hint: "Put it in double quotes."))
    }
  }

  private static func fieldHint(_ severity: DatasetProblem.Severity) -> String {
    switch severity {
    case .fatal: "Give it a text; LLaMA-Factory fails on the whole file otherwise."
    case .dropped: "Give it a text, or remove the row: LLaMA-Factory drops it without a word."
    case .notice: "The row is trained on without it."
    }
  }

  private func checkKTOTag(_ row: JSONRow, _ findings: inout [RowFinding]) {
    guard let ktoTag else { return }
    let value = row.member(ktoTag)
    if let value, row.kind(value) == .bool { return }
    let isAbsent = value.map { row.kind($0) == .null } ?? true
    findings.append(
      RowFinding(
        isAbsent ? "missing_field" : "wrong_type", isAbsent ? .dropped : .fatal, at: value ?? 0,
        "The row's `\(ktoTag.text)` is not true or false.",
        hint: "Write true for a good answer and false for a bad one."))
  }

  /// Columns that every format may have.
  private func checkCommon(_ row: JSONRow, _ findings: inout [RowFinding]) {
    for name in JSONRow.Name.textColumns {
      guard let value = row.member(name), row.kind(value) != .null else { continue }
      if row.kind(value) == .string {
        if name.text == "tools" { checkTools(row, value, &findings) }
        continue
      }
      findings.append(
        RowFinding(
          "wrong_type", .fatal, at: value, "The row's `\(name.text)` is \(row.kind(value).noun), not a text.",
          hint: name.text == "tools" ? "Write the tools as JSON inside a text." : "Put it in double quotes."))
    }
    for name in JSONRow.Name.mediaColumns {
      guard let value = row.member(name), row.kind(value) == .array, !row.elements(of: value).isEmpty else {
        continue
      }
      findings.append(
        RowFinding(
          "media_ignored", .notice, at: value, "The row's `\(name.text)` are not used.",
          hint: "Only the texts are trained on."))
    }
  }
}
