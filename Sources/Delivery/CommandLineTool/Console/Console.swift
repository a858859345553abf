/// Where a command's words come from and go to: the terminal, or a test.
package struct Console: Sendable {
  package let environment: [String: String]
  package let input: any ConsoleInput
  package let output: any ConsoleOutput
  package let errors: any ConsoleOutput
  package let interrupts: Interrupts
  /// Waits between attempts to reach a server that went away.
  package let pause: @Sendable (Duration) async throws -> Void
  /// Starts a server on this machine; nil where a chat has to find one.
  let startServer: (@Sendable () async throws -> StartedServer)?
  /// Makes what lets a person edit the lines of a conversation; nil where lines are read as they are.
  let lineEditor: (@Sendable (@escaping @Sendable (String) -> [String]) -> (any LineEditing)?)?

  package init(
    environment: [String: String], input: any ConsoleInput, output: any ConsoleOutput,
    errors: any ConsoleOutput, interrupts: Interrupts,
    pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
  ) {
    self.init(
      environment: environment, input: input, output: output, errors: errors, interrupts: interrupts,
      pause: pause, startServer: nil, lineEditor: nil)
  }

  init(
    environment: [String: String], input: any ConsoleInput, output: any ConsoleOutput,
    errors: any ConsoleOutput, interrupts: Interrupts,
    pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
    startServer: (@Sendable () async throws -> StartedServer)?,
    lineEditor: (@Sendable (@escaping @Sendable (String) -> [String]) -> (any LineEditing)?)?
  ) {
    self.startServer = startServer
    self.lineEditor = lineEditor
    self.environment = environment
    self.input = input
    self.output = output
    self.errors = errors
    self.interrupts = interrupts
    self.pause = pause
  }

  /// An environment variable; an empty one counts as not set.
  func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
}

/// What a person types, or a pipe brings.
///
/// Reading blocks: a command reads only when it has nothing else to do.
package protocol ConsoleInput: Sendable {
  var isTerminal: Bool { get }
  /// The next line without its end; nil at the end.
  func readLine() -> String?
  /// The next line, not shown while it is typed; only on a terminal.
  ///
  /// - Parameter ask: says what is wanted, when what is typed is no longer shown.
  func readSecret(asking ask: () -> Void) -> String?
  /// Everything to the end.
  func readAll() -> String
}

/// Lets a person type and change the lines of a conversation.
protocol LineEditing {
  /// Waits for the next text, of one line or several.
  func read(prompt: String) -> TypedText
  /// Lets a text be brought back later.
  func remember(_ text: String)
}

/// What came of waiting for a text.
enum TypedText: Equatable, Sendable {
  case text(String)
  /// Ctrl-C.
  case interrupted
  case end
}

/// A stream of text.
package protocol ConsoleOutput: Sendable {
  var isTerminal: Bool { get }
  /// Columns of the terminal; 80 where there is none.
  var width: Int { get }
  func write(_ bytes: [UInt8])
}

extension ConsoleOutput {
  func write(_ text: String) { write(Array(text.utf8)) }
}
