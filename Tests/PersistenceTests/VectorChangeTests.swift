import Domain
import Persistence
import SQLAccess
import TestDatabases
import Testing

/// Another model's vectors come to be beside those that an index is searched by, and take their place all at once.
@Suite struct VectorChangeTests {
  private static let seal = ColumnSeal(
    seal: { bytes, context in Array((context + "|").utf8) + bytes.reversed() },
    open: { bytes, context in
      let head = Array((context + "|").utf8)
      guard bytes.starts(with: head) else { throw CancellationError() }
      return bytes.dropFirst(head.count).reversed()
    })

  private struct Scene {
    let stores: Stores
    let user: UserID
    let id = IndexID.make()
    let indexes: IndexStore
    let documents: IndexDocumentStore
    let vectors: VectorStore
    let change: VectorChange

    static let old = EmbeddingModel(backend: "mock", model: "old")
    static let new = EmbeddingModel(backend: "https://h.example/v1", model: "new", key: "sk-new")

    init(_ stores: Stores) async throws {
      self.stores = stores
      user = try await stores.addUser("ada")
      indexes = IndexStore(stores.database, seal: seal)
      documents = IndexDocumentStore(stores.database)
      vectors = VectorStore(stores.database, seal: seal)
      change = VectorChange(stores.database, seal: seal)
      try await indexes.insert(
        RetrievalIndex(
          id: id, userID: user, name: "docs", createdAt: Timestamp(milliseconds: 1),
          vectors: IndexVectors(model: Self.old, embedded: 0, dimensions: nil, problem: nil, removals: 0)),
        limit: 10)
    }

    func add(_ texts: [String], as name: String) async throws {
      let document = IndexedDocument(
        id: .make(), indexID: id, userID: user, name: name, kind: .plain, contentHash: name, size: 10,
        passages: texts.count, createdAt: Timestamp(milliseconds: 1))
      try await documents.begin(document)
      try await documents.add(
        texts.enumerated().map {
          Passage(place: $0, range: $0..<($0 + 1), headings: [], page: nil, text: $1)
        },
        to: document.id)
      #expect(try await documents.publish(document.id))
    }

