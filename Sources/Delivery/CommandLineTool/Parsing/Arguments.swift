/// What stood on the command line, by the names of the declaration.
struct Arguments: Sendable {
  private var options: [String: [String]] = [:]
  private var positionals: [String: [String]] = [:]

  mutating func add(option name: String, _ value: String) { options[name, default: []].append(value) }

  mutating func add(positional name: String, _ value: String) { positionals[name, default: []].append(value) }

  /// Whether the option was given.
  func has(_ option: String) -> Bool { options[option] != nil }

  /// The option's value, if it was given.
  func text(_ option: String) -> String? { options[option]?.last }

  /// The values of an option that may repeat.
  func texts(_ option: String) -> [String] { options[option] ?? [] }

  /// The words of a positional.
  func words(_ positional: String) -> [String] { positionals[positional] ?? [] }

  /// The word of a positional that the parser made sure of.
  func word(_ positional: String) -> String { words(positional).first ?? "" }

  func integer(_ option: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
    guard let text = text(option) else { return nil }
    guard let value = Int(text), range.contains(value) else {
      let bound =
        range.upperBound == .max
        ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
      throw UsageError("--\(option) is a whole number, \(bound), not \"\(text)\".")
    }
    return value
  }

  func number(_ option: String) throws(UsageError) -> Double? {
    guard let text = text(option) else { return nil }
    guard let value = Double(text), value.isFinite else {
      throw UsageError("--\(option) is a number, not \"\(text)\".")
    }
    return value
  }
}

/// The command line cannot be understood.
struct UsageError: Error, Equatable, CustomStringConvertible {
  let message: String
  let hint: String?

  init(_ message: String, hint: String? = nil) {
    self.message = message
    self.hint = hint
  }

  var description: String { message }
}
