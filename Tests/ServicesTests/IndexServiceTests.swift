import Domain
import Services
import Synchronization
import Testing

/// Vectors of indexes: made in the background, kept where texts stay, and never in the way of a search by words.
struct IndexServiceTests {
  /// A model that knows what a few words mean.
  private final class Meaning: TextEmbedding {
    struct State {
      var asked: [String] = []
      var addresses: [EngineAddress] = []
      var failure: DomainError?
      var size = 4
    }

    let state = Mutex(State())

    private static let meanings = [["cat", "feline"], ["car", "automobile"], ["moon", "lunar"]]

    func vectors(
      of texts: [String], at address: EngineAddress, limit: Double
    ) async throws(DomainError) -> [[Float]] {
      let (failure, size) = state.withLock { state in
        state.asked += texts
        state.addresses.append(address)
        return (state.failure, state.size)
      }
      if let failure { throw failure }
      return texts.map { text in
        var vector = [Float](repeating: 0.1, count: size)
        for (place, words) in Self.meanings.enumerated()
        where words.contains(where: text.lowercased().contains) {
          vector[place] = 1
        }
        return vector
      }
    }

    var asked: [String] { state.withLock(\.asked) }
  }

  private static let model = EmbeddingModel(backend: "p", model: "meaning")

  private static func add(
    _ text: String, as name: String, to indexes: IndexService, _ user: UserID
  ) async throws -> Bool {
    let intake = try await indexes.begin(name, in: "docs", for: user)
    try await intake.write(Array(text.utf8))
    return try await indexes.finish(intake, for: user).isNew
  }

