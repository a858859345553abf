import Domain
import Persistence
import SQLAccess
import TestDatabases
import Testing

/// Presets of users, and their votes on models.
struct ComparisonStoreTests {
  private static let now = Timestamp(milliseconds: 5)
  private static let settings = ChatSettings(
    systemPrompt: "Be short.\n你好", temperature: 0.5, topP: 0.9, topK: 40, maxTokens: 100, seed: 7)

  /// What it is refused with; nil where it is done.
  private static func refusal(_ body: () async throws(DomainError) -> Void) async -> DomainError.Code? {
    do throws(DomainError) {
      try await body()
      return nil
    } catch {
      return error.code
    }
  }

  private static func preset(_ name: String, of user: UserID) -> SavedPreset {
    SavedPreset(
      id: .make(), userID: user, name: name, settings: settings, model: "m", createdAt: now, updatedAt: now)
  }

  private static func comparison(
    of user: UserID, _ verdict: Comparison.Verdict = .best, winner: Int? = 0, models: [String] = ["a", "b"]
  ) -> Comparison {
    Comparison(
      id: .make(), userID: user, prompt: "q", settings: settings,
      replies: models.map { model in
        Comparison.Reply(
          model: model, content: "by \(model)",
          history: [ChatTurn(role: .user, content: "\"é\n"), ChatTurn(role: .assistant, content: model)])
      }, verdict: verdict, winner: winner, isBlind: true, createdAt: now)
  }

  @Test(arguments: TestDatabase.all)
  func `a preset is its user's, and its name is there once`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      let (one, two) = (Self.preset("one", of: ann), Self.preset("two", of: ann))
      for preset in [two, one, Self.preset("one", of: bob)] {
        try await stores.presets.insert(preset, limit: 2)
      }
      #expect(try await stores.presets.presets(owner: ann) == [one, two])
      #expect(try await stores.presets.preset(one.id, owner: bob) == nil)
      #expect(try await stores.presets.delete(one.id, owner: bob) == false)
      let doubled = await Self.refusal { () throws(DomainError) in
        try await stores.presets.insert(Self.preset("two", of: ann), limit: 9)
      }
      #expect(doubled == .conflict)
      let full = await Self.refusal { () throws(DomainError) in
        try await stores.presets.insert(Self.preset("three", of: ann), limit: 2)
      }
      #expect(full == .quota)

      var changed = one
      changed.name = "two"
      let wanted = changed
      let taken = await Self.refusal { () throws(DomainError) in _ = try await stores.presets.update(wanted) }
      #expect(taken == .conflict)
      (changed.name, changed.settings, changed.model) = ("three", ChatSettings(), nil)
      #expect(try await stores.presets.update(changed))
      #expect(try await stores.presets.presets(owner: ann) == [changed, two])
      #expect(try await stores.presets.delete(one.id, owner: ann))
      #expect(try await stores.presets.update(changed) == false)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `votes are kept whole, listed newest first in pages, and deleted with their replies`(
    kind: TestDatabase
  ) async throws {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      let all = [
        Self.comparison(of: ann), Self.comparison(of: ann, .tie, winner: nil, models: ["a", "b", "c"]),
        Self.comparison(of: ann, .noneGood, winner: nil),
      ]
      for comparison in all + [Self.comparison(of: bob)] {
        try await stores.comparisons.insert(comparison, limit: 3)
      }
      let full = await Self.refusal { () throws(DomainError) in
        try await stores.comparisons.insert(Self.comparison(of: ann), limit: 3)
      }
      #expect(full == .quota)
      let first = try await stores.comparisons.comparisons(owner: ann, after: nil, limit: 2)
      #expect(first.comparisons == [all[2], all[1]])
      let rest = try await stores.comparisons.comparisons(owner: ann, after: first.next, limit: 2)
      #expect(rest == ComparisonPage(comparisons: [all[0]]))

      #expect(try await stores.comparisons.delete(all[0].id, owner: bob) == false)
      #expect(try await stores.comparisons.delete(all[0].id, owner: ann))
      #expect(try await stores.count("comparison_replies") == 7)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a model's wins, losses and ties are counted over its user's votes`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      for comparison in [
        Self.comparison(of: ann, winner: 1), Self.comparison(of: ann, winner: 1, models: ["b", "a", "c"]),
        Self.comparison(of: ann, .tie, winner: nil), Self.comparison(of: ann, .noneGood, winner: nil),
        Self.comparison(of: bob, winner: 0),
      ] { try await stores.comparisons.insert(comparison, limit: 9) }
      var (a, b, c) = (ModelScore(model: "a"), ModelScore(model: "b"), ModelScore(model: "c"))
      (a.wins, a.losses, a.ties, a.rejected) = (1, 1, 1, 1)
      (b.wins, b.losses, b.ties, b.rejected) = (1, 1, 1, 1)
      c.losses = 1
      #expect(try await stores.comparisons.scores(owner: ann) == [a, b, c])
    }
  }
}
