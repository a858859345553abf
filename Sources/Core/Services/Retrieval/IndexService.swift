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
  private let quotas: UserQuotas
  private let executor: QueueExecutor
  private let digest: @Sendable () -> sending any ContentDigest
  private let clock: WallClock
  private let log: ServerLog
  private let removed: AsyncStream<Void>
  private let removal: AsyncStream<Void>.Continuation

  /// Throws where the thread that reads documents cannot be started.
  package init(
    indexes: any IndexStoring, documents: any DocumentStoring, searching: any PassageSearching,
    quotas: UserQuotas, digest: @escaping @Sendable () -> sending any ContentDigest, clock: WallClock,
    log: ServerLog
  ) throws {
    self.indexes = indexes
    self.documents = documents
    self.searching = searching
    self.quotas = quotas
    self.digest = digest
    self.clock = clock
    self.log = log
    (removed, removal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    executor = try QueueExecutor(name: "index")
  }

  /// Clears what was taken away, as long as the server runs.
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
      for await _ in removed { await sweep() }
      group.cancelAll()
    }
  }

  private func sweep() async {
    do {
      while try await documents.sweep(), !Task.isCancelled {}
    } catch {
      log.warning("an index could not be cleared", ["error": error.debugDescription])
    }
  }

  // MARK: Indexes

  package func list(of user: UserID) async throws(DomainError) -> [RetrievalIndex] {
    try await indexes.indexes(owner: user)
  }

  /// Throws `invalid_input` for a name that it cannot have, `conflict` where the user has one of this name.
  package func create(_ name: String, for user: UserID) async throws(DomainError) -> RetrievalIndex {
    try Self.check(name: name)
    let index = RetrievalIndex(id: .make(), userID: user, name: name, createdAt: clock.now())
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
    guard let document = try await documents.document(id, owner: user) else {
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
  package func begin(
    _ document: String, in name: String, for user: UserID
  ) async throws(DomainError) -> DocumentIntake {
    let index = try await index(name, of: user)
    guard (1...400).contains(document.utf8.count), AccountRules.isPrintable(document) else {
      throw .invalid("A document's name has 1 to 400 printable bytes.")
    }
    if try await quotas.room(of: user) == 0 { throw UserQuota.storageExceeded(room: 0) }
    return DocumentIntake(name: document, index: index, executor: executor, digest: digest())
  }

  /// Stores what was fed in place of what the index had under its name, and says whether it is new: the same bytes
  /// under the same name are the document that is there already.
  package func finish(
    _ intake: DocumentIntake, for user: UserID
  ) async throws(DomainError) -> (document: IndexedDocument, isNew: Bool) {
    let reading = try await intake.finish()
    let there = try await documents.documents(of: intake.index.id, owner: user)
    if let twin = there.first(where: { $0.name == intake.name && $0.contentHash == reading.contentHash }) {
      return (twin, false)
    }
    let others = there.filter { $0.name != intake.name }.reduce(0) { $0 + $1.passages }
    guard others + reading.passages.count <= Self.mostPassages else {
      throw DomainError(
        .quota, "An index has at most \(Self.mostPassages) passages.",
        hint: "Put the document into another one.")
    }
    if let room = try await quotas.room(of: user), reading.size > room {
      throw UserQuota.storageExceeded(room: room)
    }
    let document = IndexedDocument(
      id: .make(), indexID: intake.index.id, userID: user, name: intake.name, kind: reading.kind,
      contentHash: reading.contentHash, size: reading.size, passages: reading.passages.count,
      createdAt: clock.now())
    try await documents.begin(document)
    do throws(DomainError) {
      // By parts, so that others' writes come between.
      var rest = reading.passages[...]
      while !rest.isEmpty {
        try await documents.add(Array(rest.prefix(100)), to: document.id)
        rest = rest.dropFirst(100)
      }
      guard try await documents.publish(document.id) else { throw Self.missing }
    } catch {
      // Of its own: a caller that left has cancelled this task, and its requests would fail at once.
      await Task { [documents] in _ = try? await documents.remove(document.id, owner: user) }.value
      removal.yield()
      throw error
    }
    removal.yield()
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
    let index = try await index(name, of: user)
    let phrases = PassageWords.phrases(of: question)
    // More than are wanted: some may be of a document that is on its way in or out, or too many of one.
    let ranked = try await searching.ranked(phrases, in: index.id, limit: count * 4 + 16)
    let found = try await searching.passages(numbered: ranked, owner: user)
    let fused = RankFusion.fused([ranked.filter { found[$0] != nil }])
    let passages = fused.compactMap { entry in
      found[entry.member].map {
        FoundPassage(
          documentID: $0.documentID, document: $0.document, passage: $0.passage, score: entry.score)
      }
    }
    return RankFusion.spread(passages, count: count, cap: max(1, (count + 1) / 2)) { $0.documentID }
  }

  /// A request whose last question brings what an index has of it, and the passages in the order of their numbers.
  package func asked(
    _ request: GenerationRequest, with name: String, count: Int, for user: UserID
  ) async throws(DomainError) -> (request: GenerationRequest, sources: [FoundPassage]) {
    guard let last = request.turns.last, last.role == .user else { return (request, []) }
    let sources = try await search(last.content, in: name, of: user, count: count)
    let block = SourcesBlock(sources.map { .init(title: $0.title, text: $0.passage.text) })
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
