/// The same prompt answered by several models, and what a person thought of the answers.
package struct Comparison: Sendable, Equatable {
  package enum Verdict: String, Sendable {
    /// One of them is the best.
    case best
    /// They are equally good.
    case tie
    /// None of them is good.
    case noneGood = "none"
  }

  package struct Reply: Sendable, Equatable {
    package let model: String
    package let content: String
    /// What was said between the user and this model before; user and assistant by turns.
    package let history: [ChatTurn]

    package init(model: String, content: String, history: [ChatTurn] = []) {
      self.model = model
      self.content = content
      self.history = history
    }
  }

  package let id: ComparisonID
  package let userID: UserID
  package let prompt: String
  package let settings: ChatSettings
  /// In the order in which they were seen.
  package let replies: [Reply]
  package let verdict: Verdict
  /// The place of the best in `replies`; nil for the other verdicts.
  package let winner: Int?
  /// Whether the names were hidden until the vote.
  package let isBlind: Bool
  package let createdAt: Timestamp

  package init(
    id: ComparisonID, userID: UserID, prompt: String, settings: ChatSettings = ChatSettings(),
    replies: [Reply], verdict: Verdict, winner: Int? = nil, isBlind: Bool = false, createdAt: Timestamp
  ) {
    self.id = id
    self.userID = userID
    self.prompt = prompt
    self.settings = settings
    self.replies = replies
    self.verdict = verdict
    self.winner = winner
    self.isBlind = isBlind
    self.createdAt = createdAt
  }
}

/// A part of a user's comparisons, the newest first.
package struct ComparisonPage: Sendable, Equatable {
  package let comparisons: [Comparison]
  /// Where the rest begins; nil at the end.
  package let next: Int64?

  package init(comparisons: [Comparison], next: Int64? = nil) {
    self.comparisons = comparisons
    self.next = next
  }
}

/// How often a model was compared, and how it came out.
package struct ModelScore: Sendable, Equatable {
  package let model: String
  package var wins = 0
  /// Another one was the best.
  package var losses = 0
  package var ties = 0
  /// None was good.
  package var rejected = 0

  package init(model: String) { self.model = model }

  package var compared: Int { wins + losses + ties + rejected }

  package mutating func add(_ verdict: Comparison.Verdict, isWinner: Bool, times: Int = 1) {
    switch verdict {
    case .best where isWinner: wins += times
    case .best: losses += times
    case .tie: ties += times
    case .noneGood: rejected += times
    }
  }
}
