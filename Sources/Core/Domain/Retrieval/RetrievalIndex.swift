/// A user's collection of documents that answers are looked up in.
package struct RetrievalIndex: Sendable, Equatable {
  package let id: IndexID
  package let userID: UserID
  /// 1 to 64 of letters, digits, `.`, `-` and `_`; one of each name for a user.
  package let name: String
  package let createdAt: Timestamp
  /// Of what can be found in it.
  package let documents: Int
  package let passages: Int
  /// Bytes of the documents as they were sent.
  package let size: Int64
  /// Documents that could not be taken in.
  package let failed: Int
  /// Nil for an index that is searched by words alone.
  package let vectors: IndexVectors?
  /// Nil where no other model is to make them.
  package let next: NextVectors?
  /// Puts what was found into its last order; nil where nothing does.
  package let reranker: RerankingModel?

  package init(
    id: IndexID, userID: UserID, name: String, createdAt: Timestamp, documents: Int = 0, passages: Int = 0,
    size: Int64 = 0, failed: Int = 0, vectors: IndexVectors? = nil, next: NextVectors? = nil,
    reranker: RerankingModel? = nil
  ) {
    self.next = next
    self.vectors = vectors
    self.reranker = reranker
    self.id = id
    self.userID = userID
    self.name = name
    self.createdAt = createdAt
    self.documents = documents
    self.passages = passages
    self.size = size
    self.failed = failed
  }
}

/// A document of an index.
package struct IndexedDocument: Sendable, Equatable {
  package let id: DocumentID
  package let indexID: IndexID
  package let userID: UserID
  /// As it was sent: a file's name, or its path in a folder that was added.
  package let name: String
  package let kind: TextKind
  /// SHA-256 of the bytes as they were sent, lower-case hexadecimal.
  package let contentHash: String
  package let size: Int64
  package let passages: Int
  package let createdAt: Timestamp
  /// Passages that the index's model made no vector of: they are found by their words alone.
  package let refused: Int
  /// Why, for people.
  package let refusal: String?

  package init(
    id: DocumentID, indexID: IndexID, userID: UserID, name: String, kind: TextKind, contentHash: String,
    size: Int64, passages: Int, createdAt: Timestamp, refused: Int = 0, refusal: String? = nil
  ) {
    self.refused = refused
    self.refusal = refusal
    self.id = id
    self.indexID = indexID
    self.userID = userID
    self.name = name
    self.kind = kind
    self.contentHash = contentHash
    self.size = size
    self.passages = passages
    self.createdAt = createdAt
  }
}

/// Which document of a user's is meant.
package enum DocumentReference: Sendable, Equatable {
  case id(DocumentID)
  /// What is found under a name, one document at most.
  case named(String, in: IndexID)
}

/// A piece of a document that is found, shown and cited as one.
package struct Passage: Sendable, Equatable {
  /// Its place in the document, from 0.
  package let place: Int
  /// Bytes of the document's text (UTF-8) that it is.
  package let range: Range<Int>
  /// The titles it stands under, the outermost first.
  package let headings: [String]
  /// From 1; nil where the document has no pages.
  package let page: Int?
  package let text: String

  package init(place: Int, range: Range<Int>, headings: [String], page: Int?, text: String) {
    self.place = place
    self.range = range
    self.headings = headings
    self.page = page
    self.text = text
  }
}

/// A passage that a question found.
package struct FoundPassage: Sendable, Equatable {
  package let documentID: DocumentID
  package let document: String
  package let passage: Passage
  /// The more the better; only the order of one search's passages means something.
  package let score: Double
  /// Its place among what the words found, from 1; nil where they did not find it.
  package let textRank: Int?
  /// Its place among what the vectors found, from 1; nil where they did not find it.
  package let vectorRank: Int?
  /// What a reranking model made of it, on a scale of its own; nil where none has judged it.
  package let rerankScore: Double?

  package init(
    documentID: DocumentID, document: String, passage: Passage, score: Double, textRank: Int? = nil,
    vectorRank: Int? = nil, rerankScore: Double? = nil
  ) {
    self.rerankScore = rerankScore
    self.documentID = documentID
    self.document = document
    self.passage = passage
    self.score = score
    self.textRank = textRank
    self.vectorRank = vectorRank
  }

  func judged(_ score: Double) -> FoundPassage {
    FoundPassage(
      documentID: documentID, document: document, passage: passage, score: self.score, textRank: textRank,
      vectorRank: vectorRank, rerankScore: score)
  }

  /// The document, then the titles that the passage stands under.
  package var title: String { ([document] + passage.headings).joined(separator: " › ") }
}

/// The index that a conversation's questions are looked up in.
package struct RememberedIndex: Sendable, Equatable {
  package let id: IndexID
  package let name: String
  /// Passages, 1 to 50.
  package let count: Int

  package init(id: IndexID, name: String, count: Int) {
    self.id = id
    self.name = name
    self.count = count
  }
}

/// Where a question's passages are looked up.
package struct IndexLookup: Sendable, Equatable {
  /// Its identifier or its name.
  package let index: String
  /// Passages, 1 to 50.
  package let count: Int

  package init(index: String, count: Int) {
    self.index = index
    self.count = count
  }
}
