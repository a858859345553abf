import Synchronization

/// One line of a terminal that is drawn over and over; on anything else it is silent.
final class LiveLine: Sendable {
  private let output: any ConsoleOutput
  private let isShown = Mutex(false)

  init(_ output: any ConsoleOutput) { self.output = output }

  /// Whether anybody sees it.
  var isSeen: Bool { output.isTerminal }

  func show(_ text: String) {
    guard output.isTerminal else { return }
    isShown.withLock { isShown in
      output.write("\r\u{1B}[K" + DisplayWidth.fit(Printable.line(text), output.width - 1))
      isShown = true
    }
  }

  /// Takes the line away, so that ordinary lines can be written.
  func clear() {
    isShown.withLock { isShown in
      if isShown { output.write("\r\u{1B}[K") }
      isShown = false
    }
  }
}
