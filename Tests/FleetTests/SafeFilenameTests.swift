import Domain
import Testing

@Suite struct SafeFilenameTests {
  @Test(arguments: ["a", "train data.json", "日本.jsonl", "e\u{301}.txt", "a..b", "-rf", "👩‍💻.json", "a'\"$(x)`"])
  func `an ordinary name is kept as it is`(name: String) throws {
    let safe = try #require(SafeFilename(checking: name))
    #expect(Array(safe.value.utf8) == Array(name.utf8))
    #expect(Array(SafeFilename.sanitized(name).value.utf8) == Array(name.utf8))
  }

  @Test(arguments: [
    "", ".", "..", ".a", "a/b", "/", "a\0", "a\nb", "a\u{7F}", "a\u{85}", "\u{202E}gpj.exe", "a\u{2028}b",
    String(repeating: "x", count: 201), String(repeating: "日", count: 67),
  ])
  func `a name that is more than a name is refused and can be made one`(name: String) {
    #expect(SafeFilename(checking: name) == nil)
    let safe = SafeFilename.sanitized(name)
    #expect(SafeFilename(checking: safe.value) == safe)
  }

  @Test func `a made name stays close to what was sent`() {
    #expect(SafeFilename.sanitized("../../etc/passwd").value == "passwd")
    #expect(SafeFilename.sanitized("C:\\data\\rows.json").value == "rows.json")
    #expect(SafeFilename.sanitized("...").value == "file")
    #expect(SafeFilename.sanitized("a\r\nb.json").value == "ab.json")
    let long = SafeFilename.sanitized(String(repeating: "日", count: 100) + ".jsonl").value
    #expect(long.hasSuffix("日.jsonl") && long.utf8.count <= 200)
    let one = SafeFilename.sanitized("a" + String(repeating: "\u{301}", count: 300) + ".json").value
    #expect(SafeFilename(checking: one) != nil)
  }

  @Test func `a number goes before the extension`() {
    #expect(SafeFilename.numbered("a.json", 2) == "a (2).json")
    #expect(SafeFilename.numbered("a", 3) == "a (3)")
    let long = SafeFilename.numbered(String(repeating: "x", count: 195) + ".json", 12)
    #expect(long.utf8.count == 200 && long.hasSuffix("x (12).json"))
  }
}
