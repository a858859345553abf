@testable import CommandLineTool
import Synchronization

/// A console whose both ends are in the test's hands.
struct TestConsole: Sendable {
  let console: Console
  let output: RecordedOutput
  let errors: RecordedOutput

  init(
    environment: [String: String] = [:], input: ScriptedInput = ScriptedInput(lines: []),
    outputIsTerminal: Bool = false, errorsAreTerminal: Bool = false
  ) {
    output = RecordedOutput(isTerminal: outputIsTerminal)
    errors = RecordedOutput(isTerminal: errorsAreTerminal)
    console = Console(
      environment: environment, input: input, output: output, errors: errors, interrupts: Interrupts(),
      // A test does not wait for a server to come back; it only gives way.
      pause: { _ in
        try Task.checkCancellation()
        await Task.yield()
      })
  }

  func run(_ words: String...) async -> ExitCode { await CommandLineTool.run(words, console: console) }
  func run(_ words: [String]) async -> ExitCode { await CommandLineTool.run(words, console: console) }
}

/// What was written.
final class RecordedOutput: ConsoleOutput {
  let isTerminal: Bool
  let width = 80
  private let written = Mutex<[UInt8]>([])

  init(isTerminal: Bool) { self.isTerminal = isTerminal }

  func write(_ bytes: [UInt8]) { written.withLock { $0 += bytes } }

  var bytes: [UInt8] { written.withLock { $0 } }
  var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// A stream at which somebody presses a key as soon as they read something.
struct PressingOutput: ConsoleOutput {
  let base: RecordedOutput
  let text: String
  let press: @Sendable () -> Void

  init(_ base: RecordedOutput, at text: String, _ press: @escaping @Sendable () -> Void) {
    self.base = base
    self.text = text
    self.press = press
  }

  var isTerminal: Bool { base.isTerminal }
  var width: Int { base.width }

  func write(_ bytes: [UInt8]) {
    base.write(bytes)
    if String(decoding: bytes, as: UTF8.self).contains(text) { press() }
  }
}

/// Lines that are read one after the other.
final class ScriptedInput: ConsoleInput {
  let isTerminal: Bool
  private let lines: Mutex<[String]>
  private let beforeEnd: @Sendable () -> Void

  /// `beforeEnd` runs when the lines are used up, before the end is reported.
  init(lines: [String], isTerminal: Bool = false, beforeEnd: @escaping @Sendable () -> Void = {}) {
    self.isTerminal = isTerminal
    self.lines = Mutex(lines)
    self.beforeEnd = beforeEnd
  }

  func readLine() -> String? {
    let line = lines.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    if line == nil { beforeEnd() }
    return line
  }

  func readSecret(asking ask: () -> Void) -> String? {
    ask()
    return readLine()
  }

  func readAll() -> String {
    lines.withLock { lines in
      defer { lines = [] }
      return lines.map { $0 + "\n" }.joined()
    }
  }
}
