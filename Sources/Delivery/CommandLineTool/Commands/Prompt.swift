/// What was left out is asked for, where there is somebody to ask.
enum Prompt {
  static func text(_ call: Invocation, option: String, _ question: String) async throws -> String {
    if let text = call.arguments.text(option) { return text }
    guard call.console.input.isTerminal else {
      throw UsageError("--\(option) is needed where nobody can be asked.")
    }
    call.console.errors.write(question)
    guard let text = await call.console.interrupts.leaving({ call.console.input.readLine() }), !text.isEmpty
    else { throw noAnswer }
    return text
  }

  /// Returns when `word` was typed; throws otherwise, and where nobody can be asked.
  static func confirm(_ call: Invocation, by word: String, _ question: String) async throws {
    guard call.console.input.isTerminal else {
      throw UsageError("--yes is needed where nobody can be asked.")
    }
    call.console.errors.write(question)
    guard await call.console.interrupts.leaving({ call.console.input.readLine() }) == word else {
      throw CommandFailure(.failed, "Nothing was done.")
    }
  }

  static func password(_ call: Invocation, _ question: String = "Password: ") async throws -> String {
    if call.arguments.has("password-stdin") { return try await passwordFromInput(call) }
    return try await hidden(call, question)
  }

  /// Asks twice, since nobody sees what is typed.
  static func newPassword(_ call: Invocation, _ question: String = "Password: ") async throws -> String {
    if call.arguments.has("password-stdin") { return try await passwordFromInput(call) }
    let password = try await hidden(call, question)
    guard try await hidden(call, "Once more: ") == password else {
      throw CommandFailure(.failed, "The two passwords are not the same.")
    }
    return password
  }

  private static func passwordFromInput(_ call: Invocation) async throws -> String {
    guard let line = await call.console.interrupts.leaving({ call.console.input.readLine() }), !line.isEmpty
    else {
      throw CommandFailure(.usage, "There is no password on standard input.", code: "usage")
    }
    return line.hasSuffix("\r") ? String(line.dropLast()) : line
  }

  private static func hidden(_ call: Invocation, _ question: String) async throws -> String {
    guard call.console.input.isTerminal else {
      throw UsageError(
        "Nobody can be asked for the password here.",
        hint: "Give it on standard input with --password-stdin, or use LUTHIER_API_KEY.")
    }
    let (input, errors) = (call.console.input, call.console.errors)
    let text = await call.console.interrupts.leaving { input.readSecret { errors.write(question) } }
    guard let text, !text.isEmpty else { throw noAnswer }
    return text
  }

  private static let noAnswer = CommandFailure(.failed, "Nothing was entered.")
}
