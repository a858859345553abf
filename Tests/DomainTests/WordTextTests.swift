@testable import Domain
import Testing
import Unpacking

/// Word documents as text.
@Suite struct WordTextTests {
  @Test func `titles, lists and tables come out as Markdown, what was deleted does not`() async throws {
    let text = String(
      decoding: try await WordText.markdown(of: HeldBytes(WordFixtures.document), by: Zlib(), limit: 100_000),
      as: UTF8.self)
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

  @Test func `a file that unpacks to too much is refused before it is there`() async throws {
    let bomb = WordFixtures.bomb
    #expect(bomb.count < 2000)
    #expect(try unpacked(bomb, in: 0..<bomb.count, limit: 1_000_000).count == 1_000_000)
    for limit in [0, 1, 257, 999_999] {
      #expect(throws: Deflate.Failure.tooLarge) { try unpacked(bomb, in: 0..<bomb.count, limit: limit) }
    }
    let failure = await #expect(throws: ZipFailure.self) {
      try await ZipEntry.read(
        "word/document.xml", of: HeldBytes(WordFixtures.document), limit: 100, by: Zlib()
      ) { _ in }
    }
    guard case .unpacking(.tooLarge) = failure else { throw failure ?? .unpacking(.damaged) }
  }

  @Test func `what is packed unpacks in whole, and what is behind it is passed over`() throws {
    // "hello" stored, and by the fixed codes.
    let stored: [UInt8] = [0x01, 5, 0, 0xFA, 0xFF, 0x68, 0x65, 0x6C, 0x6C, 0x6F]
    let fixed: [UInt8] = [0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]
    for packed in [stored, fixed] {
      let among = [9, 9] + packed + [1, 2, 3]
      let end = among.count
      #expect(try unpacked(among, in: 2..<end, limit: 5) == Array("hello".utf8))
      #expect(throws: Deflate.Failure.tooLarge) { try unpacked(among, in: 2..<end, limit: 4) }
      for short in 2..<(2 + packed.count) {
        #expect(throws: Deflate.Failure.damaged) { try unpacked(among, in: 2..<short, limit: 5) }
      }
      #expect(throws: Deflate.Failure.damaged) { try unpacked(among, in: 2..<(end + 1), limit: 5) }
    }
  }

  @Test func `a text of more than may be is refused`() async throws {
    let document = HeldBytes(WordFixtures.document)
    let whole = try await WordText.markdown(of: document, by: Zlib(), limit: 100_000).count
    let again = try await WordText.markdown(of: document, by: Zlib(), limit: whole).count
    #expect(again == whole)
    let refused = await #expect(throws: DomainError.self) {
      try await WordText.markdown(of: document, by: Zlib(), limit: 20)
    }
    #expect(refused?.code == .tooLarge)
  }

  @Test(arguments: [1, 2, 3, 7, 64]) func `XML is the same in pieces as in one`(_ size: Int) {
    let xml = Array(
      """
      <?xml version="1.0"?><!-- a -- comment > --><w:a x="1 > 0" y='&lt;'><b/>one &amp; two &#65; &bad; &\
      <![CDATA[raw ]] <i> ]>]]></w:a>tail <
      """.utf8)
    #expect(
      tokens([xml])
        == tokens(stride(from: 0, to: xml.count, by: size).map { Array(xml[$0..<min($0 + size, xml.count)]) })
    )
    #expect(tokens([xml]).first == .begin("a", ["x": "1 > 0", "y": "<"]))
    #expect(tokens([xml]).contains(.text(Array("one & two A &bad; &raw ]] <i> ]>".utf8))))
  }

  /// Texts that follow each other are one.
  private func tokens(_ pieces: [[UInt8]]) -> [XMLTokens.Token] {
    var (reader, all) = (XMLTokens(), [XMLTokens.Token]())
    func take(_ token: XMLTokens.Token) {
      if case .text(let more) = token, case .text(let before)? = all.last {
        all[all.count - 1] = .text(before + more)
      } else {
        all.append(token)
      }
    }
    for piece in pieces {
      reader.feed(piece)
      while let token = reader.next() { take(token) }
    }
    reader.finish()
    while let token = reader.next() { take(token) }
    return all
  }

  @Test func `a damaged file is refused and never read beyond its end`() async {
    let good = WordFixtures.document
    for length in 0..<good.count {
      await #expect(throws: DomainError.self) {
        try await WordText.markdown(of: HeldBytes(Array(good[..<length])), by: Zlib(), limit: 100_000)
      }
    }
    for place in good.indices {
      for mask in [0x01, 0x80, 0xFF] as [UInt8] {
        var bad = good
        bad[place] ^= mask
        // Whatever comes of it, it ends, and it is no more than was packed.
        if let text = try? await WordText.markdown(of: HeldBytes(bad), by: Zlib(), limit: 100_000) {
          #expect(text.count < 20_000)
        }
      }
    }
    for text in ["", "PK", "PK\u{3}\u{4} no archive", String(repeating: "PK\u{5}\u{6}", count: 30)] {
      await #expect(throws: DomainError.self) {
        try await WordText.markdown(of: HeldBytes(Array(text.utf8)), by: Zlib(), limit: 100_000)
      }
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

private func unpacked(_ packed: [UInt8], in range: Range<Int>, limit: Int) throws -> [UInt8] {
  var all: [UInt8] = []
  try Deflate.unpack(packed, in: range, limit: limit) { all += $0 }
  #expect(all.count <= limit)
  return all
}

private struct Zlib: Inflating {
  func unpack(
    _ packed: [UInt8], in range: Range<Int>, limit: Int, _ take: ([UInt8]) -> Void
  ) throws(InflateFailure) {
    do throws(Deflate.Failure) {
      try Deflate.unpack(packed, in: range, limit: limit, take)
    } catch {
      throw error == .tooLarge ? .tooLarge : .damaged
    }
  }
}
