import Domain
import Persistence
import SQLAccess
import TestDatabases
import Testing

/// What could not be taken in is listed once, found never, and goes when it is there after all.
@Suite struct FailedDocumentStoreTests {
  private struct Scene {
    let stores: Stores
    let user: UserID
    let index: RetrievalIndex
    let indexes: IndexStore
    let documents: IndexDocumentStore
    let failures: FailedDocumentStore
    let search: PassageSearch

    init(_ stores: Stores) async throws {
      self.stores = stores
      user = try await stores.addUser("ada")
      indexes = IndexStore(
        stores.database, seal: ColumnSeal(seal: { bytes, _ in bytes }, open: { bytes, _ in bytes }))
      documents = IndexDocumentStore(stores.database)
      failures = FailedDocumentStore(stores.database)
      search = PassageSearch(stores.database)
      let model = EmbeddingModel(backend: "mock", model: "m")
      index = RetrievalIndex(
        id: .make(), userID: user, name: "docs", createdAt: Timestamp(milliseconds: 1),
        vectors: IndexVectors(model: model, embedded: 0, dimensions: nil, problem: nil, removals: 0))
      try await indexes.insert(index, limit: 10)
    }

    func fail(_ name: String, _ code: DomainError.Code = .unsupportedMedia, isKept: Bool = false)
      async throws -> FailedDocument
    {
      let failed = FailedDocument(
        id: .make(), indexID: index.id, userID: user, name: name, kind: .pdf, size: 7,
        reason: DocumentFailure(code: code, message: "\(name) 读不了。", hint: "Print it."),
        triedAt: Timestamp(milliseconds: 5), isKept: isKept)
      #expect(try await failures.insert(failed))
      return failed
    }

    func add(_ text: String, as name: String) async throws -> DocumentID {
      let document = IndexedDocument(
        id: .make(), indexID: index.id, userID: user, name: name, kind: .plain, contentHash: "h", size: 10,
        passages: 1, createdAt: Timestamp(milliseconds: 1))
      try await documents.begin(document)
      let passage = Passage(place: 0, range: 0..<1, headings: [], page: nil, text: text)
      try await documents.add([passage], to: document.id)
      #expect(try await documents.publish(document.id))
      return document.id
    }

    func listed() async throws -> [FailedDocument] { try await failures.failures(of: index.id, owner: user) }

    func state() async throws -> RetrievalIndex {
      try #require(try await indexes.index(index.id, owner: user))
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a document that failed is listed once with its last reason, until it is there`(kind: TestDatabase)
    async throws
  {
    try await kind.run { stores in
      let scene = try await Scene(stores)
      _ = try await scene.fail("b.pdf", .timedOut)
      let again = try await scene.fail("b.pdf", isKept: true)
      let other = try await scene.fail("a.pdf")
      #expect(try await scene.listed() == [other, again])
      #expect(try await scene.failures.failure(again.id, owner: scene.user) == again)
      #expect(try await scene.failures.failure(again.id, owner: .make()) == nil, "another's")
      #expect(try await scene.failures.failures(of: scene.index.id, owner: .make()).isEmpty)
      let index = try await scene.state()
      #expect(index.failed == 2 && index.documents == 0 && index.passages == 0 && index.size == 0)
      #expect(try await scene.documents.documents(of: scene.index.id, owner: scene.user).isEmpty)
      #expect(
        try await scene.documents.document(.named("a.pdf", in: scene.index.id), owner: scene.user) == nil)
      #expect(try await scene.failures.kept(among: [again.id, other.id]) == [again.id])
      // What was kept is storage, what was not is none.
      #expect(
        try await HoldingsStore(stores.database).holdings(of: scene.user)[scene.user]?.storageBytes == 7)
      // It is there after all: another of its name stays away from the list, the others on it.
      _ = try await scene.add("apples", as: "b.pdf")
      #expect(try await scene.listed().map(\.name) == ["a.pdf"])
      #expect(try await scene.failures.kept(among: [again.id]).isEmpty)
      #expect(try await scene.state().documents == 1)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a failure leaves what is there under its name, and goes as a document does`(kind: TestDatabase)
    async throws
  {
    try await kind.run { stores in
      let scene = try await Scene(stores)
      let document = try await scene.add("apples", as: "a.pdf")
      let removals = try await scene.state().vectors?.removals
      let failed = try await scene.fail("a.pdf")
      let ranked = try await scene.search.ranked(
        PassageWords.phrases(of: "apples"), in: scene.index.id, limit: 5)
      #expect(ranked.count == 1, "the document that is there")
      try await scene.failures.forget(named: "a.pdf", in: scene.index.id)
      #expect(try await scene.listed().isEmpty)
      let second = try await scene.fail("a.pdf")
      #expect(try await scene.documents.remove(second.id, owner: .make()) == false, "another's")
      #expect(try await scene.documents.remove(second.id, owner: scene.user))
      #expect(try await scene.listed().isEmpty)
      #expect(try await scene.state().vectors?.removals == removals, "no vector went with it")
      #expect(
        try await scene.documents.document(.id(document), owner: scene.user)?.name == "a.pdf")
      while try await scene.documents.sweep() {}
      #expect(try await stores.count("index_documents") == 1)
      #expect(try await scene.failures.failure(failed.id, owner: scene.user) == nil)
      // An index that is gone lists nothing, and takes its own along.
      _ = try await scene.fail("b.pdf")
      #expect(try await scene.indexes.delete(scene.index.id, owner: scene.user))
      #expect(try await scene.failures.insert(second) == false)
      while try await scene.documents.sweep() {}
      #expect(try await stores.count("index_documents") == 0)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a passage that got no vector is counted, told of, and asked for again when it is wanted`(
    kind: TestDatabase
  ) async throws {
    try await kind.run { stores in
      let scene = try await Scene(stores)
      let vectors = VectorStore(
        stores.database, seal: ColumnSeal(seal: { bytes, _ in bytes }, open: { bytes, _ in bytes }))
      let document = try await scene.add("apples", as: "a")
      let batch = try #require(try await vectors.unembedded(passing: [], limit: 10))
      let passage = try #require(batch.passages.first?.number)
      for _ in 0..<2 { try await vectors.refuse(passage, for: batch.goal, because: "Too long.") }
      #expect(try await vectors.unembedded(passing: [], limit: 10) == nil)
      var state = try #require(try await scene.state().vectors)
      #expect(state.embedded == 1 && state.refused == 1)
      var found = try await scene.documents.document(.id(document), owner: scene.user)
      #expect(found?.refused == 1 && found?.refusal == "Too long.")
      // The same text in another document has no vector of it.
      _ = try await scene.add("apples", as: "b")
      #expect(try await vectors.unembedded(passing: [], limit: 10)?.passages.count == 1)
      #expect(try await scene.failures.retryVectors(of: document, owner: .make()) == false)
      #expect(try await scene.failures.retryVectors(of: document, owner: scene.user))
      #expect(try await scene.failures.retryVectors(of: document, owner: scene.user) == false)
      state = try #require(try await scene.state().vectors)
      found = try await scene.documents.document(.id(document), owner: scene.user)
      #expect(state.embedded == 0 && state.refused == 0 && found?.refused == 0 && found?.refusal == nil)
      #expect(try await vectors.unembedded(passing: [], limit: 10)?.passages.first?.number == passage)
    }
  }
}
