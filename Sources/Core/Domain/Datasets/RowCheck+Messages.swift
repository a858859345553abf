/// Rows that hold a conversation.
extension RowCheck {
  func checkMessages(_ row: JSONRow, _ findings: inout [RowFinding]) {
    guard let name = messages else { return }
    guard let list = row.member(name), row.kind(list) != .null else {
      findings.append(
        RowFinding(
          "missing_field", .fatal, at: row.member(name) ?? 0, "The row has no `\(name.text)`.",
          hint: "Remove the row: LLaMA-Factory fails on the whole file."))
      return
    }
    guard row.kind(list) == .array else {
      findings.append(
        RowFinding(
          "wrong_type", .fatal, at: list,
          "The row's `\(name.text)` is \(row.kind(list).noun), not a list of messages.",
          hint: "Write it as a list."))
      return
    }
    if row.tokens[list].next == list + 1 {
      findings.append(
        RowFinding(
          "empty_conversation", .dropped, at: list, "The conversation is empty.",
          hint: "Remove the row: LLaMA-Factory drops it without a word."))
      return
    }
    checkTurns(row, list, &findings)
    if shape.format == .sharegptPreference {
      for column in [chosen, rejected] { if let column { checkAnswer(row, column, &findings) } }
    }
  }

  private func checkTurns(_ row: JSONRow, _ list: JSONRow.Value, _ findings: inout [RowFinding]) {
    var turn = 0
    var isFirst = true
    var isBroken = false
    var silent: JSONRow.Value?
    var message = list + 1
    let end = Int(row.tokens[list].next)
    while message < end {
      defer {
        message = Int(row.tokens[message].next)
        isFirst = false
      }
      guard row.kind(message) == .object else {
        findings.append(
          RowFinding(
            "wrong_type", .fatal, at: message, "A message is \(row.kind(message).noun), not an object.",
            hint: "Write it as {\"\(role.text)\": …, \"\(content.text)\": …}."))
        return
      }
      let isSilent = !checkContent(row, message, &findings)
      guard let speaker = row.member(role, of: message), row.kind(speaker) == .string else {
        if !isBroken {
          findings.append(
            RowFinding(
              "missing_role", .dropped, at: message, "A message does not say who speaks.",
              hint: "Give it \"\(role.text)\": LLaMA-Factory drops the row without a word."))
        }
        isBroken = true
        turn += 1
        continue
      }
      if isFirst, row.isText(speaker, system) { continue }
      if isSilent { silent = silent ?? message }
      if let text = row.member(content, of: message), row.isText(speaker, function), row.kind(text) == .string
      {
        checkCall(row, text, &findings)
      }
      let isAsking = row.isText(speaker, user) || row.isText(speaker, observation)
      let isAnswering = row.isText(speaker, assistant) || row.isText(speaker, function)
      if !isBroken, turn % 2 == 0 ? !isAsking : !isAnswering {
        isBroken = true
        findings.append(misplaced(row, speaker, turn: turn, isKnown: isAsking || isAnswering))
      }
      turn += 1
    }
    if !isBroken { isBroken = !checkCount(row, list, turns: turn, &findings) }
    // In a row that is dropped anyway nobody looks at the texts.
    if let silent, !isBroken { findings.append(missingContent(row, silent)) }
  }

  private func misplaced(_ row: JSONRow, _ speaker: JSONRow.Value, turn: Int, isKnown: Bool) -> RowFinding {
    if !isKnown, !row.isText(speaker, system) {
      return RowFinding(
        "unknown_role", .dropped, at: speaker,
        "\"\(String(row.text(speaker).prefix(40)))\" is no role that is known here.",
        hint:
          "Use \(user.text), \(assistant.text) and, at the start, \(system.text): LLaMA-Factory drops the row."
      )
    }
    return RowFinding(
      "wrong_role_order", .dropped, at: speaker,
      turn == 0
        ? "The conversation does not begin with \(user.text)."
        : "Messages of \(user.text) and \(assistant.text) do not take turns here.",
      hint: "Let them alternate, beginning with \(user.text): LLaMA-Factory drops the row without a word.")
  }

  /// Returns whether the conversation ends as it should.
  private func checkCount(
    _ row: JSONRow, _ list: JSONRow.Value, turns: Int, _ findings: inout [RowFinding]
  ) -> Bool {
    if shape.format == .sharegptPreference {
      if turns % 2 != 0 { return true }
      findings.append(
        RowFinding(
          "odd_message_count", .dropped, at: list, "The conversation does not end with \(user.text).",
          hint: "The answers stand in `chosen` and `rejected`: LLaMA-Factory drops the row without a word."))
      return false
    }
    if turns > 0, turns % 2 == 0 { return true }
    findings.append(
      RowFinding(
        turns == 0 ? "empty_conversation" : "odd_message_count", .dropped, at: list,
        "The conversation does not end with an answer of \(assistant.text).",
        hint: "Add the answer, or remove the last message: LLaMA-Factory drops the row without a word."))
    return false
  }

  /// Returns whether the message has a text, or something that was told to be none.
  private func checkContent(
    _ row: JSONRow, _ message: JSONRow.Value, _ findings: inout [RowFinding]
  ) -> Bool {
    if let calls = row.member(.toolCalls, of: message), row.kind(calls) == .array,
      row.tokens[calls].next > calls + 1
    {
      findings.append(
        RowFinding(
          "tool_calls", .notice, at: calls, "The message's `tool_calls` are not trained on.",
          hint: "Write the call as the message of a `\(function.text)` turn to have it learned."))
    }
    guard let value = row.member(content, of: message), row.kind(value) != .null else { return false }
    if row.kind(value) != .string {
      findings.append(
        RowFinding(
          "wrong_type", .fatal, at: value,
          "A message's `\(content.text)` is \(row.kind(value).noun), not a text.",
          hint: "Only texts are trained on."))
    }
    return true
  }

  private func missingContent(_ row: JSONRow, _ message: JSONRow.Value) -> RowFinding {
    RowFinding(
      "missing_content", .fatal, at: row.member(content, of: message) ?? message, "A message has no text.",
      hint:
        "Give it \"\(content.text)\", which may be empty: LLaMA-Factory fails on the whole file otherwise.")
  }

  /// `chosen` or `rejected` of a preference: one message of the assistant.
  private func checkAnswer(_ row: JSONRow, _ column: JSONRow.Name, _ findings: inout [RowFinding]) {
    guard let value = row.member(column), row.kind(value) == .object else {
      findings.append(
        RowFinding(
          "wrong_type", .dropped, at: row.member(column) ?? 0,
          "The row's `\(column.text)` is not one message.",
          hint: "Write it as {\"\(role.text)\": \"\(assistant.text)\", \"\(content.text)\": …}."))
      return
    }
    if !checkContent(row, value, &findings) { findings.append(missingContent(row, value)) }
    let speaker = row.member(role, of: value).flatMap { row.kind($0) == .string ? $0 : nil }
    if let speaker, row.isText(speaker, assistant) || row.isText(speaker, function) { return }
    // A role that is known is taken as it stands; another one ends the training.
    let isKnown = speaker.map {
      row.isText($0, user) || row.isText($0, observation) || row.isText($0, system)
    }
    findings.append(
      RowFinding(
        "wrong_role_order", isKnown == true ? .notice : .fatal, at: value,
        "The row's `\(column.text)` is not said by \(assistant.text).",
        hint: "Give it \"\(role.text)\": \"\(assistant.text)\"."))
  }
}
