import Domain
import Testing

@Suite struct ValueTests {
  @Test(arguments: [
    (Int64(0), "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
    (1_795_226_399_999, "2026-11-21T01:59:59.999Z"), (4_107_542_400_001, "2100-03-01T00:00:00.001Z"),
  ])
  func `a timestamp is written as RFC 3339`(milliseconds: Int64, text: String) {
    #expect(Timestamp(milliseconds: milliseconds).iso8601 == text)
  }

  @Test(arguments: ["", "a/b", "..", "a\0", "a b", "é", String(repeating: "a", count: 65)])
  func `a hostile identifier is not an identifier`(text: String) {
    #expect(TaskID(checking: text) == nil)
  }

  @Test func `random identifiers are version 4 UUIDs and differ`() {
    let many = Set((0..<1_000).map { _ in TaskID.make() })
    #expect(many.count == 1_000)
    for id in many {
      let letters = Array(id.rawValue)
      #expect(letters.count == 36 && letters[14] == "4" && "89ab".contains(letters[19]))
      #expect(TaskID(checking: id.rawValue) == id)
    }
  }
}
