/// The end of a trainer's log, as lines ready to be searched.
struct LogTail {
  /// Every line, without the prefix that torchrun's workers get.
  let lines: [Substring]
  /// The lines in which an error speaks: from the first traceback on, source lines left out.
  ///
  /// What stands before may be the user's own data, which the trainer prints and which may say anything.
  private let telling: [Substring]

  init(_ text: String) {
    // A progress bar returns to its line's start instead of ending it.
    lines = text.unicodeScalars.split { $0 == "\n" || $0 == "\r" }
      .map { Self.withoutRank(Substring($0)) }
    let start = lines.firstIndex { $0.hasPrefix("Traceback (most recent call last)") }
    if let start {
      // Source lines are indented, and so is nothing that an exception says first.
      telling = lines[start...].filter { !$0.hasPrefix("  ") }
    } else {
      telling = Array(lines.suffix(12))
    }
  }

  /// The first reason of the table that a telling line gives.
  func first(of patterns: [FailurePattern]) -> FailureReading? {
    for pattern in patterns {
      if let line = telling.first(where: { pattern.matches($0) }) {
        return FailureReading(reason: pattern.reason, detail: Self.clean(String(line)))
      }
    }
    // A key that is missing from a row is told by the place in the trainer, not by the message.
    if let line = telling.last(where: { $0.hasPrefix("KeyError: ") }),
      lines.contains(where: { $0.contains("llamafactory/data/converter.py") })
    {
      return FailureReading(reason: .badDataset, detail: Self.clean(String(line)))
    }
    return nil
  }

  /// The last line that names an exception.
  var error: String? {
    telling.last { line in
      guard let colon = line.firstIndex(of: ":") else { return false }
      let name = line[..<colon]
      return !name.contains(" ") && (name.hasSuffix("Error") || name.hasSuffix("Exception"))
        && !name.hasSuffix("CalledProcessError") && !name.hasSuffix("ChildFailedError")
    }.map { Self.clean(String($0)) }
  }

  var lastLine: String? {
    lines.last { $0.contains { !$0.isWhitespace } }.map { Self.clean(String($0)) }
  }

  /// One line without control characters, cut to 300 characters.
  static func clean(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(300) {
      let isControl = scalar.value < 32 || (127...159).contains(scalar.value)
      result.append(isControl ? " " : scalar)
    }
    return String(result)
  }

  private static func withoutRank(_ line: Substring) -> Substring {
    guard line.hasPrefix("[rank"), let end = line.firstIndex(of: "]") else { return line }
    let digits = line[line.index(line.startIndex, offsetBy: 5)..<end]
    guard !digits.isEmpty, digits.allSatisfy(\.isNumber) else { return line }
    let rest = line[line.index(after: end)...]
    return rest.hasPrefix(": ") ? rest.dropFirst(2) : rest.hasPrefix(":") ? rest.dropFirst() : line
  }
}
