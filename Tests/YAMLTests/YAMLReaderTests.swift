import Testing
import YAMLReading

struct YAMLReaderTests {
  @Test func `a document is read with the lines of its values`() throws {
    let node = try YAMLReader.read("name: x\nlist:\n  - 1\n  - {a: true}\n")
    guard case .mapping(let entries) = node.content, case .sequence(let items) = entries[1].value.content
    else {
      Issue.record("no mapping")
      return
    }
    #expect(entries.map(\.key) == ["name", "list"])
    #expect(entries.map(\.line) == [1, 2])
    #expect(items.map(\.line) == [3, 4])
  }

  @Test(
    arguments: [
      ("12", .integer(12)), ("-3", .integer(-3)), ("5e-5", .number(5e-5)), (".5", .number(0.5)),
      ("true", .bool(true)), ("~", .null), ("yes", .text("yes")), ("0x10", .text("0x10")),
      ("nan", .text("nan")), ("2026-01-02", .text("2026-01-02")), ("'12'", .text("12")),
      ("1e999", .text("1e999")), ("${steps.a.b}", .text("${steps.a.b}")),
    ] as [(String, YAMLScalar)])
  func `a plain scalar is what the core schema says`(text: String, value: YAMLScalar) throws {
    let node = try YAMLReader.read("a: \(text)")
    guard case .mapping(let entries) = node.content else {
      Issue.record("no mapping")
      return
    }
    #expect(entries[0].value.content == .scalar(value))
  }

  @Test(
    arguments: [
      "", "# nothing", "a: &x 1\nb: *x", "a: !!str 1", "a: 1\n---\nb: 2", "a: [1", "a: b: c", "? [a]\n: b",
      "\u{1}", "a:\n\t- b",
    ])
  func `what is no plain document is refused with a line`(text: String) {
    let error = #expect(throws: YAMLError.self) { try YAMLReader.read(text) }
    #expect((error?.line ?? 0) >= 1)
  }

  @Test func `depth and number of values are bounded`() {
    for text in [
      String(repeating: "[", count: 100_000), String(repeating: "- ", count: 1000) + "a",
      "[" + String(repeating: "a,", count: 30_000) + "]",
    ] {
      #expect(throws: YAMLError.self) { try YAMLReader.read(text) }
    }
  }
}
