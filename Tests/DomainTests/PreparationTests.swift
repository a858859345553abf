import Testing

@testable import Domain

/// What a plan makes of a text, fed in pieces of several sizes: the result may not differ.
func prepare(
  _ text: String, _ plan: PreparationPlan, _ filename: String = "data.jsonl", isDry: Bool = false,
  sourceLocation: SourceLocation = #_sourceLocation
) throws -> (files: [String: String], report: PreparationReport) {
  let bytes = Array(text.utf8)
  var inspector = DatasetInspector(filename: filename)
  inspector.push(bytes)
  let found = inspector.finish()
  let source = PreparationSource(
    filename: filename, name: filename, shape: found.shape, container: found.container, rows: found.rows)
  var results: [(files: [String: String], report: PreparationReport)] = []
  for size in [max(bytes.count, 1), 7] {
    var run = try PreparationRun(plan, source, isDry: isDry)
    var made = [[UInt8]](repeating: [], count: run.files.count)
    repeat {
      for start in stride(from: 0, to: bytes.count, by: size) {
        for output in try run.push(Array(bytes[start..<min(start + size, bytes.count)])) {
          made[output.part] += output.bytes
        }
      }
      for output in try run.endPass() { made[output.part] += output.bytes }
    } while !run.isDone
    let texts = made.map { String(decoding: $0, as: UTF8.self) }
    results.append((Dictionary(uniqueKeysWithValues: zip(run.files, texts)), run.report))
  }
  #expect(results[0].files == results[1].files, sourceLocation: sourceLocation)
  #expect(results[0].report == results[1].report, sourceLocation: sourceLocation)
  return results[0]
}

func lines(_ text: String?) -> [String] { (text ?? "").split(separator: "\n").map(String.init) }

/// `count` rows, of which every third says what the one before said, with its keys the other way round.
private func rows(_ count: Int, of labels: Int = 3) -> [String] {
  (0..<count).map { number in
    number % 3 == 2
      ? #"{"output": "answer \#(number - 1)", "instruction":"question \#(number - 1)", "label": "l\#((number - 1) % labels)"}"#
      : #"{"instruction": "question \#(number)", "output": "answer \#(number)", "label": "l\#(number % labels)"}"#
  }
}

private func said(_ line: String) -> UInt64 {
  var source = SourceRows(filename: "a.jsonl")
  let rows = ((try? source.push(Array(line.utf8))) ?? []) + ((try? source.finish()) ?? [])
  return rows.first.map { RowHash.of($0) } ?? 0
}

