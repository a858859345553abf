/// Writes what rows say in another format, and tells what that loses.
struct ExampleWriter: Sendable {
  struct Note: Sendable, Equatable {
    let code: String
    let kind: PreparationReport.Reason.Kind
    let message: String
  }

  let layout: PreparationPlan.Convert.Layout

  /// The row; nil where the format cannot say it at all.
  func write(_ example: Example, _ notes: inout [Note]) -> RowJSON? {
    var members: [(key: String, value: RowJSON)]
    switch layout {
    case .alpaca:
      guard let row = alpaca(example, &notes) else { return nil }
      members = row
    case .sharegpt: members = messages(example, .sharegpt, "conversations", &notes)
    case .openaiMessages: members = messages(example, .openai, "messages", &notes)
    case .pretraining: return pretraining(example, &notes)
    }
    if let tag = example.ktoTag { members.append(("kto_tag", tag)) }
    let written = Set(members.map(\.key))
    for column in example.more {
      guard !written.contains(column.key), !reserved.contains(column.key) else {
        notes.append(
          Note(
            code: "column_taken", kind: .lost,
            message: "The column \"\(column.key.prefix(40))\" means something else in this format."))
        continue
      }
      members.append(column)
    }
    return .object(members)
  }

  /// Columns that would be read as something of the format.
  private var reserved: Set<String> {
    switch layout {
    case .alpaca:
      ["instruction", "input", "output", "history", "system", "tools", "conversations", "messages"]
    case .sharegpt, .openaiMessages:
      ["conversations", "messages", "conversation", "system", "tools", "chosen", "rejected"]
    case .pretraining: []
    }
  }

  private func alpaca(
    _ example: Example, _ notes: inout [Note]
  ) -> [(key: String, value: RowJSON)]? {
    let roles = example.turns.map(\.role)
    let isPlain = roles.enumerated().allSatisfy { $1 == ($0 % 2 == 0 ? .user : .assistant) }
    let answers = [example.chosen, example.rejected].compactMap { $0 }
    guard isPlain, answers.allSatisfy({ $0.role == .assistant }) else {
      notes.append(
        Note(
          code: "tool_turns", kind: .dropped,
          message: "Calls of tools and what they answered cannot be said in alpaca rows."))
      return nil
    }
    noteMore(of: example.turns + answers, &notes)
    var turns = example.turns[...]
    var members: [(key: String, value: RowJSON)] = []
    let answer = example.chosen == nil ? turns.popLast() : nil
    guard let question = turns.popLast() else { return nil }
    members.append(("instruction", .text(question.text)))
    if let input = example.input { members.append(("input", .text(input))) }
    if let answer { members.append(("output", .text(answer.text))) }
    if let chosen = example.chosen { members.append(("chosen", .text(chosen.text))) }
    if let rejected = example.rejected { members.append(("rejected", .text(rejected.text))) }
    if let system = example.system { members.append(("system", .text(system))) }
    if let tools = example.tools { members.append(("tools", .text(tools))) }
    if !turns.isEmpty {
      let history = stride(from: turns.startIndex, to: turns.endIndex - 1, by: 2).map {
        RowJSON.list([.text(turns[$0].text), .text(turns[$0 + 1].text)])
      }
      members.append(("history", .list(history)))
    }
    return members
  }

  private func messages(
    _ example: Example, _ tags: DatasetShape.Tags, _ column: String, _ notes: inout [Note]
  ) -> [(key: String, value: RowJSON)] {
    var turns = example.turns
    if let input = example.input, !input.isEmpty, let place = turns.lastIndex(where: { $0.role == .user }) {
      let question = turns[place].text
      turns[place].text = question.isEmpty ? input : question + "\n" + input
      notes.append(
        Note(
          code: "input_joined", kind: .changed,
          message:
            "Instruction and input are one message now, joined by a line break as the trainer joins them."))
    }
    func message(_ turn: Example.Turn) -> RowJSON {
      .object(
        [(tags.role, .text(word(turn.role, tags))), (tags.content, .text(turn.text))]
          + turn.more.filter { $0.key != tags.role && $0.key != tags.content })
    }
    var list = turns.map(message)
    var members: [(key: String, value: RowJSON)] = []
    // Each where those of the format look for it; the trainer takes both.
    if let system = example.system {
      if layout == .openaiMessages { list.insert(message(.init(role: .system, text: system)), at: 0) }
      if layout == .sharegpt { members.append(("system", .text(system))) }
    }
    members.insert((column, .list(list)), at: 0)
    if let chosen = example.chosen { members.append(("chosen", message(chosen))) }
    if let rejected = example.rejected { members.append(("rejected", message(rejected))) }
    if let tools = example.tools { members.append(("tools", .text(tools))) }
    return members
  }

  private func word(_ role: Example.Role, _ tags: DatasetShape.Tags) -> String {
    switch role {
    case .user: tags.user
    case .assistant: tags.assistant
    case .observation: tags.observation
    case .function: tags.function
    case .system: tags.system
    case .other(let word): word
    }
  }

  private func pretraining(_ example: Example, _ notes: inout [Note]) -> RowJSON {
    noteMore(of: example.turns, &notes)
    if !example.more.isEmpty || example.tools != nil || example.ktoTag != nil {
      notes.append(
        Note(
          code: "columns", kind: .lost,
          message: "Plain text has no columns beside it, such as tools or labels."))
    }
    notes.append(
      Note(code: "roles", kind: .lost, message: "Plain text does not say who asks and who answers."))
    if example.rejected != nil {
      notes.append(Note(code: "rejected", kind: .lost, message: "The rejected answer is left out."))
    }
    var texts = example.turns.map(\.text)
    if let input = example.input, !input.isEmpty {
      texts.insert(input, at: max(texts.count - (example.chosen == nil ? 1 : 0), 0))
    }
    texts = [example.system].compactMap { $0 } + texts + [example.chosen?.text].compactMap { $0 }
    return .object([("text", .text(texts.filter { !$0.isEmpty }.joined(separator: "\n")))])
  }

  private func noteMore(of turns: [Example.Turn], _ notes: inout [Note]) {
    guard turns.contains(where: { !$0.more.isEmpty }) else { return }
    notes.append(
      Note(
        code: "message_fields", kind: .lost,
        message: "Messages have more than a role and a text, which this format cannot say."))
  }
}
