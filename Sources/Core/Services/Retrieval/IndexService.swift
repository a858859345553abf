import Concurrency
package import Domain

/// Users' indexes: documents go in, passages come out.
package struct IndexService: Sendable {
  /// Indexes of a user.
  static let mostIndexes = 100
  /// Passages of an index: as many as are searched within a moment.
  static let mostPassages = 500_000

  private let indexes: any IndexStoring
  private let documents: any DocumentStoring
  private let searching: any PassageSearching
  let vectors: any VectorStoring
  let changing: any VectorChanging
  let embedder: PassageEmbedder
  let reranker: PassageReranker
  let shelf: VectorShelf
  let unread: UnreadDocuments
  private let quotas: UserQuotas
  private let executor: QueueExecutor
  private let digest: @Sendable () -> sending any ContentDigest
  private let pdf: any PDFReading
  private let inflating: any Inflating
  let clock: WallClock
  let log: ServerLog
  private let removed: AsyncStream<Void>
  let removal: AsyncStream<Void>.Continuation
  /// Tells that there may be passages without vectors.
  let unembedded: AsyncStream<Void>
  let embedding: AsyncStream<Void>.Continuation

  /// Throws where the threads that read documents and search vectors cannot be started.
  package init(
    indexes: any IndexStoring, documents: any DocumentStoring, searching: any PassageSearching,
    vectors: any VectorStoring, changing: any VectorChanging, unread: UnreadDocuments,
    embedder: PassageEmbedder, reranker: PassageReranker,
    quotas: UserQuotas,
    digest: @escaping @Sendable () -> sending any ContentDigest, pdf: any PDFReading,
    inflating: any Inflating, clock: WallClock, log: ServerLog
  ) throws {
    self.indexes = indexes
    self.documents = documents
    self.searching = searching
    self.vectors = vectors
    self.changing = changing
    self.unread = unread
    self.embedder = embedder
    self.reranker = reranker
    shelf = try VectorShelf(store: vectors)
    self.quotas = quotas
    self.digest = digest
    self.pdf = pdf
    self.inflating = inflating
    self.clock = clock
    self.log = log
    (removed, removal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    (unembedded, embedding) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    executor = try QueueExecutor(name: "index")
  }

  /// Makes vectors and clears what was taken away, as long as the server runs.
  ///
  /// Also what belonged to accounts that are gone: nobody tells of these, so it looks once a minute.
  package func run() async {
    do {
      try await searching.forgetUnfinished()
    } catch {
      log.warning("an index could not be cleared", ["error": error.debugDescription])
    }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { [removal] in
        while !Task.isCancelled {
          removal.yield()
          try? await Task.sleep(for: .seconds(60))
        }
      }
      group.addTask { await embed() }
      group.addTask { await indexBacklog() }
      for await _ in removed { await sweep() }
      group.cancelAll()
    }
  }

  /// Takes passages of before into the search as this version has it.
  private func indexBacklog() async {
    do {
      while try await searching.indexBacklog(), !Task.isCancelled {}
    } catch {
      log.warning("older passages are not all in the search", ["error": error.debugDescription])
    }
  }

  private func sweep() async {
    do {
      while try await documents.sweep(), !Task.isCancelled {}
      try await unread.sweep()
      while try await changing.clear(nil), !Task.isCancelled {}
    } catch {
      log.warning("an index could not be cleared", ["error": error.debugDescription])
    }
  }

  // MARK: Indexes

  package func list(of user: UserID) async throws(DomainError) -> [RetrievalIndex] {
    try await indexes.indexes(owner: user)
  }

  /// Throws `invalid_input` for a name or a model that it cannot have, `conflict` where the user has one of this name.
  ///
  /// - Parameters:
  ///   - model: what makes its vectors; nil: it is searched by words alone.
  ///   - ranking: what puts its passages into their last order; nil: nothing does.
  package func create(
    _ name: String, model: EmbeddingModel? = nil, rerankedBy ranking: RerankingModel? = nil, for user: UserID
  ) async throws(DomainError) -> RetrievalIndex {
    try Self.check(name: name)
    if let model { try embedder.check(model) }
    if let ranking { try reranker.check(ranking) }
    let index = RetrievalIndex(
      id: .make(), userID: user, name: name, createdAt: clock.now(),
      vectors: model.map {
        IndexVectors(model: $0, embedded: 0, dimensions: nil, problem: nil, removals: 0)
      }, reranker: ranking)
    try await indexes.insert(index, limit: Self.mostIndexes)
    return index
  }

  /// Throws `invalid_input` for a name that an index cannot have.
  static func check(name: String) throws(DomainError) {
    let plain = name.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
    guard (1...64).contains(name.utf8.count), plain, !name.hasPrefix("."), !name.hasPrefix("-") else {
      throw .invalid(
        "An index's name has 1 to 64 letters, digits, dots, hyphens and underlines.",
        hint: "Such as docs-public.")
    }
  }

  /// By its identifier or its name; throws `not_found` for what is not the user's.
  package func index(_ name: String, of user: UserID) async throws(DomainError) -> RetrievalIndex {
    if let id = IndexID(checking: name), let index = try await indexes.index(id, owner: user) { return index }
    if let index = try await indexes.index(named: name, owner: user) { return index }
    throw Self.missing
  }

  /// Gives an index another reranker, or none: what was found before stays as it was shown.
  ///
  /// Throws `invalid_input` for a model that it cannot have.
  package func rerank(
    _ name: String, by model: RerankingModel?, of user: UserID
  ) async throws(DomainError) -> RetrievalIndex {
    let index = try await index(name, of: user)
    if let model { try reranker.check(model) }
    guard try await indexes.set(model, of: index.id, owner: user) else { throw Self.missing }
    return try await self.index(index.id.rawValue, of: user)
  }

  package func delete(_ name: String, of user: UserID) async throws(DomainError) {
    let index = try await index(name, of: user)
    guard try await indexes.delete(index.id, owner: user) else { throw Self.missing }
    removal.yield()
  }

  // MARK: Documents

  package func documents(of name: String, for user: UserID) async throws(DomainError) -> [IndexedDocument] {
    try await documents.documents(of: try await index(name, of: user).id, owner: user)
  }

  /// Throws `not_found` for one that is not the user's.
  package func document(_ id: DocumentID, of user: UserID) async throws(DomainError) -> IndexedDocument {
    guard let document = try await documents.document(.id(id), owner: user) else {
      throw .notFound("The document")
    }
    return document
  }

  /// The passages of a document from `place` on.
  package func passages(
    of document: DocumentID, for user: UserID, from place: Int, limit: Int
  ) async throws(DomainError) -> [Passage] {
    try await searching.passages(of: document, owner: user, from: place, limit: limit)
  }

  /// Begins to take in a document; feed it, then `finish` it.
  ///
  /// Throws `not_found` for an index that is not the user's, `invalid_input` for a name that it cannot have, and
  /// `quota_exceeded` where the user has no room.
  ///
  /// - Parameter expected: bytes that it has about, where that is known.
  package func begin(
    _ document: String, in name: String, for user: UserID, expecting expected: Int64 = 0
  ) async throws(DomainError) -> DocumentIntake {
    let index = try await index(name, of: user)
    try Self.check(document: document)
    if try await quotas.room(of: user) == 0 {
      let full = UserQuota.storageExceeded(room: 0)
      await unread.keep(document, in: index, size: expected, because: full, kept: .nothing)
      throw full
    }
    return DocumentIntake(
      name: document, index: index, executor: executor, digest: digest(), pdf: pdf,
      inflating: inflating, file: unread.arrive(for: user))
  }

  /// Stores what was fed in place of what the index had under its name, and says whether it is new: the same bytes
  /// under the same name are the document that is there already.
  ///
  /// What cannot be taken in is listed with its reason, which is thrown; what was there under its name is found on.
  package func finish(
    _ intake: DocumentIntake, for user: UserID
  ) async throws(DomainError) -> (document: IndexedDocument, isNew: Bool) {
    do throws(DomainError) {
      return try await take(intake, for: user)
    } catch {
      await keep(intake, because: error)
      removal.yield()
      throw error
    }
  }

  private func take(
    _ intake: DocumentIntake, for user: UserID
  ) async throws(DomainError) -> (document: IndexedDocument, isNew: Bool) {
    let sealed = await intake.seal()
    // By its name alone: an index of ten thousand documents takes in one more as an empty one does.
    let there = try await documents.document(.named(intake.name, in: intake.index.id), owner: user)
    if let there, there.contentHash == sealed.contentHash {
      await intake.forgetSource()
      try await unread.forget(named: intake.name, in: intake.index.id)
      return (there, false)
    }
    let reading = try await intake.read(sealed)
    let others = intake.index.passages - (there?.passages ?? 0)
    guard others + reading.passages <= Self.mostPassages else {
      throw DomainError(
        .quota, "An index has at most \(Self.mostPassages) passages.",
        hint: "Put the document into another one.")
    }
    if let room = try await quotas.room(of: user), reading.size > room {
      throw UserQuota.storageExceeded(room: room)
    }
    let document = IndexedDocument(
      id: .make(), indexID: intake.index.id, userID: user, name: intake.name, kind: reading.kind,
      contentHash: reading.contentHash, size: reading.size, passages: reading.passages,
      createdAt: clock.now())
    try await documents.begin(document)
    do throws(DomainError) {
      // By parts, so that others' writes come between.
      var part = await intake.next(100)
      while !part.isEmpty {
        try await documents.add(part, to: document.id)
        part = await intake.next(100)
      }
      guard try await documents.publish(document.id) else { throw Self.missing }
    } catch {
      // Of its own: a caller that left has cancelled this task, and its requests would fail at once.
      await Task { [documents] in _ = try? await documents.remove(document.id, owner: user) }.value
      throw error
    }
    await intake.forgetSource()
    removal.yield()
    if intake.index.vectors != nil || intake.index.next != nil { embedding.yield() }
    return (document, true)
  }

  /// Throws `not_found` for a document that is not the user's.
  package func remove(_ document: DocumentID, of user: UserID) async throws(DomainError) {
    guard try await documents.remove(document, owner: user) else { throw .notFound("The document") }
    removal.yield()
  }

  // MARK: Questions

  /// The passages of an index that hold most of what a question says, the best first.
  ///
  /// Of one document at most half of them, unless there are too few of others.
  package func search(
    _ question: String, in name: String, of user: UserID, count: Int
  ) async throws(DomainError) -> [FoundPassage] {
    try await explainedSearch(question, in: name, of: user, count: count).passages
  }

  /// The same, with what was found beside them.
  package func explainedSearch(
    _ question: String, in name: String, of user: UserID, count: Int
  ) async throws(DomainError) -> IndexSearch {
    let index = try await index(name, of: user)
    let phrases = PassageWords.phrases(of: question)
    // More than are wanted: some may be of a document that is on its way in or out, or too many of one.
    let limit = count * 4 + 16
    // The words are looked up while the model makes the question's vector.
    async let meant = nearest(to: question, in: index, count: limit)
    let ranked = try await searching.ranked(phrases, in: index.id, limit: limit)
    let (nearest, problem) = await meant
    let wanted = Set(ranked.map(\.passage)).union(nearest ?? [])
    let found = try await searching.passages(numbered: wanted.sorted(), owner: user)
    var joined = JoinedPassages(
      phrases: phrases, text: ranked, vectors: nearest, vectorProblem: problem, found: found)
    if let model = index.reranker {
      joined = await reranker.reranked(joined, for: question, by: model, as: user)
      if let problem = joined.rerankProblem {
        log.warning("passages kept the order that they were found in", ["problem": problem])
      }
    }
    return IndexSearch(joined, count: count)
  }

  /// A request whose last question brings what an index has of it, and the passages in the order of their numbers.
  package func asked(
    _ request: GenerationRequest, with lookup: IndexLookup, for user: UserID
  ) async throws(DomainError) -> (request: GenerationRequest, sources: [FoundPassage]) {
    guard let last = request.turns.last, last.role == .user else { return (request, []) }
    let sources = try await search(last.content, in: lookup.index, of: user, count: lookup.count)
    let block = SourcesBlock(sources)
    let turns = request.turns.dropLast() + [ChatTurn(role: .user, content: block.asked(last.content))]
    return (
      GenerationRequest(
        turns: Array(turns), temperature: request.temperature, topP: request.topP, topK: request.topK,
        maxTokens: request.maxTokens, seed: request.seed), sources
    )
  }

  static var missing: DomainError {
    DomainError(
      .notFound, "The index was not found.",
      hint: "See luthier index list, and make one with luthier index create NAME.")
  }
}
