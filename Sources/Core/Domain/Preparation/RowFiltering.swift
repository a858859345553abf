/// Tells which rows of a dataset do not hold to what is asked, and why.
struct RowFiltering: Sendable {
  /// Why a row is left out.
  struct Refusal: Sendable {
    let code: String
    let message: String
  }

  private let filter: PreparationPlan.Filter
  private let matching: TextPattern?
  private let notMatching: TextPattern?
  private let scripts: Set<TextScript>
  private let field: JSONRow.Name?
  private let check: RowCheck?
  private let role: JSONRow.Name?

  /// Throws `invalid_input` where something is asked about a format that was not recognised.
  init(
    _ filter: PreparationPlan.Filter, matching: TextPattern?, notMatching: TextPattern?, shape: DatasetShape?
  ) throws(DomainError) {
    self.filter = filter
    self.matching = matching
    self.notMatching = notMatching
    scripts = Set((filter.scripts ?? []).compactMap { TextScript(rawValue: $0) })
    field = filter.field.map { .init($0) }
    check = shape.map { RowCheck($0) }
    role = check.flatMap { $0.messages == nil ? nil : $0.role }
    if check == nil, filter.emptyAnswers == true || filter.invalid == true {
      throw .invalid(
        "The dataset's format was not recognised.",
        hint: "Its rows can be filtered by lengths and patterns only.")
    }
  }

  /// Nil where the row stays.
  func refusal(of row: SourceRow) -> Refusal? {
    if filter.invalid == true, let refusal = row.withRow(invalid) ?? nil { return refusal }
    if filter.emptyAnswers == true, hasEmptyAnswer(row) {
      return Refusal(code: "empty_answer", message: "An answer is missing or blank.")
    }
    return refusalByLength(row) ?? refusalByText(row)
  }

  private func invalid(_ row: JSONRow) -> Refusal? {
    guard row.kind(0) == .object else {
      return Refusal(code: "not_an_object", message: "The row is no object.")
    }
    return check?.findings(in: row).first { $0.severity != .notice }.map {
      Refusal(code: $0.code, message: $0.message)
    }
  }

  private func refusalByLength(_ row: SourceRow) -> Refusal? {
    guard
      filter.minCharacters != nil || filter.maxCharacters != nil || filter.minTokens != nil
        || filter.maxTokens != nil
    else { return nil }
    let length = row.textLength(of: field)
    let tokens = length.estimatedTokens
    if let least = filter.minCharacters, length.characters < least {
      return Refusal(code: "too_short", message: "Fewer than \(least) characters.")
    }
    if let most = filter.maxCharacters, length.characters > most {
      return Refusal(code: "too_long", message: "More than \(most) characters.")
    }
    if let least = filter.minTokens, tokens < least {
      return Refusal(code: "too_few_tokens", message: "Fewer than about \(least) tokens.")
    }
    if let most = filter.maxTokens, tokens > most {
      return Refusal(code: "too_many_tokens", message: "More than about \(most) tokens.")
    }
    return nil
  }

  private func refusalByText(_ row: SourceRow) -> Refusal? {
    guard matching != nil || notMatching != nil || !scripts.isEmpty else { return nil }
    let texts = row.texts(of: field, role: role)
    if let matching, !texts.contains(where: { matching.isFound(in: $0) }) {
      return Refusal(code: "not_matching", message: "The pattern is in none of the texts.")
    }
    if let notMatching, texts.contains(where: { notMatching.isFound(in: $0) }) {
      return Refusal(code: "matching", message: "A text has the pattern that none may have.")
    }
    if !scripts.isEmpty {
      let script = TextScript.main(of: texts)
      if !scripts.contains(script) {
        return Refusal(code: "script_\(script.rawValue)", message: "Most of the letters: \(script.rawValue).")
      }
    }
    return nil
  }

  private func hasEmptyAnswer(_ row: SourceRow) -> Bool {
    guard let check else { return false }
    return row.withRow { row in
      func isBlank(_ value: JSONRow.Value?) -> Bool {
        guard let value, row.kind(value) == .string else { return true }
        return row.text(value).unicodeScalars.allSatisfy { ScalarSet.space.contains($0) }
      }
      // Of a preference, a text or one message.
      func isBlankAnswer(_ name: JSONRow.Name) -> Bool {
        guard let value = row.member(name), row.kind(value) == .object else {
          return isBlank(row.member(name))
        }
        return isBlank(row.member(check.content, of: value))
      }
      if let chosen = check.chosen, let rejected = check.rejected {
        return isBlankAnswer(chosen) || isBlankAnswer(rejected)
      }
      if let messages = check.messages {
        let answers = (row.member(messages).map { row.elements(of: $0) } ?? []).filter { message in
          row.member(check.role, of: message).map {
            row.kind($0) == .string && (row.isText($0, check.assistant) || row.isText($0, check.function))
          } ?? false
        }
        return answers.isEmpty || answers.contains { isBlank(row.member(check.content, of: $0)) }
      }
      return isBlank((check.response ?? check.prompt).flatMap { row.member($0) })
    } ?? row.bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
  }
}
