import Domain
import Persistence
import SQLAccess
import TestDatabases
import Testing

@Suite struct IndexStoreTests {
  private struct Scene {
    let stores: Stores
    let user: UserID
    let indexes: IndexStore
    let documents: IndexDocumentStore
    let search: PassageSearch

    init(_ stores: Stores, _ user: UserID) {
      self.stores = stores
      self.user = user
      indexes = IndexStore(
        stores.database, seal: ColumnSeal(seal: { bytes, _ in bytes }, open: { bytes, _ in bytes }))
      documents = IndexDocumentStore(stores.database)
      search = PassageSearch(stores.database)
    }

    func index(_ name: String) async throws -> RetrievalIndex {
      let index = RetrievalIndex(id: .make(), userID: user, name: name, createdAt: Timestamp(milliseconds: 1))
      try await indexes.insert(index, limit: 10)
      return index
    }

    func begin(_ texts: [String], as name: String, in index: RetrievalIndex) async throws -> DocumentID {
      let document = IndexedDocument(
        id: .make(), indexID: index.id, userID: user, name: name, kind: .plain, contentHash: "h", size: 10,
        passages: texts.count, createdAt: Timestamp(milliseconds: 1))
      try await documents.begin(document)
      try await documents.add(
        texts.enumerated().map {
          Passage(place: $0, range: $0..<($0 + 1), headings: ["Top", "Low"], page: nil, text: $1)
        }, to: document.id)
      return document.id
    }

    func found(_ question: String, in index: RetrievalIndex) async throws -> [String] {
      let numbers = try await search.ranked(
        PassageWords.phrases(of: question), in: index.id, limit: 10
      ).map(\.passage)
      let passages = try await search.passages(numbered: numbers, owner: user)
      return numbers.compactMap { passages[$0]?.passage.text }
    }
  }

  private func scene(_ kind: TestDatabase, _ body: (Scene) async throws -> Void) async throws {
    try await kind.run { stores in
      try await body(Scene(stores, try await stores.addUser("ada")))
    }
  }

