import Domain
import Services
import Synchronization
import Testing

/// Another embedding model for an index: found by the old one until the new one has all, and never by both.
struct ReembeddingTests {
  /// Models that put what they know into different places, and of which one may fail.
  private final class Models: TextEmbedding {
    let failure = Mutex<[String: DomainError]>([:])
    let asked = Mutex<[String]>([])

    func vectors(
      of texts: [String], at address: EngineAddress, limit: Double
    ) async throws(DomainError) -> [[Float]] {
      asked.withLock { $0 += texts.map { "\(address.model): \($0)" } }
      if let failure = failure.withLock({ $0[address.model] }) { throw failure }
      let size = address.model == "small" ? 3 : 5
      return texts.map { text in
        var vector = [Float](repeating: 0.1, count: size)
        if text.contains("cat") || text.contains("feline") { vector[size - 1] = 1 }
        return vector
      }
    }
  }

  private static func model(_ name: String) -> EmbeddingModel { EmbeddingModel(backend: "p", model: name) }

  private static func running(_ indexes: IndexService, _ body: () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await indexes.run() }
      try await body()
      group.cancelAll()
    }
  }

  private static func add(_ text: String, to indexes: IndexService, _ user: UserID) async throws {
    let intake = try await indexes.begin("\(text.count)", in: "docs", for: user)
    try await intake.write(Array(text.utf8))
    _ = try await indexes.finish(intake, for: user)
  }

  @Test func `a model takes over when it has all vectors, and until then the one before is asked`()
    async throws
  {
    try await Scene.run { scene in
      let models = Models()
      let indexes = try scene.makeIndexes(models)
      _ = try await indexes.create("docs", model: Self.model("small"), for: scene.user)
      try await Self.add("A feline sleeps.", to: indexes, scene.user)
      try await Self.add("An automobile drives on.", to: indexes, scene.user)
      func standing() async throws -> RetrievalIndex { try await indexes.index("docs", of: scene.user) }
      func found() async throws -> IndexSearch {
        try await indexes.explainedSearch("cat", in: "docs", of: scene.user, count: 1)
      }
      // One that does not answer is told of, and nothing is changed.
      models.failure.withLock { $0["large"] = DomainError(.upstreamUnreachable, "It is away.") }
      await #expect(throws: DomainError.self) {
        try await indexes.reembed("docs", by: Self.model("large"), of: scene.user)
      }
      #expect(try await standing().next == nil)
      models.failure.withLock { $0 = [:] }
      try await Self.running(indexes) {
        try await scene.wait { try await standing().vectors?.embedded == 2 }
      }
      // The server stops in the midst, and the next one's model fails: the index is found as before.
      #expect(
        try await indexes.reembed("docs", by: Self.model("large"), of: scene.user).next?.model.model
          == "large")
      models.failure.withLock { $0["large"] = DomainError(.upstreamUnreachable, "It is away.") }
      let next = try scene.makeIndexes(models)
      try await Self.running(next) {
        try await scene.wait { try await standing().next?.problem == "It is away." }
        let search = try await next.explainedSearch("cat", in: "docs", of: scene.user, count: 1)
        #expect(search.passages.map(\.document) == ["16"] && search.vectorProblem == nil)
      }
      #expect(try await standing().vectors?.dimensions == 3)
      // It rests, goes on, and is there.
      models.failure.withLock { $0 = [:] }
      #expect(try await indexes.change(.pause, in: "docs", of: scene.user).next?.state == .paused)
      let last = try scene.makeIndexes(models)
      try await Self.running(last) {
        _ = try await last.change(.resume, in: "docs", of: scene.user)
        try await scene.wait { try await standing().next == nil }
        #expect(try await standing().vectors?.model == Self.model("large"))
        let search = try await last.explainedSearch("cat", in: "docs", of: scene.user, count: 1)
        #expect(search.passages.map(\.document) == ["16"] && search.vectorProblem == nil)
        #expect(models.asked.withLock { $0.last } == "large: cat")
      }
      #expect(try await standing().vectors?.dimensions == 5)
      // The service of before held the old vectors in memory, and has the new ones with the next question.
      #expect(try await found().passages.map(\.document) == ["16"])
    }
  }

  @Test func `a model that is gone does not keep the one that is to follow it waiting`() async throws {
    try await Scene.run { scene in
      let models = Models()
      let indexes = try scene.makeIndexes(models)
      models.failure.withLock { $0["small"] = DomainError(.upstreamUnreachable, "It is gone.") }
      _ = try await indexes.create("docs", model: Self.model("small"), for: scene.user)
      try await Self.add("A feline sleeps.", to: indexes, scene.user)
      try await Self.running(indexes) {
        try await scene.wait {
          try await indexes.index("docs", of: scene.user).vectors?.problem == "It is gone."
        }
        _ = try await indexes.reembed("docs", by: Self.model("large"), of: scene.user)
        try await scene.wait {
          let vectors = try await indexes.index("docs", of: scene.user).vectors
          return vectors?.model == Self.model("large") && vectors?.problem == nil
        }
      }
      let index = try await indexes.index("docs", of: scene.user)
      #expect(index.vectors?.embedded == 1 && index.next == nil)
    }
  }

  @Test func `an index without a model says that its vectors are not complete, and is found by words`()
    async throws
  {
    try await Scene.run { scene in
      let models = Models()
      let indexes = try scene.makeIndexes(models)
      _ = try await indexes.create("docs", for: scene.user)
      try await Self.add("A feline sleeps.", to: indexes, scene.user)
      _ = try await indexes.reembed("docs", by: Self.model("small"), of: scene.user)
      let search = try await indexes.explainedSearch("felines", in: "docs", of: scene.user, count: 1)
      #expect(search.passages.map(\.document) == ["16"] && search.byVector == nil)
      #expect(search.vectorProblem == "The vectors of the new model are not complete: 0 of 1.")
      #expect(try await indexes.change(.stop, in: "docs", of: scene.user).next == nil)
      await #expect(throws: DomainError.self) {
        try await indexes.change(.resume, in: "docs", of: scene.user)
      }
      await #expect(throws: DomainError.self) {
        try await indexes.reembed("docs", by: Self.model("small"), of: .make())
      }
      _ = try await indexes.reembed("docs", by: Self.model("large"), of: scene.user)
      try await Self.running(indexes) {
        try await scene.wait {
          try await indexes.index("docs", of: scene.user).vectors?.model.model == "large"
        }
        let found = try await indexes.search("a cat", in: "docs", of: scene.user, count: 1)
        #expect(found.first?.vectorRank == 1)
        #expect(try await indexes.dropVectors(of: "docs", of: scene.user).vectors == nil)
        #expect(try await indexes.search("cat", in: "docs", of: scene.user, count: 1).isEmpty)
      }
    }
  }
}
