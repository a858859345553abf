/// A row of preference data, as LLaMA-Factory reads it.
package struct PreferenceRow: Sendable, Equatable {
  package enum Format: String, Sendable, CaseIterable {
    /// The best answer beside another one to the same conversation.
    case dpo
    /// An answer, and whether it is good.
    case kto
  }

  package enum Answer: Sendable, Equatable {
    case pair(chosen: String, rejected: String)
    case tagged(String, isGood: Bool)
  }

  package let prompt: String
  package let system: String?
  /// User and assistant by turns.
  package let history: [ChatTurn]
  package let answer: Answer

  package init(prompt: String, system: String?, history: [ChatTurn], answer: Answer) {
    self.prompt = prompt
    self.system = system
    self.history = history
    self.answer = answer
  }

  /// The rows that a comparison gives.
  ///
  /// A pair needs a best answer and another one that had the same conversation before it: of models that have talked
  /// apart, nothing is known about what each would have said to the other's words. For KTO the best answer and equally
  /// good ones are good, the others are not; an answer that stands twice among the good or the bad is taken once.
  package static func rows(of comparison: Comparison, as format: Format) -> [PreferenceRow] {
    let (prompt, system) = (comparison.prompt, comparison.settings.systemPrompt)
    switch format {
    case .dpo:
      guard comparison.verdict == .best, let place = comparison.winner,
        comparison.replies.indices.contains(place)
      else { return [] }
      let best = comparison.replies[place]
      var rows: [PreferenceRow] = []
      for other in comparison.replies where other.history == best.history && other.content != best.content {
        let row = PreferenceRow(
          prompt: prompt, system: system, history: best.history,
          answer: .pair(chosen: best.content, rejected: other.content))
        if !rows.contains(row) { rows.append(row) }
      }
      return rows
    case .kto:
      let best = comparison.winner.flatMap {
        comparison.replies.indices.contains($0) ? comparison.replies[$0] : nil
      }
      var rows: [PreferenceRow] = []
      for (place, reply) in comparison.replies.enumerated() {
        let isGood = comparison.verdict == .tie || (comparison.verdict == .best && place == comparison.winner)
        // Word for word what was called the best cannot be bad.
        if !isGood, let best, best.content == reply.content, best.history == reply.history { continue }
        let row = PreferenceRow(
          prompt: prompt, system: system, history: reply.history,
          answer: .tagged(reply.content, isGood: isGood))
        if !rows.contains(row) { rows.append(row) }
      }
      return rows
    }
  }
}
