import Domain
import Testing

/// Word documents as text.
@Suite struct WordTextTests {
  @Test func `titles, lists and tables come out as Markdown, what was deleted does not`() throws {
    let text = String(decoding: try WordText.markdown(of: WordFixtures.document), as: UTF8.self)
    #expect(
      text == """
        # Hosts & keys

        A host is added. <b>

        - First item

        Name | Port
        gpu1 | 22

        ## 队列

        Once.


        """)
  }

  @Test func `a file that unpacks to too much is refused before it is there`() throws {
    let bomb = WordFixtures.bomb
    #expect(bomb.count < 2000)
    #expect(try Inflate.bytes(bomb, in: 0..<bomb.count, limit: 1_000_000).count == 1_000_000)
    for limit in [0, 1, 257, 999_999] {
      #expect(throws: Inflate.Failure.tooLarge) { try Inflate.bytes(bomb, in: 0..<bomb.count, limit: limit) }
    }
    #expect(throws: Inflate.Failure.tooLarge) {
      try ZipEntry.read("word/document.xml", of: WordFixtures.document, limit: 100)
    }
  }

  @Test func `a damaged file is refused and never read beyond its end`() {
    let good = WordFixtures.document
    for length in 0..<good.count {
      #expect(throws: DomainError.self) { try WordText.markdown(of: Array(good[..<length])) }
    }
    for place in good.indices {
      for mask in [0x01, 0x80, 0xFF] as [UInt8] {
        var bad = good
        bad[place] ^= mask
        // Whatever comes of it, it ends, and it is no more than was packed.
        if let text = try? WordText.markdown(of: bad) { #expect(text.count < 20_000) }
      }
    }
    for text in ["", "PK", "PK\u{3}\u{4} no archive", String(repeating: "PK\u{5}\u{6}", count: 30)] {
      #expect(throws: DomainError.self) { try WordText.markdown(of: Array(text.utf8)) }
    }
  }

  @Test func `text is told from what is none`() {
    for good in ["", "plain", "é 中 😀 \u{10FFFF} \u{800}"] { #expect(UTF8Text.isValid(Array(good.utf8))) }
    let bad: [[UInt8]] = [
      [0], [0x80], [0xC0, 0x80], [0xC3], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
      [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE4, 0xB8], [0x61, 0xFF],
    ]
    for bytes in bad { #expect(!UTF8Text.isValid(bytes), "\(bytes)") }
  }
}
