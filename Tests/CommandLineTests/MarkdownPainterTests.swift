@testable import CommandLineTool
import Testing

/// Colours of answers, as they come.
struct MarkdownPainterTests {
  private func painted(_ pieces: [String]) -> String {
    var painter = MarkdownPainter()
    return pieces.map { painter.feed($0) }.joined() + painter.finish()
  }

  private func plain(_ text: String) -> String {
    var plain = ""
    var isInside = false
    for scalar in text.unicodeScalars {
      if scalar == "\u{1B}" { isInside = true } else if !isInside { plain.unicodeScalars.append(scalar) }
      if isInside, scalar == "m" { isInside = false }
    }
    return plain
  }

  private static let sample = """
    # A title
    Some **bold** and *italic*, `code` and snake_case_name; 2 * 3 * 4.
    > quoted 中文
    - one
    1. two

    ```python
    def f(x):  # a comment
        return "text" + 1
    ```
    | a | 中 |
    ~~~
    ```
    ~~~
    the end **never closed
    """

  @Test func `no character is added or lost, however the answer is cut`() {
    let whole = painted([Self.sample])
    #expect(plain(whole) == Self.sample)
    for size in [1, 2, 3, 7] {
      let characters = Array(Self.sample)
      let pieces = stride(from: 0, to: characters.count, by: size).map {
        String(characters[$0..<min($0 + size, characters.count)])
      }
      #expect(plain(painted(pieces)) == Self.sample)
    }
  }

  @Test func `each kind of text has its colour`() {
    let whole = painted([Self.sample])
    #expect(whole.contains("\u{1B}[1;36m# A title\u{1B}[0m\n"))
    #expect(whole.contains("bold") && whole.contains("\u{1B}[1m**"))
    #expect(whole.contains("\u{1B}[35mdef\u{1B}[0m"))
    #expect(whole.contains("\u{1B}[2m# a comment\u{1B}[0m\n"))
    #expect(whole.contains("\u{1B}[32m\"text\"\u{1B}[0m"))
    #expect(whole.contains("snake_case_name; 2 * 3 * 4."))
  }

  @Test func `words are shown at once, and what may become a mark is not`() {
    var painter = MarkdownPainter()
    #expect(painter.feed("Hello wor") == "Hello wor")
    #expect(painter.feed("ld *") == "ld ")
    #expect(painter.feed("*x") == "\u{1B}[1m**x")
    #expect(painter.finish() == "\u{1B}[0m")
  }

  @Test func `a colour ends with its line and with the answer`() {
    #expect(painted(["**open\nnext"]).hasSuffix("\u{1B}[0m\nnext"))
    #expect(painted(["`open"]).hasSuffix("\u{1B}[0m"))
  }
}
