package import Domain

/// A vote as it comes in.
package struct ComparisonVote: Sendable, Equatable {
  package let prompt: String
  package let settings: ChatSettings
  package let replies: [Comparison.Reply]
  package let verdict: Comparison.Verdict
  package let winner: Int?
  package let isBlind: Bool

  package init(
    prompt: String, settings: ChatSettings = ChatSettings(), replies: [Comparison.Reply],
    verdict: Comparison.Verdict, winner: Int? = nil, isBlind: Bool = false
  ) {
    self.prompt = prompt
    self.settings = settings
    self.replies = replies
    self.verdict = verdict
    self.winner = winner
    self.isBlind = isBlind
  }
}

/// Votes on the answers of several models to one prompt, and the training data they make.
package struct ComparisonService: Sendable {
  private let store: any ComparisonStoring
  private let clock: WallClock

  /// Comparisons of a user.
  static let most = 50_000
  private static let longestHistory = 200
  /// Bytes of a prompt, and of a reply.
  private static let longestText = 500_000

  package init(store: any ComparisonStoring, clock: WallClock) {
    self.store = store
    self.clock = clock
  }

  /// Keeps a vote.
  ///
  /// Throws `invalid_input` where it is none: fewer than two replies, a winner that is not among them, a history that
  /// does not go by turns.
  package func record(_ vote: ComparisonVote, for user: UserID) async throws(DomainError) -> Comparison {
    let comparison = Comparison(
      id: .make(), userID: user, prompt: vote.prompt, settings: try vote.settings.checked(),
      replies: vote.replies, verdict: vote.verdict, winner: vote.winner, isBlind: vote.isBlind,
      createdAt: clock.now())
    try Self.check(comparison)
    try await store.insert(comparison, limit: Self.most)
    return comparison
  }

  /// The newest first.
  ///
  /// - Parameter after: the `next` of an earlier page.
  package func list(of user: UserID, after: Int64? = nil, limit: Int) async throws(DomainError)
    -> ComparisonPage
  {
    try await store.comparisons(owner: user, after: after, limit: limit)
  }

  /// How the user's models came out, the most compared first.
  package func scores(of user: UserID) async throws(DomainError) -> [ModelScore] {
    try await store.scores(owner: user)
  }

  /// Throws `not_found` for a comparison that is not the user's.
  package func delete(_ id: ComparisonID, for user: UserID) async throws(DomainError) {
    guard try await store.delete(id, owner: user) else { throw .notFound("The comparison") }
  }

  /// Gives the rows that the user's votes make, some votes at a time.
  package func rows(
    of user: UserID, as format: PreferenceRow.Format,
    receive: ([PreferenceRow]) async throws -> Void
  ) async throws {
    var after: Int64?
    repeat {
      let page = try await list(of: user, after: after, limit: 20)
      try await receive(page.comparisons.flatMap { PreferenceRow.rows(of: $0, as: format) })
      after = page.next
    } while after != nil
  }

  private static func check(_ comparison: Comparison) throws(DomainError) {
    guard comparison.prompt.contains(where: { !$0.isWhitespace }) else {
      throw .invalid("The prompt is empty.")
    }
    guard comparison.prompt.utf8.count <= longestText else {
      throw .invalid("The prompt has at most \(longestText) bytes.")
    }
    guard (2...4).contains(comparison.replies.count) else {
      throw .invalid("A comparison has two to four replies.")
    }
    for reply in comparison.replies {
      guard (1...1024).contains(reply.model.utf8.count), AccountRules.isPrintable(reply.model) else {
        throw .invalid("A reply's \"model\" has 1 to 1024 printable bytes.")
      }
      guard !reply.content.isEmpty else {
        throw .invalid("A reply is empty.", hint: "Leave out the models that did not answer.")
      }
      guard reply.content.utf8.count <= longestText else {
        throw .invalid("A reply has at most \(longestText) bytes.")
      }
      try check(reply.history)
    }
    switch (comparison.verdict, comparison.winner) {
    case (.best, let winner?) where comparison.replies.indices.contains(winner): break
    case (.best, _):
      throw .invalid(
        "\"winner\" is the place of a reply, from 0 to \(comparison.replies.count - 1).",
        hint: "Or give the verdict \"tie\" or \"none\".")
    case (_, nil): break
    case (_, _?): throw .invalid("Only the verdict \"best\" has a \"winner\".")
    }
  }

  private static func check(_ history: [ChatTurn]) throws(DomainError) {
    guard history.count <= longestHistory, history.count.isMultiple(of: 2) else {
      throw .invalid("A history has whole exchanges, \(longestHistory / 2) at most.")
    }
    for (place, turn) in history.enumerated() {
      guard turn.role == (place.isMultiple(of: 2) ? .user : .assistant), !turn.content.isEmpty else {
        throw .invalid("A history goes user, assistant, user …, and none of it is empty.")
      }
    }
  }
}
