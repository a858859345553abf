/// What a row says, whatever its format: who says what, and what stands beside it.
struct Example: Sendable {
  enum Role: Sendable, Equatable { case user, assistant, observation, function, system, other(String) }

  struct Turn: Sendable {
    var role: Role
    var text: String
    /// Members of the message that are neither role nor text, as they stand.
    var more: [(key: String, value: RowJSON)] = []
  }

  var system: String?
  var turns: [Turn] = []
  /// Of alpaca rows, what stands in `input` beside the last question.
  var input: String?
  /// Of preferences.
  var chosen: Turn?
  var rejected: Turn?
  /// `true` or `false` of KTO rows.
  var ktoTag: RowJSON?
  /// JSON in a text.
  var tools: String?
  /// The other columns, as they stand.
  var more: [(key: String, value: RowJSON)] = []
}

/// Reads rows of a known shape.
struct ExampleReader: Sendable {
  private let shape: DatasetShape
  private let check: RowCheck
  private let query: JSONRow.Name
  private let known: Set<String>

  init(_ shape: DatasetShape) {
    self.shape = shape
    check = RowCheck(shape)
    let columns = shape.columns
    query = .init(columns.query ?? "input")
    let isTalk = columns.messages != nil
    known = Set(
      [
        columns.prompt, columns.response, columns.messages, columns.chosen, columns.rejected, columns.ktoTag,
        "system", "tools", isTalk ? nil : query.text, isTalk ? nil : "history",
      ].compactMap { $0 })
  }

  /// What is wrong with a row, so that the trainer would drop it or fail on it.
  func fault(in row: JSONRow) -> String? {
    guard row.kind(0) == .object else { return "The row is no object." }
    return check.findings(in: row).first { $0.severity != .notice }?.message
  }

  /// Of a row without a fault.
  func example(_ row: JSONRow) -> Example {
    var example = Example()
    example.system = text(row, row.member("system"))
    example.tools = text(row, row.member("tools"))
    example.ktoTag = check.ktoTag.flatMap { row.member($0) }.map { .literal(row.raw($0)) }
    if let messages = check.messages {
      readMessages(row, messages, &example)
    } else {
      readPrompt(row, &example)
    }
    var seen: Set<String> = []
    row.forEachMember { key, value in
      let name = row.text(key)
      if known.contains(name) || !seen.insert(name).inserted { return }
      example.more.append((name, .literal(row.raw(row.member(.init(name)) ?? value))))
    }
    return example
  }

  private func text(_ row: JSONRow, _ value: JSONRow.Value?) -> String? {
    guard let value, row.kind(value) == .string else { return nil }
    return row.text(value)
  }

  private func readMessages(_ row: JSONRow, _ messages: JSONRow.Name, _ example: inout Example) {
    for message in row.member(messages).map({ row.elements(of: $0) }) ?? [] {
      let turn = turn(row, message)
      if turn.role == .system, example.turns.isEmpty {
        // The trainer takes it before the column.
        example.system = turn.text
      } else {
        example.turns.append(turn)
      }
    }
    example.chosen = check.chosen.flatMap { row.member($0) }.map { turn(row, $0) }
    example.rejected = check.rejected.flatMap { row.member($0) }.map { turn(row, $0) }
  }

  private func turn(_ row: JSONRow, _ message: JSONRow.Value) -> Example.Turn {
    var turn = Example.Turn(
      role: role(text(row, row.member(check.role, of: message)) ?? ""),
      text: text(row, row.member(check.content, of: message)) ?? "")
    row.forEachMember(of: message) { key, value in
      if row.isText(key, check.role) || row.isText(key, check.content) || row.kind(value) == .null { return }
      turn.more.append((row.text(key), .literal(row.raw(value))))
    }
    return turn
  }

  private func role(_ word: String) -> Example.Role {
    switch word {
    case check.user.text: .user
    case check.assistant.text: .assistant
    case check.observation.text: .observation
    case check.function.text: .function
    case check.system.text: .system
    default: .other(word)
    }
  }

  private func readPrompt(_ row: JSONRow, _ example: inout Example) {
    for pair in row.member(.history).map({ row.elements(of: $0) }) ?? [] {
      let texts = row.elements(of: pair).compactMap { text(row, $0) }
      guard texts.count == 2 else { continue }
      example.turns.append(.init(role: .user, text: texts[0]))
      example.turns.append(.init(role: .assistant, text: texts[1]))
    }
    let prompt = check.prompt.flatMap { text(row, row.member($0)) }
    example.input = text(row, row.member(query))
    example.turns.append(.init(role: .user, text: prompt ?? ""))
    func answer(_ name: JSONRow.Name?) -> Example.Turn? {
      name.flatMap { text(row, row.member($0)) }.map { .init(role: .assistant, text: $0) }
    }
    example.chosen = answer(check.chosen)
    example.rejected = answer(check.rejected)
    if example.chosen == nil {
      example.turns.append(answer(check.response) ?? .init(role: .assistant, text: ""))
    }
  }
}
