import Synchronization

/// Writes one answer: as it came into a pipe; on a terminal harmless, and with colours where they are allowed.
final class AnswerWriter: Sendable {
  private let printer: Printer
  private let waiting: LiveLine
  private let streams: Bool
  private let state: Mutex<State>

  private struct State {
    var painter: MarkdownPainter?
    var endsLine = true
    var held = ""
    var begun: ContinuousClock.Instant?
  }

  /// - Parameter streams: whether it is shown as it comes.
  init(_ printer: Printer, waitingFor name: String, streams: Bool) {
    self.printer = printer
    self.streams = streams
    waiting = LiveLine(printer.console.errors)
    state = Mutex(State(painter: printer.paint.isOn ? MarkdownPainter() : nil))
    waiting.show("Waiting for \(name) …")
  }

  func write(_ piece: String) {
    state.withLock { state in
      if state.begun == nil { state.begun = .now }
      if streams { show(piece, &state) } else { state.held += piece }
    }
  }

  /// Ends the answer's last line; an answer without a word leaves nothing.
  func finish() {
    waiting.clear()
    state.withLock { state in
      if !state.held.isEmpty { show(state.held, &state) }
      if let rest = state.painter?.finish() { printer.console.output.write(rest) }
      if !state.endsLine { printer.console.output.write("\n") }
      state.endsLine = true
      state.held = ""
    }
  }

  /// When the first piece came.
  var begun: ContinuousClock.Instant? { state.withLock(\.begun) }

  private func show(_ piece: String, _ state: inout State) {
    waiting.clear()
    state.endsLine = piece.unicodeScalars.last == "\n"
    guard printer.console.output.isTerminal else { return printer.console.output.write(piece) }
    let safe = Printable.text(piece)
    printer.console.output.write(state.painter?.feed(safe) ?? safe)
  }
}