  /// Runs the service meanwhile.
  private static func running(
    _ indexes: IndexService, _ body: () async throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await indexes.run() }
      try await body()
      group.cancelAll()
    }
  }

  private static func vectors(_ indexes: IndexService, _ user: UserID) async throws -> IndexVectors {
    try #require(try await indexes.index("docs", of: user).vectors)
  }

  @Test func `a passage is found by its meaning, and with its words too it stands first`() async throws {
    try await Scene.run { scene in
      let meaning = Meaning()
      let indexes = try scene.makeIndexes(meaning)
      _ = try await indexes.create("docs", model: Self.model, for: scene.user)
      for (name, text) in [
        ("a", "A feline sleeps."), ("b", "An automobile drives."), ("c", "The lunar cat."),
      ] {
        #expect(try await Self.add(text, as: name, to: indexes, scene.user))
      }
      let before = try await indexes.explainedSearch("cat", in: "docs", of: scene.user, count: 2)
      #expect(before.passages.map(\.document) == ["c"] && before.byVector == nil)
      #expect(before.vectorProblem?.contains("no vectors yet") == true)
      try await Self.running(indexes) {
        try await scene.wait { try await Self.vectors(indexes, scene.user).embedded == 3 }
      }
      #expect(try await Self.vectors(indexes, scene.user).dimensions == 4)
      let search = try await indexes.explainedSearch("cat", in: "docs", of: scene.user, count: 2)
      #expect(search.passages.map(\.document) == ["c", "a"] && search.vectorProblem == nil)
      #expect(search.passages.map(\.textRank) == [1, nil] && search.byVector == 3)
      #expect(meaning.state.withLock { $0.addresses.allSatisfy { $0.model == "meaning" && !$0.isForeign } })
    }
  }

  @Test func `what did not change is not embedded again, and what went is found no more`() async throws {
    try await Scene.run { scene in
      let meaning = Meaning()
      let indexes = try scene.makeIndexes(meaning)
      _ = try await indexes.create("docs", model: Self.model, for: scene.user)
      let kept = "# One\n\n" + String(repeating: "A cat sleeps all day long. ", count: 60)
      _ = try await Self.add(kept + "\n\n# Two\n\nAn automobile.", as: "a.md", to: indexes, scene.user)
      try await Self.running(indexes) {
        try await scene.wait {
          let index = try await indexes.index("docs", of: scene.user)
          return index.vectors?.embedded == index.passages
        }
        let first = meaning.asked
        #expect(first.count > 1 && first.contains { $0.contains("automobile") })
        _ = try await indexes.search("lunar", in: "docs", of: scene.user, count: 1)
        _ = try await Self.add(kept + "\n\n# Two\n\nThe moon.", as: "a.md", to: indexes, scene.user)
        try await scene.wait {
          let index = try await indexes.index("docs", of: scene.user)
          return index.vectors?.embedded == index.passages
        }
        let later = meaning.asked.dropFirst(first.count + 1)
        #expect(later.count == 1 && later.first?.contains("The moon.") == true, "\(Array(later))")
        let found = try await indexes.search("lunar", in: "docs", of: scene.user, count: 1)
        #expect(found.first?.passage.text.contains("moon") == true)
        let gone = try await indexes.search("automobile", in: "docs", of: scene.user, count: 50)
        #expect(!gone.contains { $0.passage.text.contains("automobile") })
      }
    }
  }

  @Test func `a backend that fails leaves the words, says so, and is asked again by the next server`()
    async throws
  {
    try await Scene.run { scene in
      let meaning = Meaning()
      meaning.state.withLock {
        $0.failure = DomainError(.upstreamFailed, "It is down.", hint: "Start it.", origin: .upstream)
      }
      let indexes = try scene.makeIndexes(meaning)
      _ = try await indexes.create("docs", model: Self.model, for: scene.user)
      _ = try await Self.add("A feline sleeps.", as: "a", to: indexes, scene.user)
      try await Self.running(indexes) {
        try await scene.wait {
          try await Self.vectors(indexes, scene.user).problem == "It is down. Start it."
        }
      }
      // The passage, and a word of which any model has a vector: it is not the passage's fault.
      #expect(meaning.asked == ["A feline sleeps.", "Hello"], "it is not asked over and over")
      let words = try await indexes.explainedSearch("felines", in: "docs", of: scene.user, count: 2)
      #expect(words.passages.map(\.document) == ["a"] && words.vectorProblem == "It is down. Start it.")
      meaning.state.withLock { $0.failure = nil }
      let next = try scene.makeIndexes(meaning)
      try await Self.running(next) {
        try await scene.wait { try await Self.vectors(next, scene.user).embedded == 1 }
      }
      #expect(try await Self.vectors(next, scene.user).problem == nil)
      #expect(try await next.search("cat", in: "docs", of: scene.user, count: 1).map(\.document) == ["a"])
      // A question that cannot be embedded is looked up by its words.
      meaning.state.withLock { $0.failure = DomainError(.timedOut, "It is slow.") }
      let slow = try await next.explainedSearch("feline", in: "docs", of: scene.user, count: 1)
      #expect(slow.passages.map(\.document) == ["a"] && slow.vectorProblem == "It is slow.")
      // Another model under the same name is not mixed in.
      meaning.state.withLock { ($0.failure, $0.size) = (nil, 8) }
      _ = try await Self.add("The moon.", as: "b", to: next, scene.user)
      let third = try scene.makeIndexes(meaning)
      try await Self.running(third) {
        try await scene.wait {
          try await Self.vectors(third, scene.user).problem?.contains("8 numbers where it gave 4") == true
        }
      }
      #expect(try await third.search("moon", in: "docs", of: scene.user, count: 1).map(\.document) == ["b"])
    }
  }

  /// Judges by the length of a text, and may fail.
  private final class Judge: TextRanking {
    let state = Mutex<(asked: [[String]], failure: DomainError?)>(([], nil))

    func scores(
      of texts: [String], for question: String, at address: EngineAddress, limit: Double
    ) async throws(DomainError) -> [Double?] {
      let failure = state.withLock { state in
        state.asked.append(texts)
        return state.failure
      }
      if let failure { throw failure }
      return texts.map { -Double($0.count) }
    }
  }

  @Test func `a reranker has the last word on the order, until it fails`() async throws {
    try await Scene.run { scene in
      let judge = Judge()
      let indexes = try scene.makeIndexes(Meaning(), judge)
      let model = RerankingModel(backend: "p", model: "judge")
      _ = try await indexes.create("docs", rerankedBy: model, for: scene.user)
      let long = "# Long\n\nA zebra, a zebra and a zebra: zebras in the rain."
      _ = try await Self.add(long, as: "a.md", to: indexes, scene.user)
      _ = try await Self.add("A zebra once was here.", as: "b.md", to: indexes, scene.user)
      _ = try await Self.add("Nothing of it.", as: "c.md", to: indexes, scene.user)
      let search = try await indexes.explainedSearch("zebras", in: "docs", of: scene.user, count: 2)
      #expect(search.passages.map(\.document) == ["b.md", "a.md"] && search.reranked == 2)
      #expect(search.passages.map(\.textRank) == [2, 1])
      // Below its document and its titles, and nothing that was not found.
      #expect(judge.state.withLock { $0.asked.last }?.first?.hasPrefix("a.md › Long\n\n") == true)
      judge.state.withLock { $0.failure = DomainError(.timedOut, "It is slow.") }
      let kept = try await indexes.explainedSearch("zebras", in: "docs", of: scene.user, count: 2)
      #expect(kept.passages.map(\.document) == ["a.md", "b.md"])
      #expect(kept.reranked == 0 && kept.rerankProblem == "It is slow.")
      #expect(kept.passages.allSatisfy { $0.rerankScore == nil })
      // One passage has no order: nobody is asked.
      let asked = judge.state.withLock { $0.asked.count }
      _ = try await indexes.search("nothing", in: "docs", of: scene.user, count: 1)
      #expect(judge.state.withLock { $0.asked.count } == asked)
      _ = try await indexes.rerank("docs", by: nil, of: scene.user)
      #expect(
        try await indexes.explainedSearch("zebras", in: "docs", of: scene.user, count: 1).reranked == nil)
    }
  }

  @Test(arguments: [
    EmbeddingModel(backend: "nobody", model: "m"), EmbeddingModel(backend: "p", model: ""),
    EmbeddingModel(backend: "p", model: "m", key: "sk-1"), EmbeddingModel(backend: "ollama", model: "m"),
    EmbeddingModel(backend: "http://u:p@h/v1", model: "m"),
    EmbeddingModel(backend: "file:///etc", model: "m"),
    EmbeddingModel(backend: "http://h/v1", model: "m", key: "a key"),
  ])
  func `a backend that cannot be is refused when the index is made`(model: EmbeddingModel) async throws {
    try await Scene.run { scene in
      let indexes = try scene.makeIndexes(Meaning())
      await #expect(throws: DomainError.self) {
        try await indexes.create("docs", model: model, for: scene.user)
      }
      #expect(try await indexes.list(of: scene.user).isEmpty)
    }
  }
}
