/// `none`: none of them is good.
package enum ComparisonVerdict: String, WireEnum { case best, tie, none }

/// What one model answered.
package struct ComparedReply: Codable, Sendable {
  package let model: String
  package let content: String
  /// What was said with this model before, user and assistant by turns; left out at the first prompt.
  package let history: [ChatMessage]?

  package init(model: String, content: String, history: [ChatMessage]?) {
    self.model = model
    self.content = content
    self.history = history
  }
}

/// `POST /api/comparisons`: a vote on the answers of several models to one prompt.
package struct ComparisonRequest: Codable, Sendable {
  package let prompt: String
  /// What all of them were asked with.
  package let settings: ChatSettingsBody?
  /// Two to four, none of them empty.
  package let replies: [ComparedReply]
  package let verdict: ComparisonVerdict
  /// With `best`: its place in `replies`, from 0.
  package let winner: Int?
  /// Whether the names were hidden until the vote.
  package let blind: Bool?
}

package struct ComparisonReply: Codable, Sendable {
  package let comparisonID: String
  package let prompt: String
  package let settings: ChatSettingsBody?
  package let replies: [ComparedReply]
  package let verdict: ComparisonVerdict
  package let winner: Int?
  package let blind: Bool
  package let createdAt: String

  package init(
    comparisonID: String, prompt: String, settings: ChatSettingsBody?, replies: [ComparedReply],
    verdict: ComparisonVerdict, winner: Int?, blind: Bool, createdAt: String
  ) {
    self.comparisonID = comparisonID
    self.prompt = prompt
    self.settings = settings
    self.replies = replies
    self.verdict = verdict
    self.winner = winner
    self.blind = blind
    self.createdAt = createdAt
  }

  private enum CodingKeys: String, CodingKey {
    case comparisonID = "comparison_id", prompt, settings, replies, verdict, winner, blind
    case createdAt = "created_at"
  }
}

/// How a model came out of the caller's comparisons.
package struct ModelScoreReply: Codable, Sendable {
  package let model: String
  package let compared: Int
  package let wins: Int
  /// Another one was the best.
  package let losses: Int
  package let ties: Int
  /// None was good.
  package let rejected: Int

  package init(model: String, compared: Int, wins: Int, losses: Int, ties: Int, rejected: Int) {
    self.model = model
    self.compared = compared
    self.wins = wins
    self.losses = losses
    self.ties = ties
    self.rejected = rejected
  }
}

/// `GET /api/comparisons`: the newest first.
package struct ComparisonListReply: Codable, Sendable {
  package let comparisons: [ComparisonReply]
  /// Where there are more: to be given as `after`.
  package let next: String?
  /// Of all comparisons, the most compared model first.
  package let models: [ModelScoreReply]

  package init(comparisons: [ComparisonReply], next: String?, models: [ModelScoreReply]) {
    self.comparisons = comparisons
    self.next = next
    self.models = models
  }
}

/// A line of `GET /api/comparisons/export`: LLaMA-Factory's alpaca form, with `chosen` and `rejected` for DPO, or with
/// `output` and `kto_tag` for KTO.
package struct PreferenceLine: Codable, Sendable {
  package let instruction: String
  /// Always empty.
  package let input: String
  package let chosen: String?
  package let rejected: String?
  package let output: String?
  package let ktoTag: Bool?
  /// In every line, where one has any.
  package let system: String?
  /// Pairs of question and answer; in every line, where one has any.
  package let history: [[String]]?

  package init(
    instruction: String, chosen: String?, rejected: String?, output: String?, ktoTag: Bool?, system: String?,
    history: [[String]]?
  ) {
    self.instruction = instruction
    input = ""
    self.chosen = chosen
    self.rejected = rejected
    self.output = output
    self.ktoTag = ktoTag
    self.system = system
    self.history = history
  }

  private enum CodingKeys: String, CodingKey {
    case instruction, input, chosen, rejected, output, ktoTag = "kto_tag", system, history
  }
}