@Suite struct PreparationTests {
  @Test(arguments: [1, 7, 50, 99, 100, 500])
  func `a sample has as many rows as were asked for, in their order`(
    _ count: Int
  ) throws {
    let all = (0..<100).map { #"{"instruction": "q\#($0)", "output": "a"}"# }
    let plan = PreparationPlan(sample: .init(rows: count, seed: 7))
    let made = lines(try prepare(all.joined(separator: "\n"), plan).files["data.jsonl"])
    #expect(made.count == min(count, 100))
    #expect(made == all.filter(Set(made).contains))
    let other = lines(
      try prepare(all.joined(separator: "\n"), .init(sample: .init(rows: count, seed: 8))).files["data.jsonl"]
    )
    #expect((other == made) == (count >= 100))
  }

  @Test func `a sample by share is rounded, and never empty`() throws {
    let all = rows(10).joined(separator: "\n")
    let half = try prepare(all, .init(sample: .init(share: 0.25)))
    #expect(half.report.parts.map(\.rows) == [3])
    #expect(try prepare(all, .init(sample: .init(share: 0.001))).report.parts.map(\.rows) == [1])
  }

  @Test(arguments: [2, 10, 99, 1000])
  func `a split loses no row, doubles none, and parts no two that are the same`(
    _ count: Int
  ) throws {
    let all = rows(count)
    let plan = PreparationPlan(split: .init(eval: 0.2, test: 0.2, seed: 1))
    guard count > 5 else {
      #expect(throws: DomainError.self) { try prepare(all.joined(separator: "\n"), plan) }
      return
    }
    let made = try prepare(all.joined(separator: "\n"), plan)
    let parts = ["train", "eval", "test"].map { lines(made.files["data-\($0).jsonl"]) }
    #expect(parts.joined().sorted() == all.sorted())
    let meanings = parts.map { Set($0.map(said)) }
    #expect(meanings[0].isDisjoint(with: meanings[1]))
    #expect(meanings[0].isDisjoint(with: meanings[2]))
    #expect(meanings[1].isDisjoint(with: meanings[2]))
    #expect(abs(parts[1].count - count / 5) <= 2)
    #expect(abs(parts[2].count - count / 5) <= 2)
    // In another order of the file each row goes where it went.
    let again = try prepare(all.reversed().joined(separator: "\n"), plan)
    #expect(Set(lines(again.files["data-eval.jsonl"]).map(said)) == meanings[1])
  }

  @Test func `a split by strata gives each value its share, and one by groups keeps them whole`() throws {
    let all = (0..<300).map {
      #"{"instruction": "q\#($0)", "output": "a", "label": "l\#($0 % 3)", "talk": \#($0 / 10)}"#
    }
    let text = all.joined(separator: "\n")
    let strata = try prepare(text, .init(split: .init(eval: 0.1, stratify: "label")))
    for label in 0..<3 {
      #expect(lines(strata.files["data-eval.jsonl"]).filter { $0.contains("\"l\(label)\"") }.count == 10)
    }
    let groups = try prepare(text, .init(split: .init(eval: 0.1, group: "talk")))
    let talks = ["train", "eval"].map { part in
      Set(lines(groups.files["data-\(part).jsonl"]).map { $0.split(separator: " ").last ?? "" })
    }
    #expect(talks[0].isDisjoint(with: talks[1]))
    #expect(talks[1].count == 3)
    #expect(throws: DomainError.self) {
      try prepare(text, .init(split: .init(stratify: "label", group: "talk")))
    }
  }

  @Test func `beyond the rows that are counted exactly a split still parts no two that are the same`() throws
  {
    var splitting = RowSplitting(.init(eval: 0.3), rows: 3000, exactRows: 10)
    #expect(!splitting.needsSurvey)
    splitting.endSurvey()
    var source = SourceRows(filename: "a.jsonl")
    let found = try source.push(Array(rows(3000).joined(separator: "\n").utf8)) + source.finish()
    var parts: [UInt64: Set<Int>] = [:]
    for row in found { parts[RowHash.of(row), default: []].insert(splitting.part(of: row)) }
    #expect(parts.values.allSatisfy { $0.count == 1 })
    let share = Double(found.count { splitting.part(of: $0) == 1 }) / 3000
    #expect(share > 0.25 && share < 0.35)
  }

  @Test func `rows that say the same are left out, however they are written`() throws {
    let text = """
      {"instruction": "a", "output": "é"}
      {"output":"\\u00e9","instruction":"a"}
      {"instruction": "a", "output": "é", "input": null}
      {"instruction": "a", "output": "b"}
      """
    let made = try prepare(text, .init(dedupe: .init()))
    #expect(lines(made.files["data.jsonl"]) == [lines(text)[0], lines(text)[3]])
    #expect(made.report.reasons.map(\.code) == ["duplicate"])
    #expect(made.report.reasons[0].examples.map(\.line) == [2, 3])
    let by = try prepare(text, .init(dedupe: .init(by: ["instruction"])))
    #expect(lines(by.files["data.jsonl"]).count == 1)
  }