    /// Gives what waits its vectors, at most so many of each goal's passages; says how many got one.
    @discardableResult
    func embed(_ most: Int = 100, size: Int) async throws -> Int {
      guard let batch = try await vectors.unembedded(passing: [], limit: most) else { return 0 }
      let made = try batch.passages.map { ($0.number, try #require(QuantisedVector(Self.vector(size)))) }
      try await vectors.store(Dictionary(uniqueKeysWithValues: made), for: batch.goal)
      return made.count
    }

    static func vector(_ size: Int) -> [Float] { [Float](repeating: 1, count: size) }

    var index: RetrievalIndex {
      get async throws { try #require(try await indexes.index(id, owner: user)) }
    }

    /// How many vectors an index is searched by, and how many numbers each has.
    func searched() async throws -> [Int] {
      guard let now = try await index.vectors else { return [] }
      return try await vectors.vectors(of: id, side: now.side, after: 0, limit: 100).vectors
        .compactMap { QuantisedVector(stored: $0.stored)?.values.count }
    }
  }

  @Test(arguments: TestDatabase.all)
  func `an index is searched by its old vectors until the new ones are complete, and then by these`(
    kind: TestDatabase
  ) async throws {
    try await kind.run { stores in
      let scene = try await Scene(stores)
      try await scene.add(["apples", "pears", "plums"], as: "a")
      #expect(try await scene.embed(size: 2) == 3)
      #expect(try await scene.change.begin(Scene.new, of: scene.id, owner: .make()) == false, "another's")
      #expect(try await scene.change.begin(Scene.new, of: scene.id, owner: scene.user))
      #expect(try await scene.change.begin(Scene.old, of: scene.id, owner: scene.user) == false, "one by one")
      #expect(try await scene.embed(2, size: 4) == 2)
      var index = try await scene.index
      #expect(index.next?.model == Scene.new && index.next?.embedded == 2 && index.next?.state == .making)
      #expect(index.vectors?.model == Scene.old && index.vectors?.embedded == 3)
      #expect(try await scene.change.takeComplete().isEmpty)
      #expect(try await scene.searched() == [2, 2, 2])
      // A document that comes in meanwhile has both to wait for.
      try await scene.add(["figs"], as: "b")
      #expect(try await scene.embed(size: 2) == 1, "first what the index is searched by")
      #expect(try await scene.embed(size: 4) == 1)
      #expect(try await scene.change.takeComplete().isEmpty)
      #expect(try await scene.embed(size: 4) == 1)
      let removals = index.vectors?.removals
      #expect(try await scene.change.takeComplete() == [scene.id])
      #expect(try await scene.change.takeComplete().isEmpty)
      index = try await scene.index
      #expect(index.next == nil && index.vectors?.model == Scene.new, "its key went along")
      #expect(index.vectors?.embedded == 4 && index.vectors?.dimensions == 4)
      #expect(index.vectors?.removals != removals, "who holds the old ones learns of it")
      #expect(try await scene.searched() == [4, 4, 4, 4])
      #expect(try await scene.embed(size: 4) == 0)
      // The old ones are cleared, and nothing else is.
      while try await scene.change.clear(nil) {}
      #expect(try await stores.count("passage_vectors") == 0)
      #expect(try await scene.searched() == [4, 4, 4, 4])
      // What comes in has the same text's vector of the new model.
      try await scene.add(["apples"], as: "c")
      #expect(try await scene.searched() == [4, 4, 4, 4, 4])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `what is stopped leaves the index as it was, and what rests goes on where it was`(kind: TestDatabase)
    async throws
  {
    try await kind.run { stores in
      let scene = try await Scene(stores)
      try await scene.add(["apples", "pears"], as: "a")
      try await scene.embed(size: 2)
      #expect(try await scene.change.set(.paused, of: scene.id, owner: scene.user) == false, "there is none")
      #expect(try await scene.change.begin(Scene.new, of: scene.id, owner: scene.user))
      let goal = try #require(try await scene.vectors.unembedded(passing: [], limit: 1))
      try await scene.embed(1, size: 4)
      try await scene.vectors.note("It is down.", for: goal.goal)
      let noted = try await scene.index
      #expect(noted.next?.problem == "It is down." && noted.vectors?.problem == nil)
      #expect(try await scene.change.set(.paused, of: scene.id, owner: .make()) == false, "another's")
      #expect(try await scene.change.set(.paused, of: scene.id, owner: scene.user))
      #expect(try await scene.vectors.unembedded(passing: [], limit: 10) == nil)
      #expect(try await scene.change.clear(nil) == false, "it goes on with them")
      #expect(try await scene.index.next?.embedded == 1)
      #expect(try await scene.change.set(.making, of: scene.id, owner: scene.user))
      #expect(try await scene.vectors.unembedded(passing: [], limit: 10)?.passages.map(\.text) == ["pears"])
      #expect(try await scene.change.stop(scene.id, owner: .make()) == false, "another's")
      #expect(try await scene.change.stop(scene.id, owner: scene.user))
      #expect(try await scene.change.stop(scene.id, owner: scene.user) == false)
      // Vectors that were on their way are of no use any more, and those of before are cleared first.
      let late = try #require(QuantisedVector(Scene.vector(4)))
      try await scene.vectors.store([goal.passages[0].number + 1: late], for: goal.goal)
      #expect(try await stores.count("passage_vectors_b") == 1)
      #expect(try await scene.change.begin(Scene.new, of: scene.id, owner: scene.user) == false)
      while try await scene.change.clear(scene.id) {}
      #expect(try await stores.count("passage_vectors_b") == 0)
      #expect(try await scene.change.begin(Scene.new, of: scene.id, owner: scene.user))
      #expect(try await scene.index.next?.embedded == 0)
      #expect(try await scene.searched() == [2, 2])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `an index without a model has no vectors, and gets those of one that it is given`(kind: TestDatabase)
    async throws
  {
    try await kind.run { stores in
      let scene = try await Scene(stores)
      try await scene.add(["apples", "pears"], as: "a")
      try await scene.embed(size: 2)
      #expect(try await scene.change.drop(scene.id, owner: .make()) == false, "another's")
      #expect(try await scene.change.drop(scene.id, owner: scene.user))
      let plain = try await scene.index
      #expect(plain.vectors == nil && plain.documents == 1)
      #expect(try await scene.vectors.unembedded(passing: [], limit: 10) == nil)
      #expect(try await scene.change.begin(Scene.new, of: scene.id, owner: scene.user))
      #expect(try await scene.embed(size: 4) == 2)
      #expect(try await scene.change.takeComplete() == [scene.id])
      while try await scene.change.clear(nil) {}
      #expect(try await scene.searched() == [4, 4])
      #expect(
        try await stores.count("passage_vectors") + stores.count("passage_vectors_b") == 2)
      #expect(try await scene.change.drop(scene.id, owner: scene.user))
      while try await scene.change.clear(nil) {}
      #expect(
        try await stores.count("passage_vectors") + stores.count("passage_vectors_b") == 0)
    }
  }
}
