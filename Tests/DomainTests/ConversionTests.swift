import Testing

@testable import Domain

/// What a row says, for comparing.
private func examples(_ text: String, _ filename: String = "data.jsonl") throws -> [String] {
  var inspector = DatasetInspector(filename: filename)
  inspector.push(Array(text.utf8))
  let found = inspector.finish()
  let shape = try #require(found.shape, "\(text)")
  #expect(found.isUsable, "\(found.problems)")
  let reader = ExampleReader(shape)
  var source = SourceRows(filename: filename)
  let rows = try source.push(Array(text.utf8)) + source.finish()
  return rows.compactMap { row in
    row.withRow { parsed in
      let said = reader.example(parsed)
      let turns = (said.turns + [said.chosen, said.rejected].compactMap { $0 }).map {
        "\($0.role): \($0.text) \($0.more.map { "\($0.key)=\(String(decoding: $0.value.bytes, as: UTF8.self))" })"
      }
      let more = said.more.map { "\($0.key)=\(String(decoding: $0.value.bytes, as: UTF8.self))" }
      return
        "\(said.system ?? "-") \(said.tools ?? "-") \(said.ktoTag.map { String(decoding: $0.bytes, as: UTF8.self) } ?? "-") \(turns) \(more)"
    }
  }
}

private func convert(
  _ text: String, _ layout: PreparationPlan.Convert.Layout?, _ container: DatasetContainer? = nil,
  allowLoss: Bool? = nil, _ filename: String = "data.jsonl"
) throws -> String {
  let plan = PreparationPlan(convert: .init(format: layout, container: container, allowLoss: allowLoss))
  return try #require(try prepare(text, plan, filename).files.values.first)
}

@Suite struct ConversionTests {
  static let alpaca = """
    {"instruction": "Who are you?", "output": "I am \\"Nova\\".\\n\\ud83d\\ude00\\u0001", "system": "Be kind.", "id": 7, "meta": {"a": [1, null]}}
    {"instruction": "And now?", "output": "", "history": [["Hi", "Hello"], ["你好", "您好\\t\\\\"]]}
    {"instruction": "Tools?", "output": "Yes.", "tools": "[]"}
    """
  static let preference = """
    {"instruction": "Say it", "chosen": "Yes", "rejected": "No", "score": 1.5}
    {"instruction": "Again", "chosen": "Ja", "rejected": "Nein", "history": [["a", "b"]]}
    """
  static let kto =
    #"{"instruction": "q", "output": "a", "kto_tag": true}"# + "\n"
    + #"{"instruction": "q", "output": "b", "kto_tag": false}"#

  @Test(
    arguments: [alpaca, preference, kto],
    [PreparationPlan.Convert.Layout.sharegpt, .openaiMessages])
  func `a row says the same in another format, and there and back`(
    _ text: String, _ layout: PreparationPlan.Convert.Layout
  ) throws {
    let there = try convert(text, layout)
    #expect(there != text)
    let said = try examples(text)
    #expect(said.count == lines(text).count)
    #expect(try examples(there) == said)
    #expect(try examples(try convert(there, .alpaca)) == said)
    let other: PreparationPlan.Convert.Layout = layout == .sharegpt ? .openaiMessages : .sharegpt
    #expect(try examples(try convert(try convert(there, other), layout)) == said)
  }

