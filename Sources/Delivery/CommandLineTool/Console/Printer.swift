import FoundationEssentials
import Contract

/// Writes results to the output and everything else to the errors.
struct Printer: Sendable {
  let console: Console
  let isJSON: Bool
  let paint: Paint
  private let errorPaint: Paint

  init(_ console: Console, arguments: Arguments) {
    self.console = console
    isJSON = arguments.has("json")
    let isAllowed =
      !arguments.has("no-color") && console.variable("NO_COLOR") == nil
      && console.variable("TERM") != "dumb"
    paint = Paint(isOn: isAllowed && console.output.isTerminal)
    errorPaint = Paint(isOn: isAllowed && console.errors.isTerminal)
  }

  var isPaintedOnErrors: Bool { errorPaint.isOn }

  /// A line of the result; text from elsewhere is shown harmless.
  func line(_ text: String, _ tone: Tone = .plain) {
    console.output.write(paint(Printable.line(text), tone) + "\n")
  }

  func lines(_ lines: [String]) {
    if !lines.isEmpty { console.output.write(lines.joined(separator: "\n") + "\n") }
  }

  /// Fits a terminal; a pipe and a file get all of it.
  func show(_ table: Table) { lines(table.lines(paint, width: width)) }

  func show(_ sheet: Sheet) { lines(sheet.lines(paint, width: width)) }

  /// Columns of the terminal that results go to; nil where they do not.
  private var width: Int? { console.output.isTerminal ? max(20, console.output.width) : nil }

  /// Running text from elsewhere: as it is into a pipe or a file, harmless on a terminal.
  func raw(_ text: String) {
    console.output.write(console.output.isTerminal ? Printable.text(text) : text)
  }

  /// The server's answer, exactly as it came.
  func json(_ bytes: [UInt8]) { console.output.write(bytes + (bytes.last == 10 ? [] : [10])) }

  /// Something for a person that is not the result.
  func note(_ text: String) { console.errors.write(Printable.line(text) + "\n") }

  /// Several lines for a person.
  func note(lines: [String]) { for line in lines { note(line) } }

  /// A next step for a person; programs do not want it.
  func hint(_ text: String) {
    if !isJSON { console.errors.write(errorPaint(Printable.line(text), .faint) + "\n") }
  }

  func warning(_ text: String) {
    console.errors.write(errorPaint("warning:", .busy) + " " + Printable.line(text) + "\n")
  }

  /// `error: …` and `hint: …`; with `--json` the envelope.
  func failure(_ failure: CommandFailure) {
    if isJSON {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let made = (try? encoder.encode(failure.envelope)).map { Array($0) }
      if let bytes = failure.answer ?? made { console.errors.write(bytes + (bytes.last == 10 ? [] : [10])) }
      return
    }
    console.errors.write(errorPaint("error:", .bad) + " " + Printable.line(failure.envelope.error) + "\n")
    for field in failure.envelope.fields ?? [] where field.message != failure.envelope.error {
      console.errors.write("  \(Printable.line(field.field)): \(Printable.line(field.message))\n")
    }
    if let hint = failure.envelope.hint {
      console.errors.write(errorPaint("hint:", .heading) + " " + Printable.line(hint) + "\n")
    }
  }
}
