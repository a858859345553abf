/// How long a training takes, told by trainings like it; without one nothing is told.
package struct TrainingTime: Sendable, Equatable {
  /// A training that was seen, as far as it had come.
  package struct Seen: Sendable, Equatable {
    /// Of its steps alone.
    let seconds: Double
    let steps: Int
    /// Rows of a step, on all devices together.
    let rowsPerStep: Int
    /// Nil where its rows were not counted, or are gone.
    let tokensPerStep: Double?

    package init(seconds: Double, steps: Int, rowsPerStep: Int, tokensPerStep: Double?) {
      self.seconds = seconds
      self.steps = steps
      self.rowsPerStep = rowsPerStep
      self.tokensPerStep = tokensPerStep
    }
  }

  /// Of the steps alone: the model is loaded before them, and saved behind.
  package let seconds: Double
  /// By the quickest and by the slowest of those that were seen.
  package let shortest: Double
  package let longest: Double
  /// How many trainings tell it.
  package let trainings: Int

  /// Nil where none of `seen` tells anything.
  ///
  /// A step of as many rows takes time by its tokens; where there is no training with as many rows in a step, others
  /// tell it by the token too. Where tokens were not counted, only steps of as many rows can be compared.
  ///
  /// - Parameter tokens: of the whole training.
  package init?(steps: Int, rowsPerStep: Int, tokens: Int64?, seen: [Seen]) {
    let known = seen.filter { $0.seconds > 0 && $0.steps > 0 }
    let alike = known.filter { $0.rowsPerStep == rowsPerStep }
    let told = (alike.isEmpty ? known : alike).compactMap { one -> Double? in
      let pace = one.seconds / Double(one.steps)
      if let tokens, tokens > 0, let each = one.tokensPerStep, each > 0 {
        return pace * (Double(tokens) / each)
      }
      return one.rowsPerStep == rowsPerStep ? pace * Double(steps) : nil
    }.sorted()
    guard let first = told.first, let last = told.last else { return nil }
    seconds = (told[(told.count - 1) / 2] + told[told.count / 2]) / 2
    (shortest, longest, trainings) = (first, last, told.count)
  }
}
