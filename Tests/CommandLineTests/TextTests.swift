@testable import CommandLineTool
import Testing

/// Tables, widths and what a terminal must never get.
struct TextTests {
  private let plain = Paint(isOn: false)

  @Test func `one thing is told as one`() {
    #expect(Quantity.count(0, "row") == "0 rows")
    #expect(Quantity.count(1, "row") == "1 row")
    #expect(Quantity.count(Int64(2), "row") == "2 rows")
  }

  @Test func `columns are aligned by what the terminal shows`() {
    var table = Table("NAME", ">ROWS", "END")
    table.add("ascii", "5", "x")
    table.add("数据集", "12345", "y")
    table.add("👩‍💻ü", "1", "z")
    #expect(
      table.lines(plain) == [
        "NAME     ROWS  END",
        "ascii       5  x",
        "数据集  12345  y",
        "👩‍💻ü         1  z",
      ])
  }

  @Test func `a table fits the terminal: short identifiers, then cut texts, then rows below each other`() {
    var table = Table("TASK ID", "NAME", ">ROWS")
    table.add("0a1b2c3d-0000-4000-8000-000000000001", "a name that is rather long", "5")
    table.add("0a1b2c3e-0000-4000-8000-000000000002", "数据集数据集数据集", "12")
    #expect(table.lines(plain).allSatisfy { DisplayWidth.of($0) >= 70 || $0.hasPrefix("TASK") })
    #expect(
      table.lines(plain, width: 60) == [
        "TASK ID   NAME                        ROWS",
        "0a1b2c3d  a name that is rather long     5",
        "0a1b2c3e  数据集数据集数据集            12",
      ])
    #expect(
      table.lines(plain, width: 30) == [
        "TASK ID   NAME            ROWS",
        "0a1b2c3d  a name that i…     5",
        "0a1b2c3e  数据集数据集…     12",
      ])
    #expect(
      table.lines(plain, width: 24) == [
        "TASK ID  0a1b2c3d-0000-", "         4000-8000-", "         000000000001",
        "NAME     a name that is", "         rather long", "ROWS     5", "",
        "TASK ID  0a1b2c3e-0000-", "         4000-8000-", "         000000000002",
        "NAME     数据集数据集数", "         据集", "ROWS     12",
      ])
    for width in 20...90 {
      #expect(table.lines(plain, width: width).allSatisfy { DisplayWidth.of($0) <= width }, "\(width)")
    }
  }

  @Test(arguments: [
    ("abc", 3), ("数据", 4), ("e\u{301}", 1), ("👩‍💻", 2), ("🇨🇳", 2), ("❤️", 2), ("ﾊ", 1), ("한글", 4), ("", 0),
  ])
  func `a text's width is its columns`(_ text: String, _ width: Int) {
    #expect(DisplayWidth.of(text) == width)
  }

  @Test func `a text that is too wide is cut between characters`() {
    #expect(DisplayWidth.fit("数据集合", 6) == "数据…")
    #expect(DisplayWidth.fit("数据集", 6) == "数据集")
    #expect(DisplayWidth.fit("abcdef", 3) == "ab…")
    #expect(DisplayWidth.of(DisplayWidth.fit("数据集合", 4)) <= 4)
  }

  @Test func `control characters from elsewhere are shown and not obeyed`() {
    let hostile = "a\u{1B}]0;title\u{7}\u{9B}2Jb\r\nc\td\u{202E}e\u{7F}"
    #expect(
      Printable.line(hostile)
        == "a\\u{1b}]0;title\\u{7}\\u{9b}2Jb\\r\\nc\\td\\u{202e}e\\u{7f}")
    #expect(Printable.text("line\n\tnext\u{1B}[31m") == "line\n\tnext\\u{1b}[31m")
    #expect(Printable.line("plain 数据 é") == "plain 数据 é")
  }

  @Test func `a hostile cell stays one cell`() {
    var table = Table("NAME", "B")
    table.add(Table.Cell("x\n\u{1B}[2Jy"), "z")
    let lines = table.lines(plain)
    #expect(lines.count == 2)
    #expect(!lines.joined().unicodeScalars.contains { $0.value < 32 })
  }

  @Test func `colour is written only where it was allowed`() {
    #expect(Paint(isOn: true)("x", .good) == "\u{1B}[32mx\u{1B}[0m")
    #expect(plain("x", .good) == "x")
  }

  @Test func `sizes, durations and numbers are short`() {
    #expect(Quantity.size(0) == "0 B")
    #expect(Quantity.size(999) == "999 B")
    #expect(Quantity.size(1234) == "1.2 kB")
    #expect(Quantity.size(999_999) == "1.0 MB")
    #expect(Quantity.size(104_857_600) == "105 MB")
    #expect(Quantity.duration(61) == "1:01")
    #expect(Quantity.duration(3725) == "1:02:05")
    #expect(Quantity.duration(.nan) == "-")
    #expect(Quantity.loss(1.23456) == "1.2346" && Quantity.loss(nil) == "-")
    #expect(Quantity.learningRate(5e-5) == "5.00e-05")
    #expect(Quantity.localTime("not \u{1B} a time") == "not \\u{1b} a time")
  }

  @Test func `a bar is as long as it is wide, whatever the part`() {
    for part in [-1, 0, 0.5, 1, 7, .nan] { #expect(progressBar(part, width: 10).count == 10) }
    #expect(progressBar(0.5, width: 4) == "━━╌╌")
  }

  @Test func `a word that a person may copy is safe in a shell`() {
    #expect(ShellWord.quoted("first-1.2") == "first-1.2")
    #expect(ShellWord.quoted("a b") == "'a b'")
    #expect(ShellWord.quoted("$(rm -rf ~)'") == "'$(rm -rf ~)'\\'''")
    #expect(ShellWord.quoted("") == "''")
  }

  @Test func `a thing is found by identifier, name or the beginning of its identifier`() throws {
    let things = [
      NamedThing(id: "abc-1", names: ["one"]), NamedThing(id: "abd-2", names: ["two"]),
      NamedThing(id: "xyz-3", names: ["two", "abc"]),
    ]
    func find(_ word: String) throws -> String { try NamedThing.resolve(word, among: things, what: "task") }
    #expect(try find("abd-2") == "abd-2")
    #expect(try find("one") == "abc-1")
    #expect(try find("xy") == "xyz-3")
    #expect(try find("abc") == "xyz-3")  // a name goes before the beginning of an identifier
    for word in ["ab", "two"] {
      #expect { try find(word) } throws: { ($0 as? CommandFailure)?.exitCode == .usage }
    }
    for word in ["", "nothing", "../../etc/passwd-and-more"] {
      #expect { try find(word) } throws: { ($0 as? CommandFailure)?.exitCode == .notFound }
    }
    #expect(try find("7bba52f2-b79f-4545-aa4e-707453716f5c") == "7bba52f2-b79f-4545-aa4e-707453716f5c")
  }

  @Test func `a server's address is made uniform, or refused`() throws {
    #expect(try ServerAddress("localhost:8000").text == "http://localhost:8000")
    #expect(try ServerAddress("HTTP://Box:8000/").text == "http://box:8000")
    #expect(try ServerAddress("https://box/Luthier//").text == "https://box/Luthier")
    for wrong in [
      "", "ftp://x", "http://", "http://a b", "http://ada:secret@box", "http://x/?q", "http://x\n",
    ] {
      #expect(throws: UsageError.self, "\(wrong)") { try ServerAddress(wrong) }
    }
  }
}