  @Test func `calls of tools go between formats of messages, and alpaca says what it cannot`() throws {
    let talk = #"""
      {"conversations": [{"from": "human", "value": "Sum?"}, {"from": "function_call", "value": "{\"name\": \"add\", \"arguments\": {}}"}, {"from": "observation", "value": "3"}, {"from": "gpt", "value": "Three.", "weight": 1}]}
      {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello."}]}
      """#
    let messages = try convert(talk, .openaiMessages)
    #expect(messages.contains(#"{"role": "tool", "content": "3"}"#))
    #expect(messages.contains(#"{"role": "assistant", "content": "Three.", "weight": 1}"#))
    #expect(try examples(messages) == examples(talk))
    let error = #expect(throws: DomainError.self) { try convert(talk, .alpaca) }
    #expect(error?.code == .conflict)
    #expect(error?.message.contains("row 1 in line 1") == true)
    #expect(lines(try convert(talk, .alpaca, allowLoss: true)).count == 1)
  }

  @Test func `an input joins its instruction as the trainer joins them, and this is told`() throws {
    let text = #"{"instruction": "Translate", "input": "你好", "output": "Hello"}"#
    let made = try prepare(text, .init(convert: .init(format: .sharegpt)))
    #expect(made.files["data.jsonl"]?.contains(#"{"from": "human", "value": "Translate\n你好"}"#) == true)
    #expect(made.report.reasons.map(\.code) == ["input_joined"])
    #expect(made.report.reasons.map(\.kind) == [.changed])
    // To alpaca it stays where it is.
    #expect(try convert(text, .alpaca).contains(#""input": "你好""#))
  }

  @Test func `rows become text only where their loss is allowed`() throws {
    let error = #expect(throws: DomainError.self) { try convert(Self.alpaca, .pretraining) }
    #expect(error?.message.contains("who asks and who answers") == true)
    let text = try convert(Self.alpaca, .pretraining, allowLoss: true)
    #expect(inspect(text, "data.jsonl").format == .pretraining)
    let plain = try convert("{\"text\": \"One line.\"}\n{\"text\": \"Another.\"}\n", nil, .text)
    #expect(plain == "One line.\nAnother.\n")
    #expect(throws: DomainError.self) { try convert("{\"text\": \"Two\\nlines.\"}\n", nil, .text) }
    #expect(try convert("{\"text\": \"Two\\nlines.\"}\n", nil, .text, allowLoss: true) == "Two lines.\n")
    let back = try convert(plain, nil, .jsonLines, "data.txt")
    #expect(back == "{\"text\": \"One line.\"}\n{\"text\": \"Another.\"}\n")
    #expect(throws: DomainError.self) { try convert(plain, .alpaca, nil, "data.txt") }
  }

  @Test func `a list becomes lines and a list again with every row as it was`() throws {
    let rows = Self.alpaca.split(separator: "\n").map(String.init)
    let list = "[\n  " + rows.joined(separator: ",\r\n  ").replacing("\", \"", with: "\",\n    \"") + "\n]"
    let made = try convert(list, nil, .jsonLines, "data.json")
    #expect(lines(made).count == 3)
    #expect(try examples(made) == examples(list, "data.json"))
    let back = try convert(made, nil, .jsonArray)
    #expect(try examples(back, "data.json") == examples(list, "data.json"))
  }

  @Test func `rows the trainer would drop are told before they are lost`() throws {
    let text = #"{"instruction": "a", "output": "b"}"# + "\n" + #"{"instruction": "a"}"#
    let error = #expect(throws: DomainError.self) { try convert(text, .sharegpt) }
    #expect(error?.message.contains("row 2 in line 2") == true)
    let dry = try prepare(text, .init(convert: .init(format: .sharegpt)), isDry: true)
    #expect(dry.report.reasons.map(\.code) == ["invalid_row"])
    #expect(dry.report.parts.map(\.rows) == [1])
  }
}

@Suite struct TextPatternTests {
  @Test(arguments: [
    ("abc", "xabcx", true), ("^abc$", "xabc", false), ("a.c", "a\nc", false), ("a|b", "b", true),
    ("(?i)As An AI", "as an ai", true), ("[^a-c]", "abc", false), ("\\d{3,4}", "12", false),
    ("\\d{3,4}", "x123y", true), ("\\bcat\\b", "concat", false), ("\\bcat\\b", "a cat.", true),
    ("(ab)+c", "ababc", true), ("[一-龥]{2}", "你好", true), ("\\u4f60", "你", true), ("a{2", "a{2", true),
    ("[]a]", "]", true), ("[\\w-]+@", "a-b@", true), ("x*", "", true), ("^$", "", true),
    ("(a*)*b", "aaac", false),
    ("\\.", "a", false), ("(?:a|)b", "b", true), ("É", "é", false), ("(?i)É", "é", true),
    ("[^\\d\\s]", "1 2", false),
  ])
  func `a pattern is found where it is`(_ pattern: String, _ text: String, _ isThere: Bool) throws {
    #expect(try TextPattern(pattern).isFound(in: text) == isThere)
  }

  @Test(arguments: [
    "", "(", ")", "[a", "*a", "a**", "(?=a)", "\\1", "\\", "[b-a]", "a{9,2}", "a{300}", "\\q", "(?i",
    "((a{200}){200}){200}",
  ])
  func `what is no pattern here is refused`(_ pattern: String) {
    #expect(throws: DomainError.self) { try TextPattern(pattern) }
  }

  @Test func `no text takes for ever`() throws {
    let pattern = try TextPattern("(a+)+(a|aa)*$b")
    #expect(!pattern.isFound(in: String(repeating: "a", count: 20_000)))
  }

  @Test func `counts of nothing within each other do not take for ever`() throws {
    let pattern = try TextPattern("(((((((){200}){200}){200}){200}){200}){200}){200}b")
    #expect(pattern.isFound(in: "ab"))
    #expect(!pattern.isFound(in: "a"))
  }

  @Test(arguments: [
    ("Hello 世", TextScript.latin), ("你好，世界", .han), ("これは日本語です", .japanese), ("안녕하세요", .hangul),
    ("Привет", .cyrillic), ("123 !?", .none), ("", .none), ("สวัสดี", .thai), ("नमस्ते", .devanagari),
    ("مرحبا", .arabic),
  ])
  func `a text's script is that of most of its letters`(_ text: String, _ script: TextScript) {
    #expect(TextScript.main(of: [text]) == script)
  }
}
