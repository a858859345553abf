import Testing

@testable import CommandLineTool

@Suite struct LogLinesTests {
  @Test func `a progress bar that came in pieces is one line in a pipe`() {
    var lines = LogLines(isTerminal: false)
    #expect(lines.take("start\n 10%") == "start\n")
    #expect(lines.take("\r 20%") == "")
    #expect(lines.take("|##") == "")
    #expect(lines.take("\r100%\nend") == "100%\n")
    #expect(lines.finish() == "end")
    #expect(lines.finish() == "")
  }

  @Test func `on a terminal the bar is written over and nothing else is obeyed`() {
    var lines = LogLines(isTerminal: true)
    #expect(lines.take("10%") == "10%")
    #expect(lines.take("\r20%\u{1B}[31m") == "\r\u{1B}[K20%\\u{1b}[31m")
    #expect(lines.finish() == "")
  }

  @Test func `a line that ends in both marks is whole`() {
    var lines = LogLines(isTerminal: false)
    #expect(lines.take("\r\nnext\n") == "\nnext\n")
  }
}
