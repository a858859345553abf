/// Why an argument was not taken.
package struct ArgumentProblem: Sendable, Equatable, Codable {
  package enum Code: String, Sendable, Codable {
    case unknownArgument = "unknown_argument"
    case wrongType = "wrong_type"
    case outOfRange = "out_of_range"
    case unknownChoice = "unknown_choice"
    case refused = "refused"
    case conflict = "conflict"
  }

  package let code: Code
  /// The argument's name as it was given, cut to 64 characters.
  package let argument: String
  /// One sentence that names the argument.
  package let message: String
  package let hint: String

  init(_ code: Code, _ argument: String, _ message: String, hint: String) {
    self.code = code
    self.argument = String(argument.prefix(64))
    self.message = message
    self.hint = hint
  }
}

extension DomainError {
  /// All problems in one error, the first one's hint leading, each beside its argument.
  package static func invalid(_ problems: [ArgumentProblem]) -> DomainError {
    let shown = problems.prefix(5).map(\.message).joined(separator: " ")
    let rest = problems.count > 5 ? " And \(problems.count - 5) more." : ""
    return DomainError(
      .invalidInput, shown + rest, hint: problems.first?.hint,
      faults: problems.map { Fault(field: $0.argument, message: $0.message, hint: $0.hint) })
  }
}
