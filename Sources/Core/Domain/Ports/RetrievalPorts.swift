/// Users' indexes.
package protocol IndexStoring: Sendable {
  /// Throws `conflict` where the user has one of this name, and `quota_exceeded` where there are `limit` already.
  func insert(_ index: RetrievalIndex, limit: Int) async throws(DomainError)
  /// A user's indexes by name, with what is in them.
  func indexes(owner: UserID) async throws(DomainError) -> [RetrievalIndex]
  func index(_ id: IndexID, owner: UserID) async throws(DomainError) -> RetrievalIndex?
  func index(named name: String, owner: UserID) async throws(DomainError) -> RetrievalIndex?
  /// Gives it another reranker, or none; false where the user has no such index.
  func set(_ reranker: RerankingModel?, of id: IndexID, owner: UserID) async throws(DomainError) -> Bool
  /// Takes it away with its documents, which are found no more; false where the user has no such index.
  func delete(_ id: IndexID, owner: UserID) async throws(DomainError) -> Bool
}

/// Documents of indexes.
///
/// A document comes in by parts and is found only when it was published; what was before under its name is found until
/// then.
package protocol DocumentStoring: Sendable {
  func documents(of index: IndexID, owner: UserID) async throws(DomainError) -> [IndexedDocument]
  /// Nil where the user has none of the kind.
  func document(_ which: DocumentReference, owner: UserID) async throws(DomainError) -> IndexedDocument?
  /// Makes room for a document that comes now.
  func begin(_ document: IndexedDocument) async throws(DomainError)
  /// Adds passages to a document that was begun.
  func add(_ passages: [Passage], to document: DocumentID) async throws(DomainError)
  /// Makes it found in place of what the index had under its name; false, and nothing done, where the index is gone.
  func publish(_ document: DocumentID) async throws(DomainError) -> Bool
  /// Takes it away, published or not; false where the user has no such document.
  func remove(_ document: DocumentID, owner: UserID) async throws(DomainError) -> Bool
  /// Clears a part of what was taken away, or whose user was; false when nothing is left of it.
  func sweep() async throws(DomainError) -> Bool
}

/// Documents that could not be taken in.
package protocol FailedDocumentStoring: Sendable {
  /// An index's, by name.
  func failures(of index: IndexID, owner: UserID) async throws(DomainError) -> [FailedDocument]
  /// Nil where the user has none such.
  func failure(_ id: DocumentID, owner: UserID) async throws(DomainError) -> FailedDocument?
  /// Lists it in place of an earlier failure of its name; false, and nothing done, where the index is gone.
  func insert(_ failed: FailedDocument) async throws(DomainError) -> Bool
  /// Lists what failed under a name no more: the index has it.
  func forget(named name: String, in index: IndexID) async throws(DomainError)
  /// Of these documents, those that are listed and whose bytes are to be kept.
  func kept(among ids: [DocumentID]) async throws(DomainError) -> Set<DocumentID>
  /// Has the passages of a document that got no vector wait for one again; false where it has none such.
  func retryVectors(of document: DocumentID, owner: UserID) async throws(DomainError) -> Bool
}

/// Passages of documents.
package protocol PassageSearching: Sendable {
  /// The passages of a document in their order.
  func passages(of document: DocumentID, owner: UserID, from place: Int, limit: Int)
    async throws(DomainError) -> [Passage]
  /// The passages that have any of the phrases, the best first.
  func ranked(_ phrases: [[String]], in index: IndexID, limit: Int) async throws(DomainError) -> [WordMatch]
  /// The passages of these numbers, those that the user has and that are published.
  func passages(numbered numbers: [Int64], owner: UserID) async throws(DomainError) -> [Int64: FoundPassage]
  /// Whatever earlier runs of the server left half made is taken away; once, at its start.
  func forgetUnfinished() async throws(DomainError)
  /// Takes some passages that an earlier version stored into the search; false when none is left.
  func indexBacklog() async throws(DomainError) -> Bool
}

/// Vectors of passages.
package protocol VectorStoring: Sendable {
  /// The next passages of an index without vectors, of documents that are found; nil where none waits.
  ///
  /// Those that an index is searched by go before those of a model that it is to have.
  ///
  /// - Parameter passed: what is not to be looked at.
  func unembedded(passing passed: [VectorWait], limit: Int) async throws(DomainError) -> EmbeddingBatch?
  /// Stores vectors with their passages' numbers; those whose passage is gone meanwhile are left out, and all where the
  /// index is to have others.
  func store(_ vectors: [Int64: QuantisedVector], for goal: VectorGoal) async throws(DomainError)
  /// Notes that the model makes no vector of a passage, and why, for people: it is found by its words alone.
  func refuse(_ passage: Int64, for goal: VectorGoal, because reason: String) async throws(DomainError)
  /// Says why there are no more vectors for now; nil: nothing stands in the way.
  func note(_ problem: String?, for goal: VectorGoal) async throws(DomainError)
  /// Vectors in the order they were stored, behind the `number`-th, and the number of the last of them.
  func vectors(of index: IndexID, side: Int, after number: Int64, limit: Int) async throws(DomainError)
    -> (vectors: [(passage: Int64, stored: [UInt8])], last: Int64)
}

/// Changes the model that makes the vectors of an index: all are made anew beside those it is searched by, and take their
/// place at once when they are complete.
package protocol VectorChanging: Sendable {
  /// Has a model make vectors from now on; false where another is to already, something is left of one before (`clear`
  /// it), or the user has no such index.
  func begin(_ model: EmbeddingModel, of index: IndexID, owner: UserID) async throws(DomainError) -> Bool
  /// Rests, or goes on; false where no model is to make vectors.
  func set(_ state: NextVectors.State, of index: IndexID, owner: UserID) async throws(DomainError) -> Bool
  /// The index stays with the vectors it has; false where no other model is to make any.
  func stop(_ index: IndexID, owner: UserID) async throws(DomainError) -> Bool
  /// From now on it is searched by words alone; false where the user has no such index.
  func drop(_ index: IndexID, owner: UserID) async throws(DomainError) -> Bool
  /// Has vectors that are complete take the place of those before, each index's in one step; tells of which indexes.
  func takeComplete() async throws(DomainError) -> [IndexID]
  /// Clears a part of what an index has no use for, of every index without one; false when nothing is left of it.
  func clear(_ index: IndexID?) async throws(DomainError) -> Bool
}

/// Makes vectors of texts.
package protocol TextEmbedding: Sendable {
  /// One for each text, in their order, all of one size.
  ///
  /// - Parameter limit: seconds it may take.
  func vectors(of texts: [String], at address: EngineAddress, limit: Double) async throws(DomainError)
    -> [[Float]]
}

/// Judges how well texts fit a question.
package protocol TextRanking: Sendable {
  /// One for each text, in their order, the more the better, on a scale of the model's own; nil for a text that the
  /// server left out.
  ///
  /// - Parameter limit: seconds it may take.
  func scores(of texts: [String], for question: String, at address: EngineAddress, limit: Double)
    async throws(DomainError) -> [Double?]
}

/// Reads PDF documents.
package protocol PDFReading: Sendable {
  /// The document's text in UTF-8, each page ended by a form feed.
  ///
  /// Throws `unsupported_media_type` for what cannot be read, and `too_large` for what takes too long or too much.
  func text(ofPDF pdf: any RangeReading) async throws(DomainError) -> [UInt8]
}
