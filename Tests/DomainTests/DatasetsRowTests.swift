import Testing

@testable import Domain

/// Each row stands between two good ones: only its own faults may be told.
@Suite struct DatasetsRowTests {
  private func report(_ good: String, _ row: String) -> DatasetReport {
    inspect("\(good)\n\(row)\n\(good)\n", "data.jsonl")
  }

  private func expect(
    _ good: String, _ row: String, _ code: String, _ severity: DatasetProblem.Severity,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let found = report(good, row)
    #expect(
      found.problems.contains { $0.code == code && $0.severity == severity && $0.row == 2 && $0.line == 2 },
      "\(found.problems)", sourceLocation: sourceLocation)
    #expect(found.validRows == (severity == .notice ? 3 : 2), sourceLocation: sourceLocation)
    #expect(found.hasFatalProblem == (severity == .fatal), sourceLocation: sourceLocation)
  }

  private let alpaca = #"{"instruction": "a", "input": "i", "output": "b"}"#

  @Test(arguments: [
    (#"{"instruction": "a", "input": ""}"#, "missing_field", DatasetProblem.Severity.dropped),
    (#"{"instruction": "a", "output": null}"#, "null_field", .dropped),
    (#"{"instruction": "a", "output": 5}"#, "mixed_types", .fatal),
    (#"{"instruction": 5, "output": "b"}"#, "mixed_types", .fatal),
    (#"{"instruction": "a", "output": {"x": 1}}"#, "mixed_types", .fatal),
    (#"{"instruction": "a", "output": ""}"#, "empty_text", .notice),
    (#"{"output": "b"}"#, "missing_field", .notice),
    (#"{"instruction": "a", "output": "b", "history": [["q"]]}"#, "bad_history", .fatal),
    (#"{"instruction": "a", "output": "b", "history": [["q", null]]}"#, "bad_history", .fatal),
    (#"{"instruction": "a", "output": "b", "history": "q"}"#, "bad_history", .notice),
    (#"{"instruction": "a", "output": "b", "tools": "a hammer"}"#, "bad_tools", .fatal),
    (#"{"instruction": "a", "output": "b", "tools": "{}"}"#, "bad_tools", .fatal),
    (#"{"instruction": "a", "output": "b", "system": 1}"#, "wrong_type", .fatal),
    (#"{"instruction": "a", "output": "b", "output": "c"}"#, "duplicate_key", .fatal),
    (#"{"instruction": "a", "output": "b", "images": ["x.png"]}"#, "media_ignored", .notice),
  ])
  func `an alpaca row is held against what the trainer does`(
    _ row: String, _ code: String, _ severity: DatasetProblem.Severity
  ) {
    expect(alpaca, row, code, severity)
  }

  @Test(arguments: [
    #"{"instruction": "a", "output": "b", "history": [["q", "r"], ["s", "t"]], "system": "x"}"#,
    #"{"instruction": "a", "input": null, "output": "b", "history": null, "more": {"x": [1]}}"#,
    #"{"instruction": "", "input": "only input", "output": "b", "history": []}"#,
  ])
  func `a good alpaca row has no problem`(_ row: String) {
    let found = report(alpaca, row)
    #expect(found.problems.isEmpty)
    #expect(found.isUsable)
  }

  @Test func `a number in every row is wrong as well`() {
    let found = inspect("[{\"instruction\": \"a\", \"output\": 5}, {\"instruction\": \"b\", \"output\": 6}]")
    #expect(found.problems.map(\.code) == ["wrong_type", "wrong_type"])
    #expect(found.first == "1:33 wrong_type")
    #expect(!found.isUsable)
  }

  @Test func `a type that changes is told with its column and the row it was first seen in`() throws {
    let found = report(
      alpaca,
      #"{"instruction": "a", "output": "b", "meta": {"id": 1}}"# + "\n"
        + #"{"instruction": "a", "output": "b", "meta": {"id": "x"}}"#)
    let problem = try #require(found.problems.first)
    #expect(problem.code == "mixed_types")
    #expect(problem.message.contains("`meta.id`"))
    #expect(problem.message.contains("row 2"))
    #expect(problem.line == 3)
    #expect(problem.column == 52)
  }

  @Test func `the format is found though the first rows are odd`() {
    let found = inspect("{\"instruction\": \"a\"}\n{}\n\(alpaca)\n", "data.jsonl")
    #expect(found.format == .alpaca)
    #expect(found.validRows == 1)
    #expect(found.problems.map(\.row) == [1, 2, 2])
    #expect(inspect("{\"instruction\": \"a\"}\n", "data.jsonl").format == .alpaca)
    #expect(!inspect("{\"instruction\": \"a\"}\n", "data.jsonl").isUsable)
  }

  @Test func `other usual names of columns are understood`() {
    let found = inspect(#"[{"question": "a", "answer": "b"}]"#)
    #expect(found.format == .alpaca)
    #expect(found.shape?.columns.prompt == "question")
    #expect(found.shape?.columns.response == "answer")
    #expect(found.isUsable)
  }

  private let sharegpt =
    #"{"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]}"#

  @Test(arguments: [
    (#"[]"#, "empty_conversation", DatasetProblem.Severity.dropped),
    (#"[{"from": "system", "value": "s"}]"#, "empty_conversation", .dropped),
    (#"[{"from": "human", "value": "q"}]"#, "odd_message_count", .dropped),
    (#"[{"from": "gpt", "value": "a"}, {"from": "human", "value": "q"}]"#, "wrong_role_order", .dropped),
    (#"[{"from": "human", "value": "q"}, {"from": "human", "value": "q"}]"#, "wrong_role_order", .dropped),
    (#"[{"from": "user", "value": "q"}, {"from": "gpt", "value": "a"}]"#, "unknown_role", .dropped),
    (#"[{"value": "q"}, {"from": "gpt", "value": "a"}]"#, "missing_role", .dropped),
    (#"[{"from": "human", "value": null}, {"from": "gpt", "value": "a"}]"#, "missing_content", .fatal),
    (#"[{"from": "human"}, {"from": "gpt", "value": "a"}]"#, "missing_content", .fatal),
    (#"[{"from": "human", "value": 5}, {"from": "gpt", "value": "a"}]"#, "mixed_types", .fatal),
    (
      #"[{"from": "human", "value": "q"}, {"from": "function_call", "value": "look it up"}]"#,
      "bad_function_call", .fatal
    ),
    (#"[{"from": "human", "value": "q"}, {"from": "human", "value": null}]"#, "wrong_role_order", .dropped),
    (#"["hello", "there"]"#, "mixed_types", .fatal),
    (#"null"#, "missing_field", .fatal),
    (#""text""#, "mixed_types", .fatal),
  ])
  func `a conversation is held against what the trainer does`(
    _ messages: String, _ code: String, _ severity: DatasetProblem.Severity
  ) {
    expect(sharegpt, "{\"conversations\": \(messages)}", code, severity)
  }

  @Test func `a good conversation has no problem`() {
    let long =
      #"{"conversations": [{"from": "system", "value": null}, {"from": "human", "value": "q"}, "#
      + #"{"from": "function_call", "value": "{\"name\": \"f\", \"arguments\": {}}"}, {"from": "observation", "value": "o"}, {"from": "gpt", "value": "a"}]}"#
    let found = report(sharegpt, long)
    #expect(found.problems.isEmpty)
    #expect(found.format == .sharegpt)
    #expect(found.validRows == 3)
  }

  private let messages =
    #"{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}"#

  @Test func `messages by role and content are understood, and tool calls are told`() {
    let calls =
      #"{"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}, "#
      + #"{"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f"}}]}]}"#
    let found = report(messages, calls)
    #expect(found.format == .openaiMessages)
    #expect(found.problems.map(\.code) == ["tool_calls"])
    #expect(found.isUsable)
    expect(
      messages,
      #"{"messages": [{"role": "developer", "content": "q"}, {"role": "assistant", "content": "a"}]}"#,
      "unknown_role", .dropped)
    expect(
      messages, #"{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": null}]}"#,
      "missing_content", .fatal)
    expect(
      messages,
      #"{"messages": [{"role": "user", "content": [{"type": "text"}]}, {"role": "assistant", "content": "a"}]}"#,
      "mixed_types", .fatal)
  }

  @Test func `the words for who speaks are taken from the data`() {
    let found = inspect(
      #"[{"messages": [{"from": "user", "value": "q"}, {"from": "assistant", "value": "a"}]}]"#)
    #expect(found.format == .sharegpt)
    #expect(found.shape?.tags?.user == "user")
    #expect(found.shape?.tags?.assistant == "assistant")
    #expect(found.problems.isEmpty)
  }

  @Test func `preferences are understood in both forms`() {
    let pair = #"{"instruction": "q", "input": "", "chosen": "a", "rejected": "b"}"#
    #expect(inspect(pair, "d.jsonl").format == .alpacaPreference)
    expect(pair, #"{"instruction": "q", "chosen": "a"}"#, "missing_field", .dropped)
    expect(pair, #"{"instruction": "q", "chosen": "a", "rejected": null}"#, "null_field", .dropped)
    let talk =
      #"{"conversations": [{"from": "human", "value": "q"}], "chosen": {"from": "gpt", "value": "a"}, "#
      + #""rejected": {"from": "gpt", "value": "b"}}"#
    #expect(inspect(talk, "d.jsonl").format == .sharegptPreference)
    #expect(inspect(talk, "d.jsonl").isUsable)
    expect(
      talk,
      #"{"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "x"}], "#
        + #""chosen": {"from": "gpt", "value": "a"}, "rejected": {"from": "gpt", "value": "b"}}"#,
      "odd_message_count", .dropped)
    expect(
      talk, #"{"conversations": [{"from": "human", "value": "q"}], "chosen": {"from": "gpt", "value": "a"}}"#,
      "wrong_type", .dropped)
    expect(
      talk,
      #"{"conversations": [{"from": "human", "value": "q"}], "chosen": {"from": "someone", "value": "a"}, "#
        + #""rejected": {"from": "gpt", "value": "b"}}"#, "wrong_role_order", .fatal)
  }

  @Test func `answers marked good or bad are understood`() {
    let marked = #"{"instruction": "q", "input": "", "output": "a", "kto_tag": true}"#
    #expect(inspect(marked, "d.jsonl").format == .kto)
    expect(marked, #"{"instruction": "q", "output": "a"}"#, "missing_field", .dropped)
    expect(marked, #"{"instruction": "q", "output": "a", "kto_tag": "yes"}"#, "mixed_types", .fatal)
    #expect(
      inspect(
        #"[{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}], "label": false}]"#
      ).format == .kto)
  }

  @Test func `text rows are understood`() {
    let text = #"{"text": "once upon a time"}"#
    #expect(inspect(text, "d.jsonl").format == .pretraining)
    expect(text, #"{"text": null}"#, "null_field", .notice)
    expect(text, #"{"text": 5}"#, "mixed_types", .fatal)
  }

  @Test func `a format says which stages can train on it`() {
    #expect(DatasetFormat.alpaca.stages.contains(.sft))
    #expect(!DatasetFormat.alpaca.stages.contains(.dpo))
    #expect(DatasetFormat.alpacaPreference.stages == [.dpo, .rewardModel])
    #expect(!DatasetFormat.pretraining.stages.contains(.sft))
  }

  @Test func `the sample datasets are what they say`() {
    let shapes: [(String, DatasetFormat)] = [
      (alpaca, .alpaca), (sharegpt, .sharegpt), (messages, .openaiMessages),
    ]
    for (row, format) in shapes { #expect(inspect(row, "d.jsonl").format == format) }
  }
}

@Suite struct DatasetsRegistrationTests {
  private func entry(_ text: String) throws -> String {
    let shape = try #require(inspect(text, "d.jsonl").shape)
    return DatasetRegistration(name: "d", fileName: "d.jsonl", shape: shape).entry
  }

  @Test func `an alpaca file is registered with the columns it has`() throws {
    #expect(
      try entry(#"{"instruction": "a", "output": "b"}"#)
        == #"{"file_name": "d.jsonl", "columns": {"prompt": "instruction", "response": "output"}}"#)
    #expect(
      try entry(#"{"instruction": "a", "input": "", "output": "b", "system": "", "history": []}"#)
        == #"{"file_name": "d.jsonl", "columns": {"prompt": "instruction", "query": "input", "response": "output", "#
        + #""history": "history", "system": "system"}}"#)
  }

  @Test func `messages are registered with every tag`() throws {
    #expect(
      try entry(#"{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}"#)
        == #"{"file_name": "d.jsonl", "formatting": "sharegpt", "columns": {"messages": "messages"}, "tags": "#
        + #"{"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant", "#
        + #""observation_tag": "tool", "function_tag": "function_call", "system_tag": "system"}}"#)
  }

  @Test func `preferences rank, and KTO has its tag`() throws {
    let pair = try entry(#"{"instruction": "q", "chosen": "a", "rejected": "b"}"#)
    #expect(pair.contains(#""ranking": true"#))
    #expect(pair.contains(#""chosen": "chosen", "rejected": "rejected""#))
    #expect(!pair.contains("response"))
    #expect(
      try entry(#"{"prompt": "q", "completion": "a", "kto_tag": true}"#).contains(#""kto_tag": "kto_tag""#))
    #expect(try entry(#"{"text": "x"}"#) == #"{"file_name": "d.jsonl", "columns": {"prompt": "text"}}"#)
  }

  @Test func `hostile names stay names`() {
    let json = DatasetRegistration.json([
      DatasetRegistration(name: "a\"b", fileName: "x\\y\n文😀.json", shape: .text)
    ])
    #expect(json.contains(#""a\"b": {"file_name": "x\\y\u000a\u6587\ud83d\ude00.json""#))
    #expect(DatasetRegistration.json([]) == "{}\n")
  }
}
