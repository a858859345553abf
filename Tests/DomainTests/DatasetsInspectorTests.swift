import Testing

@testable import Domain

/// Reads the text whole, byte by byte, and in pieces of seven: the report may not differ.
func inspect(
  _ text: some Sequence<UInt8>, _ filename: String = "data.json", limits: DatasetLimits = .standard,
  sourceLocation: SourceLocation = #_sourceLocation
) -> DatasetReport {
  let bytes = Array(text)
  let reports = [max(bytes.count, 1), 1, 7, 64].map { size in
    var inspector = DatasetInspector(filename: filename, limits: limits)
    var index = 0
    while index < bytes.count {
      inspector.push(Array(bytes[index..<min(index + size, bytes.count)]))
      index += size
    }
    return inspector.finish()
  }
  for report in reports.dropFirst() { #expect(report == reports[0], sourceLocation: sourceLocation) }
  return reports[0]
}

func inspect(
  _ text: String, _ filename: String = "data.json", limits: DatasetLimits = .standard,
  sourceLocation: SourceLocation = #_sourceLocation
) -> DatasetReport {
  inspect(text.utf8, filename, limits: limits, sourceLocation: sourceLocation)
}

extension DatasetReport {
  /// `line:column code`, for the first problem.
  var first: String? { problems.first.map { "\($0.line):\($0.column) \($0.code)" } }
}

private let row = #"{"instruction": "a", "input": "", "output": "b"}"#

@Suite struct DatasetsInspectorTests {
  @Test func `a list of rows is read with its columns, lengths and preview`() {
    let report = inspect("[\n \(row),\n {\"instruction\": \"你好\", \"output\": \"é\", \"system\": \"x\"}\n]\n")
    #expect(report.format == .alpaca)
    #expect(report.container == .jsonArray)
    #expect(report.rows == 2)
    #expect(report.validRows == 2)
    #expect(report.problems.isEmpty)
    #expect(report.isUsable)
    #expect(report.columns == ["instruction", "input", "output", "system"])
    #expect(report.preview.first == row)
    #expect(report.lengths.minimum == 2)
    #expect(report.lengths.maximum == 4)
    #expect(report.lengths.total == 6)
    #expect(report.shape?.columns.query == "input")
    #expect(report.shape?.columns.system == "system")
    #expect(report.shape?.columns.history == nil)
  }

  @Test(arguments: ["\n", "\r\n", "\n\n  \n", ""])
  func `lines of rows are read, however they end`(_ end: String) {
    let report = inspect(row + "\n" + row + end, "data.jsonl")
    #expect(report.container == .jsonLines)
    #expect(report.rows == 2)
    #expect(report.isUsable)
    #expect(report.problems.isEmpty)
  }

  @Test func `the content tells the container, not the ending`() {
    #expect(inspect("[\(row)]", "data.jsonl").container == .jsonArray)
    #expect(inspect("\(row)\n\(row)\n", "data.json").validRows == 2)
  }

  @Test func `a text file is rows of lines`() {
    let report = inspect("first line\n第二行\n\nlast", "book.txt")
    #expect(report.format == .pretraining)
    #expect(report.container == .text)
    #expect(report.rows == 4)
    #expect(report.preview == ["first line", "第二行", "", "last"])
    #expect(report.lengths.maximum == 10)
    #expect(report.shape?.columns.prompt == "text")
    #expect(report.isUsable)
  }

  @Test(arguments: [
    ("[\(row),]", "1:51 invalid_json"), ("[\(row)\n \(row)]", "2:2 invalid_json"),
    ("[\(row)] x", "1:52 trailing_data"), ("[\(row)", "1:50 truncated"), ("[", "1:2 truncated"),
    ("[\n {\"instruction\": \"a\", }\n]", "2:23 invalid_json"), ("[{\"a\" 1}]", "1:7 invalid_json"),
    ("[{\"a\": 01}]", "1:9 invalid_json"), ("[{\"a\": NaN}]", "1:8 invalid_json"),
    ("[{'a': 1}]", "1:3 invalid_json"), ("[{\"a\": tru}]", "1:8 invalid_json"),
    ("[{\"a\": \"x\ty\"}]", "1:10 invalid_json"), ("[{\"a\": \"中\\x\"}]", "1:10 invalid_json"),
    ("[{\"a\": \"x\ny\"}]", "1:10 invalid_json"), ("[{\"a\": \"\\ud800\"}]", "1:9 invalid_json"),
    ("[{\"a\": [1, 2}]", "1:13 invalid_json"), ("[{\"a\": 1.}]", "1:10 invalid_json"),
    ("[{\"a\": \"b\"", "1:11 truncated"), ("[{\"a\": \"b", "1:10 truncated"),
    ("[{\"a\": -}]", "1:9 invalid_json"),
  ])
  func `broken JSON is told by line and column, and ends the reading`(_ text: String, _ expected: String) {
    let report = inspect(text)
    #expect(report.first == expected)
    #expect(report.problemCount == 1)
    #expect(!report.isUsable)
  }

  @Test func `a broken line is told, and the lines behind it are read`() throws {
    let report = inspect("\(row)\n{\"instruction\": \"a\"\n\(row) x\nnonsense\n\(row)\n", "data.jsonl")
    #expect(
      report.problems.map { "\($0.line):\($0.column) \($0.row ?? 0) \($0.code)" } == [
        "2:20 2 invalid_json", "3:50 3 trailing_data", "4:1 4 invalid_json",
      ])
    #expect(report.rows == 5)
    #expect(!report.isUsable)
  }

  @Test func `columns are counted in characters`() {
    let report = inspect("[{\"指令\": \"你好😀\", \"b\": }]")
    #expect(report.first == "1:21 invalid_json")
  }

  @Test(
    arguments: [
      [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE4, 0xB8], [0x80],
      [0xF8, 0x88, 0x80, 0x80],
    ] as [[UInt8]])
  func `bytes that are not UTF-8 are told where they stand`(_ bad: [UInt8]) {
    let json = Array("[{\"a\": \"x".utf8) + bad + Array("\"}]".utf8)
    #expect(inspect(json).first == "1:10 invalid_utf8")
    let text = Array("first\nse".utf8) + bad + Array("\n".utf8)
    #expect(inspect(text, "book.txt").first == "2:3 invalid_utf8")
  }

  @Test func `a byte order mark breaks a list, and is a notice elsewhere`() {
    #expect(inspect("\u{FEFF}[\(row)]").problems.first?.severity == .fatal)
    let lines = inspect("\u{FEFF}\(row)\n", "data.jsonl")
    #expect(lines.first == "1:1 bom")
    #expect(lines.isUsable)
    #expect(inspect("\u{FEFF}text", "book.txt").isUsable)
  }

  @Test func `blanks before a list leave it one, in however many pieces they come`() {
    let blanks = String(repeating: " \n\t", count: 40)
    let report = inspect("\(blanks)[\(row)]")
    #expect(report.container == .jsonArray && report.isUsable)
    #expect(inspect("\u{FEFF}\(blanks)[\(row)]").problems.first?.severity == .fatal)
    #expect(inspect("\u{FEFF}\(blanks)\(row)\n", "data.jsonl").first == "1:1 bom")
  }

  @Test(
    arguments: [
      ([0xFF, 0xFE, 0x5B, 0x00], "not_text"), ([0x50, 0x4B, 0x03, 0x04], "not_text"),
      ([0x1F, 0x8B, 8, 0], "not_text"),
      (Array("PAR1".utf8), "not_text"), ([], "empty_file"), ([0x20, 0x0A], "empty_dataset"),
      ([0x5B, 0x5D], "empty_dataset"),
    ] as [([UInt8], String)])
  func `what is no dataset at all is told as such`(_ bytes: [UInt8], _ code: String) {
    let report = inspect(bytes)
    #expect(report.problems.map(\.code) == [code])
    #expect(!report.isUsable)
  }

  @Test(arguments: ["data.docx", "data.csv", "data", "data.parquet", ""])
  func `a file of another kind is not read`(_ name: String) {
    let report = inspect("[\(row)]", name)
    #expect(report.problems.map(\.code) == ["unsupported_file"])
    #expect(report.rows == 0)
  }

  @Test func `one object instead of a list is told`() {
    #expect(inspect("{\n \"data\": [\(row)]\n}").first == "1:1 top_level_object")
    #expect(inspect("{\"data\": [\(row)]}").problems.map(\.code) == ["unknown_format"])
    #expect(
      inspect("[1, \"a\", null]").problems.map(\.code) == ["not_an_object", "not_an_object", "not_an_object"])
    #expect(inspect("42").problems.map(\.code) == ["not_an_object"])
  }

  @Test func `limits end the reading, not the program`() {
    let deep = "[{\"a\": " + String(repeating: "[", count: 100_000)
    #expect(inspect(deep).problems.first?.code == "too_deep")
    let limits = DatasetLimits(rowBytes: 100, rowValues: 10)
    let large = "[{\"a\": \"" + String(repeating: "x", count: 200) + "\"}]"
    #expect(inspect(large, limits: limits).problems.map(\.code) == ["row_too_large"])
    #expect(inspect(String(large.dropLast(100)), limits: limits).problems.map(\.code) == ["row_too_large"])
    #expect(
      inspect("[{\"a\": [1,2,3,4,5,6,7,8,9]}]", limits: limits).problems.map(\.code) == ["row_too_large"])
    #expect(inspect(String(repeating: "x", count: 101), "a.txt", limits: limits).first == "1:1 row_too_large")
  }

  @Test func `many problems are counted, and the first are kept`() {
    let report = inspect(
      String(repeating: "{\"instruction\": \"a\", \"output\": null}\n", count: 120), "data.jsonl")
    #expect(report.problemCount == 120)
    #expect(report.problems.count == 50)
    #expect(report.problemCounts == ["null_field": 120])
    #expect(report.validRows == 0)
    #expect(!report.isUsable)
  }

  @Test func `a preview is cut between characters`() {
    let limits = DatasetLimits(previewRows: 1, previewBytes: 20)
    let report = inspect("[{\"text\": \"你好你好你好\"}, {\"text\": \"x\"}]", limits: limits)
    #expect(report.preview == ["{\"text\": \"你好你…"])
  }

  @Test func `lengths give their middle and their spread`() {
    let rows = (1...100).map { "{\"text\": \"\(String(repeating: "x", count: $0 * 10))\"}" }
    let lengths = inspect(rows.joined(separator: "\n"), "data.jsonl").lengths
    #expect(lengths.minimum == 10)
    #expect(lengths.maximum == 1000)
    #expect(abs(lengths.median - 500) <= 50)
    #expect(lengths.total == 50_500)
    #expect(lengths.histogram.map(\.rows).reduce(0, +) == 100)
    #expect(lengths.histogram.last?.below == 1024)
  }

  @Test func `percentiles and bins tell how rows are spread`() throws {
    let rows = (1...1000).map { "{\"text\": \"\(String(repeating: "x", count: $0))\"}" }
    let lengths = inspect(rows.joined(separator: "\n"), "data.jsonl").lengths
    let p90 = try #require(lengths.p90)
    let p99 = try #require(lengths.p99)
    #expect(abs(p90 - 900) <= 90)
    #expect(abs(p99 - 990) <= 99)
    let bins = try #require(lengths.bins)
    #expect(bins.map(\.rows).reduce(0, +) == 1000)
    #expect(bins.allSatisfy { $0.from < $0.below && $0.rows <= $0.below - $0.from })
    #expect(zip(bins, bins.dropFirst()).allSatisfy { $0.below == $1.from })
    #expect(abs(lengths.rows(above: 700) - 300) <= 5)
    #expect(lengths.rows(above: 0) == 1000)
    #expect(lengths.rows(above: 999) == 1)
    #expect(lengths.rows(above: 1000) == 0)
    #expect(lengths.total(cutAt: 1000) == lengths.total)
    #expect(abs(lengths.total(cutAt: 500) - 375_250) < 8_000)
  }

  @Test func `tokens are estimated by the kind of writing`() throws {
    func tokens(_ text: String) -> Int? { inspect(#"[{"text": ""# + text + #""}]"#).tokens?.maximum }
    #expect(tokens(String(repeating: "four", count: 100)) == 100)
    #expect(tokens(String(repeating: "你好", count: 50)) == 65)
    #expect(tokens(String(repeating: #"\u4f60\u597d"#, count: 50)) == 65)
    #expect(tokens(String(repeating: #"\n\u0041\u0042\t"#, count: 100)) == 100)
    #expect(tokens("") == 0)
    var inspector = DatasetInspector(filename: "a.txt")
    inspector.push(Array("你好，世界你好，世界\nfour\n".utf8))
    let report = inspector.finish()
    #expect(report.tokens?.maximum == 7)
    #expect(report.tokens?.minimum == 1)
  }

  @Test func `escapes count as the characters they stand for`() {
    #expect(inspect(#"[{"text": "a\u00e9\ud83d\ude00\n\""}]"#).lengths.maximum == 5)
  }
}