  @Test(arguments: [1, 2, 5]) func `duplicates are found the same in one pass and in several`(_ passes: Int)
    throws
  {
    var source = SourceRows(filename: "a.jsonl")
    let found = try source.push(Array(rows(900).joined(separator: "\n").utf8)) + source.finish()
    var finding = DuplicateFinding(by: nil, rows: 900, tableRows: (900 + passes - 1) / passes)
    #expect(finding.passes == passes)
    for _ in 0..<passes {
      for row in found { finding.survey(row) }
      finding.endPass()
    }
    #expect(
      found.map(\.number).filter(finding.isDuplicate) == (0..<900).filter { $0 % 3 == 2 }.map { $0 + 1 })
  }

  @Test func `texts that are much alike are left out, and others stay`() throws {
    let long = (0..<40).map { "This is sentence number \($0) of a long answer." }.joined(separator: " ")
    let texts = [
      long, long.replacing("number 7", with: "number 700"), String(long.reversed()), "short", "shore",
    ]
    let text = texts.map { #"{"instruction": "q", "output": "\#($0)"}"# }.joined(separator: "\n")
    let made = try prepare(text, .init(dedupe: .init(by: ["output"], similar: 0.8)))
    #expect(made.report.reasons.map(\.code) == ["similar"])
    #expect(made.report.reasons[0].examples.map(\.row) == [2])
  }

  @Test func `a filter keeps what holds to all that is asked, and says why others go`() throws {
    let text = """
      {"instruction": "What?", "output": "A good answer."}
      {"instruction": "什么？", "output": "一个很好的回答。"}
      {"instruction": "Blank", "output": "  \\n"}
      {"instruction": "Missing"}
      {"instruction": "Sorry", "output": "As an AI I cannot."}
      """
    var filter = PreparationPlan.Filter()
    filter.emptyAnswers = true
    filter.notMatching = "(?i)as an ai"
    filter.scripts = ["latin"]
    let made = try prepare(text, .init(filter: filter))
    #expect(lines(made.files["data.jsonl"]) == [lines(text)[0]])
    #expect(made.report.reasons.map(\.code) == ["script_han", "empty_answer", "matching"])
    #expect(made.report.reasons.map(\.rows) == [1, 2, 1])
    var valid = PreparationPlan.Filter()
    valid.invalid = true
    #expect(try prepare(text, .init(filter: valid)).report.reasons.map(\.code) == ["missing_field"])
    var long = PreparationPlan.Filter()
    long.field = "output"
    long.minCharacters = 8
    long.maxCharacters = 14
    #expect(try prepare(text, .init(filter: long)).report.parts[0].rows == 2)
  }

  @Test func `what cannot be read is told with its line, and what would leave nothing is refused`() throws {
    let good = #"{"instruction": "a", "output": "b"}"#
    for plan in [PreparationPlan(dedupe: .init()), .init(split: .init()), .init(sample: .init(rows: 1))] {
      let error = #expect(throws: DomainError.self) { try prepare("\(good)\n\(good)\n{\"a\": }\n", plan) }
      #expect(error?.message.hasPrefix("Line 3, column 7: ") == true)
      let huge = #expect(throws: DomainError.self) {
        try prepare(good + "\n{\"instruction\": \"" + String(repeating: "x", count: 20 << 20) + "\"}\n", plan)
      }
      #expect(huge?.message.contains("Line 2") == true)
    }
    var none = PreparationPlan.Filter()
    none.minCharacters = 1000
    #expect(throws: DomainError.self) { try prepare(good, .init(filter: none)) }
    #expect(try prepare(good, .init(filter: none), isDry: true).files["data.jsonl"] == "")
    #expect(throws: DomainError.self) { try prepare(good, .init()) }
    #expect(throws: DomainError.self) { try prepare(good, .init(dedupe: .init(), sample: .init(rows: 1))) }
  }

  @Test func `a new name takes the ending of what is written`() throws {
    let list = "[\(rows(6).joined(separator: ",\n"))]"
    let sample = PreparationPlan.Sample(rows: 2)
    #expect(Array(try prepare(list, .init(sample: sample), "a.json").files.keys) == ["a.json"])
    #expect(Array(try prepare(list, .init(sample: sample, name: "b"), "a.json").files.keys) == ["b.json"])
    let lines = try prepare(list, .init(convert: .init(container: .jsonLines)), "a.json")
    #expect(Array(lines.files.keys) == ["a.jsonl"])
    #expect(throws: DomainError.self) { try prepare(list, .init(sample: sample, name: "b.txt"), "a.json") }
    let made = try prepare(list, .init(sample: sample), "a.json").files["a.json"] ?? ""
    #expect(inspect(made).rows == 2)
    #expect(inspect(made).isUsable)
  }
}