  @Test(arguments: TestDatabase.all)
  func `the key of a reranker is kept sealed, for its server alone, and goes with it`(kind: TestDatabase)
    async throws
  {
    try await scene(kind) { scene in
      let seal = ColumnSeal(
        seal: { bytes, context in Array((context + "|").utf8) + bytes.reversed() },
        open: { bytes, context in
          let head = Array((context + "|").utf8)
          guard bytes.starts(with: head) else { throw CancellationError() }
          return bytes.dropFirst(head.count).reversed()
        })
      let indexes = IndexStore(scene.stores.database, seal: seal)
      let judge = RerankingModel(backend: "https://h.example/v1", model: "judge", key: "sk-secret")
      let index = RetrievalIndex(
        id: .make(), userID: scene.user, name: "docs", createdAt: Timestamp(milliseconds: 1), reranker: judge)
      try await indexes.insert(index, limit: 10)
      #expect(try await indexes.index(index.id, owner: scene.user)?.reranker == judge)
      func stored() async throws -> [UInt8]? {
        try await scene.stores.database.read { transaction in
          let row = try transaction.first(
            "SELECT sealed_rerank_key FROM retrieval_indexes WHERE id = \(index.id)")
          return try row?.get("sealed_rerank_key")
        }
      }
      #expect(!String(decoding: try #require(try await stored()), as: UTF8.self).contains("sk-secret"))
      // Whoever writes another server into the row does not get it.
      _ = try await scene.stores.database.write { transaction in
        try transaction.execute("UPDATE retrieval_indexes SET rerank_backend = 'https://evil.example/v1'")
      }
      let moved = try await indexes.index(index.id, owner: scene.user)?.reranker
      #expect(moved?.backend == "https://evil.example/v1" && moved?.key == nil)
      #expect(try await indexes.set(nil, of: index.id, owner: .make()) == false, "another's")
      #expect(try await indexes.set(nil, of: index.id, owner: scene.user))
      #expect(try await indexes.index(index.id, owner: scene.user)?.reranker == nil)
      #expect(try await stored() == nil)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a document is found when it is published, and takes the place of its name's`(kind: TestDatabase)
    async throws
  {
    try await scene(kind) { scene in
      let index = try await scene.index("docs")
      let first = try await scene.begin(["apples grow", "pears fall"], as: "a", in: index)
      #expect(try await scene.found("apple", in: index) == [])
      #expect(try await scene.documents.publish(first))
      #expect(try await scene.found("apple", in: index) == ["apples grow"])
      let second = try await scene.begin(["plums grow"], as: "a", in: index)
      #expect(try await scene.found("apple", in: index) == ["apples grow"], "what was there, until then")
      #expect(try await scene.documents.publish(second))
      #expect(try await scene.found("apple", in: index) == [])
      #expect(try await scene.found("grow", in: index) == ["plums grow"])
      while try await scene.documents.sweep() {}
      #expect(try await scene.stores.count("index_passages") == 1)
      #expect(try await scene.stores.count("passage_search") == 1)
      #expect(try await scene.indexes.index(index.id, owner: scene.user)?.passages == 1)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `in a large index the rare words choose, and common ones are found where there are no others`(
    kind: TestDatabase
  ) async throws {
    try await scene(kind) { scene in
      let index = try await scene.index("docs")
      let other = try await scene.index("other")
      // More than a ranking looks at of one word, among others' that have the same words.
      let texts = (0..<2400).map { number in
        let rest = number == 333 ? "zebra" : number % 3 == 0 ? "lamp" : "chair"
        return "今天 the stone river \(rest) stands \(number % 7 == 0 ? "quietly" : "openly")"
      }
      for (name, index, texts) in [("a", index, texts[...]), ("b", other, texts.prefix(300))] {
        let document = try await scene.begin(Array(texts), as: name, in: index)
        #expect(try await scene.documents.publish(document))
      }
      func found(_ question: String) async throws -> [FoundPassage] {
        let numbers = try await scene.search.ranked(
          PassageWords.phrases(of: question), in: index.id, limit: 10
        ).map(\.passage)
        let passages = try await scene.search.passages(numbered: numbers, owner: scene.user)
        return numbers.compactMap { passages[$0] }
      }
      let rare = try await found("Which stone and river has the zebra?")
      #expect(rare.first?.passage.place == 333 && rare.count == 10)
      #expect(rare.allSatisfy { $0.document == "a" }, "another index has the same words")
      let together = try await found("lamp quietly")
      #expect(together.count == 10)
      #expect(together.allSatisfy { $0.passage.text.contains("lamp") && $0.passage.text.contains("quietly") })
      let both = try await found("openly stone")
      #expect(both.count == 10 && both.allSatisfy { $0.passage.text.contains("openly") })
      let common = try await found("stone")
      #expect(common.count == 10 && common.allSatisfy { $0.document == "a" })
      #expect(try await found("今天的斑马").count == 10)
      #expect(try await found("giraffe").isEmpty)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `passages that an earlier version stored are taken into the search`(kind: TestDatabase) async throws {
    try await scene(kind) { scene in
      guard scene.stores.database.dialect != .sqlite else { return }
      let index = try await scene.index("docs")
      let texts = (0..<120).map { "the river \($0) 石头" }
      #expect(try await scene.documents.publish(try await scene.begin(texts, as: "Größe", in: index)))
      _ = try await scene.stores.database.write { transaction in
        try transaction.execute("UPDATE passage_search SET terms = NULL")
        return try transaction.execute(
          "UPDATE search_backlog SET done = 0, last = (SELECT MAX(number) FROM index_passages) WHERE name = 'passages'"
        )
      }
      #expect(try await scene.found("77", in: index) == [])
      while try await scene.search.indexBacklog() {}
      #expect(try await scene.found("77", in: index) == [texts[77]])
      #expect(try await scene.found("石头", in: index).count == scene.found("größe", in: index).count)
      #expect(try await scene.search.indexBacklog() == false)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `what is there under a name is told by it, in its index and for its user alone`(
    kind: TestDatabase
  ) async throws {
    try await scene(kind) { scene in
      let index = try await scene.index("docs")
      let other = try await scene.index("other")
      let document = try await scene.begin(["apples"], as: "a", in: index)
      #expect(
        try await scene.documents.document(.named("a", in: index.id), owner: scene.user) == nil,
        "it is not there yet")
      #expect(try await scene.documents.publish(document))
      let found = try await scene.documents.document(.named("a", in: index.id), owner: scene.user)
      #expect(found?.id == document)
      for (name, index, owner) in [("b", index, scene.user), ("a", other, scene.user), ("a", index, .make())]
      {
        #expect(try await scene.documents.document(.named(name, in: index.id), owner: owner) == nil)
      }
      let held = try await scene.indexes.indexes(owner: scene.user)
      #expect(held.map(\.name) == ["docs", "other"])
      #expect(
        held.map(\.documents) == [1, 0] && held.map(\.passages) == [1, 0] && held.map(\.size) == [10, 0])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `what a killed server left half made is cleared`(kind: TestDatabase) async throws {
    try await scene(kind) { scene in
      let index = try await scene.index("docs")
      let half = try await scene.begin(["apples"], as: "a", in: index)
      try await scene.search.forgetUnfinished()
      #expect(try await scene.documents.publish(half) == false)
      while try await scene.documents.sweep() {}
      #expect(try await scene.stores.count("index_documents") == 0)
      #expect(try await scene.stores.count("passage_search") == 0)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `an index goes with its documents, and one that comes in meanwhile is not published`(
    kind: TestDatabase
  ) async throws {
    try await scene(kind) { scene in
      let index = try await scene.index("docs")
      let other = try await scene.index("other")
      #expect(try await scene.documents.publish(try await scene.begin(["apples"], as: "a", in: index)))
      #expect(try await scene.documents.publish(try await scene.begin(["apples too"], as: "a", in: other)))
      let coming = try await scene.begin(["late apples"], as: "b", in: index)
      #expect(try await scene.indexes.delete(index.id, owner: UserID.make()) == false)
      #expect(try await scene.indexes.delete(index.id, owner: scene.user))
      #expect(try await scene.documents.publish(coming) == false)
      #expect(try await scene.found("apples", in: index) == [])
      #expect(try await scene.found("apples", in: other) == ["apples too"])
      while try await scene.documents.sweep() {}
      #expect(try await scene.stores.count("passage_search") == 1)
      let again = try await scene.index("docs")
      #expect(again.name == "docs")
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a user's passages go with the account, their words too`(kind: TestDatabase) async throws {
    try await scene(kind) { scene in
      let index = try await scene.index("docs")
      #expect(try await scene.documents.publish(try await scene.begin(["apples"], as: "a", in: index)))
      let user = scene.user
      _ = try await scene.stores.database.write { try $0.execute("DELETE FROM users WHERE id = \(user)") }
      while try await scene.documents.sweep() {}
      for table in ["index_documents", "index_passages", "passage_search"] {
        #expect(try await scene.stores.count(table) == 0, "\(table)")
      }
    }
  }
}
