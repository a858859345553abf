/// Puts the pieces of a log together.
///
/// A piece that begins with a carriage return writes over the line the one before left unfinished: the
/// progress bars of a trainer are one line, shown many times.
struct LogLines {
  /// On a terminal an unfinished line is shown at once and written over; into a pipe go whole lines.
  let isTerminal: Bool
  private var unfinished = ""

  init(isTerminal: Bool) { self.isTerminal = isTerminal }

  /// What is to be written now.
  mutating func take(_ piece: String) -> String {
    // By scalars: "\r\n" is one Character.
    let isOver = piece.unicodeScalars.first == "\r"
    let text = isOver ? String(piece.unicodeScalars.dropFirst()) : piece
    if isTerminal { return (isOver ? "\r\u{1B}[K" : "") + Printable.text(text) }
    let whole = (isOver ? "" : unfinished) + text
    guard let end = whole.lastIndex(of: "\n") else {
      unfinished = whole
      return ""
    }
    unfinished = String(whole[whole.index(after: end)...])
    return String(whole[...end])
  }

  /// The line that was never finished, at the end of the log.
  mutating func finish() -> String {
    defer { unfinished = "" }
    return unfinished
  }
}
