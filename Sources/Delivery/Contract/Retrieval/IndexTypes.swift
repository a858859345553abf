/// `POST /api/indexes`.
package struct CreateIndexRequest: Codable, Sendable {
  /// 1 to 64 letters, digits, dots, hyphens and underlines; one of each name.
  package let name: String
  /// What makes vectors of its passages: `mock`, `ollama`, `local` (a model on a host), the id of a
  /// preset, or the address of an OpenAI-compatible server.
  ///
  /// Without it the index is searched by words alone.
  package let embedBackend: String?
  /// The backend's name of its embedding model.
  package let embedModel: String?
  /// For an address; kept sealed, and never told.
  package let embedAPIKey: String?
  /// What puts the passages it finds into their last order: `mock`, the id of a preset, or the address of a server
  /// that answers `/v1/rerank` or `/rerank`.
  package let rerankBackend: String?
  /// The backend's name of its reranking model.
  package let rerankModel: String?
  /// For an address; kept sealed, and never told.
  package let rerankAPIKey: String?

  package init(
    name: String, embedBackend: String? = nil, embedModel: String? = nil, embedAPIKey: String? = nil,
    rerankBackend: String? = nil, rerankModel: String? = nil, rerankAPIKey: String? = nil
  ) {
    self.rerankBackend = rerankBackend
    self.rerankModel = rerankModel
    self.rerankAPIKey = rerankAPIKey
    self.name = name
    self.embedBackend = embedBackend
    self.embedModel = embedModel
    self.embedAPIKey = embedAPIKey
  }

  private enum CodingKeys: String, CodingKey {
    case name, embedBackend = "embed_backend", embedModel = "embed_model", embedAPIKey = "embed_api_key"
    case rerankBackend = "rerank_backend", rerankModel = "rerank_model", rerankAPIKey = "rerank_api_key"
  }
}

/// What puts the passages of an index into their last order.
package struct IndexRerankerReply: Codable, Sendable {
  package let backend: String
  package let model: String

  package init(backend: String, model: String) {
    self.backend = backend
    self.model = model
  }
}

/// How far the vectors of an index are.
package struct IndexVectorsReply: Codable, Sendable {
  package let backend: String
  package let model: String
  /// Passages that the model was asked for; the others are found by words until then.
  package let embedded: Int
  /// How many of these it made no vector of, left out where there are none: they are found by words.
  package let refused: Int?
  /// Numbers of a vector.
  package let dimensions: Int?
  /// Why there are no more for now; it is tried again each minute.
  package let problem: String?

  package init(
    backend: String, model: String, embedded: Int, refused: Int? = nil, dimensions: Int?, problem: String?
  ) {
    self.backend = backend
    self.model = model
    self.embedded = embedded
    self.refused = refused
    self.dimensions = dimensions
    self.problem = problem
  }
}

/// Documents that answers are looked up in.
package struct IndexReply: Codable, Sendable {
  package let indexID: String
  package let name: String
  package let documents: Int
  package let passages: Int
  /// Bytes of the documents as they were sent.
  package let size: Int64
  /// Documents that could not be taken in; they are listed with their reasons beside the others.
  package let failed: Int
  package let createdAt: String
  /// Left out where it is searched by words alone.
  package let vectors: IndexVectorsReply?
  /// Left out where no other model is to make its vectors.
  package let nextVectors: NextVectorsReply?
  /// Left out where nothing reranks what it finds.
  package let reranker: IndexRerankerReply?

  package init(
    indexID: String, name: String, documents: Int, passages: Int, size: Int64, failed: Int = 0,
    createdAt: String,
    vectors: IndexVectorsReply? = nil, nextVectors: NextVectorsReply? = nil,
    reranker: IndexRerankerReply? = nil
  ) {
    self.nextVectors = nextVectors
    self.vectors = vectors
    self.reranker = reranker
    self.indexID = indexID
    self.name = name
    self.documents = documents
    self.passages = passages
    self.size = size
    self.failed = failed
    self.createdAt = createdAt
  }

  private enum CodingKeys: String, CodingKey {
    case indexID = "index_id", name, documents, passages, size, failed, createdAt = "created_at", vectors
    case nextVectors = "next_vectors", reranker
  }
}

package struct IndexListReply: Codable, Sendable {
  package let indexes: [IndexReply]
  package init(indexes: [IndexReply]) { self.indexes = indexes }
}

package enum DocumentKind: String, WireEnum { case plain, markdown, html, code, pdf, word }

package struct DocumentReply: Codable, Sendable {
  package let documentID: String
  package let indexID: String
  package let name: String
  package let kind: DocumentKind
  /// SHA-256 of the file as it was sent.
  package let contentHash: String
  package let size: Int64
  package let passages: Int
  package let createdAt: String
  /// Passages that the index's embedding model made no vector of; left out where there are none.
  package let refused: Int?
  /// Why it did not.
  package let refusal: String?

  package init(
    documentID: String, indexID: String, name: String, kind: DocumentKind, contentHash: String, size: Int64,
    passages: Int, createdAt: String, refused: Int? = nil, refusal: String? = nil
  ) {
    self.refused = refused
    self.refusal = refusal
    self.documentID = documentID
    self.indexID = indexID
    self.name = name
    self.kind = kind
    self.contentHash = contentHash
    self.size = size
    self.passages = passages
    self.createdAt = createdAt
  }

  private enum CodingKeys: String, CodingKey {
    case documentID = "document_id", indexID = "index_id", name, kind, contentHash = "content_hash", size
    case passages, createdAt = "created_at", refused, refusal
  }
}

package struct DocumentListReply: Codable, Sendable {
  /// What can be found.
  package let documents: [DocumentReply]
  /// What could not be taken in, until it is: nothing of it is found.
  package let failed: [FailedDocumentReply]

  package init(documents: [DocumentReply], failed: [FailedDocumentReply]) {
    self.documents = documents
    self.failed = failed
  }
}

/// `POST /api/indexes/{index_id}/documents`.
package struct AddedDocumentReply: Codable, Sendable {
  package let document: DocumentReply
  /// False where the index had this very document already.
  package let isNew: Bool
  package let message: String

  package init(document: DocumentReply, isNew: Bool, message: String) {
    self.document = document
    self.isNew = isNew
    self.message = message
  }

  private enum CodingKeys: String, CodingKey { case document, isNew = "is_new", message }
}

/// A piece of a document.
package struct PassageReply: Codable, Sendable {
  /// Its place in the document, from 0.
  package let place: Int
  /// The titles it stands under, the outermost first.
  package let headings: [String]
  /// From 1, in a document that has pages.
  package let page: Int?
  package let text: String

  package init(place: Int, headings: [String], page: Int?, text: String) {
    self.place = place
    self.headings = headings
    self.page = page
    self.text = text
  }
}

/// `GET /api/documents/{document_id}`: the document with some of its passages.
package struct DocumentDetailReply: Codable, Sendable {
  package let document: DocumentReply
  package let passages: [PassageReply]
  /// The place of the next passage, where there is one.
  package let next: Int?

  package init(document: DocumentReply, passages: [PassageReply], next: Int?) {
    self.document = document
    self.passages = passages
    self.next = next
  }
}

/// `POST /api/indexes/{index_id}/search`.
package struct SearchIndexRequest: Codable, Sendable {
  /// In words as one would ask; at most 4,096 characters.
  package let query: String
  /// 1 to 50; default 5.
  package let topK: Int?
  /// Whether to tell how the passages were chosen.
  package let explain: Bool?

  package init(query: String, topK: Int? = nil, explain: Bool? = nil) {
    self.query = query
    self.topK = topK
    self.explain = explain
  }

  private enum CodingKeys: String, CodingKey { case query, topK = "top_k", explain }
}

/// A passage that an answer may cite by its number.
package struct SourceReply: Codable, Sendable {
  /// From 1.
  package let number: Int
  package let documentID: String
  /// The document's name.
  package let document: String
  /// The document, then the titles the passage stands under: for people.
  package let title: String
  package let score: Double
  /// Its place among what the words found, from 1.
  package let textRank: Int?
  /// Its place among what the vectors found, from 1.
  package let vectorRank: Int?
  /// What the index's reranker made of it, on a scale of its own; left out where none judged it.
  package let rerankScore: Double?
  package let passage: PassageReply
  /// Whether the answer cites it; left out while there is no answer.
  package let cited: Bool?

  package init(
    number: Int, documentID: String, document: String, title: String, score: Double, textRank: Int?,
    vectorRank: Int?, rerankScore: Double? = nil, passage: PassageReply, cited: Bool? = nil
  ) {
    self.rerankScore = rerankScore
    self.number = number
    self.documentID = documentID
    self.document = document
    self.title = title
    self.score = score
    self.textRank = textRank
    self.vectorRank = vectorRank
    self.passage = passage
    self.cited = cited
  }

  private enum CodingKeys: String, CodingKey {
    case number, documentID = "document_id", document, title, score, textRank = "text_rank"
    case vectorRank = "vector_rank", rerankScore = "rerank_score", passage, cited
  }
}

package struct SearchIndexReply: Codable, Sendable {
  /// The best first.
  package let results: [SourceReply]
  /// Where it was asked for.
  package let explanation: SearchExplanationReply?

  package init(results: [SourceReply], explanation: SearchExplanationReply? = nil) {
    self.results = results
    self.explanation = explanation
  }
}

/// `of_its_document`: a document gives at most half of the passages; `beyond_top_k`: others were better.
package enum PassageCut: String, WireEnum {
  case ofItsDocument = "of_its_document"
  case beyondTopK = "beyond_top_k"
}

/// How the passages of a search were chosen.
package struct SearchExplanationReply: Codable, Sendable {
  /// A passage that was found and not taken.
  package struct LeftOut: Codable, Sendable {
    package let title: String
    package let score: Double
    package let textRank: Int?
    package let vectorRank: Int?
    package let rerankScore: Double?
    package let because: PassageCut

    package init(
      title: String, score: Double, textRank: Int?, vectorRank: Int?, rerankScore: Double? = nil,
      because: PassageCut
    ) {
      self.rerankScore = rerankScore
      self.title = title
      self.score = score
      self.textRank = textRank
      self.vectorRank = vectorRank
      self.because = because
    }

    private enum CodingKeys: String, CodingKey {
      case title, score, textRank = "text_rank", vectorRank = "vector_rank"
      case rerankScore = "rerank_score", because
    }
  }

  /// What was looked up: words without their endings, and pairs of Chinese characters.
  package let words: [String]
  /// Passages that the words found, at most as many as are looked at.
  package let byText: Int
  /// Passages that the vectors found; left out where the index has none.
  package let byVector: Int?
  /// Why the vectors were not asked, where they should have been.
  package let vectorProblem: String?
  /// Passages that the reranker judged; left out where the index has none.
  package let reranked: Int?
  /// Why it judged none: they stand in the order that they were found in.
  package let rerankProblem: String?
  package let leftOut: [LeftOut]

  package init(
    words: [String], byText: Int, byVector: Int?, vectorProblem: String?, reranked: Int? = nil,
    rerankProblem: String? = nil, leftOut: [LeftOut]
  ) {
    self.reranked = reranked
    self.rerankProblem = rerankProblem
    self.words = words
    self.byText = byText
    self.byVector = byVector
    self.vectorProblem = vectorProblem
    self.leftOut = leftOut
  }

  private enum CodingKeys: String, CodingKey {
    case words, byText = "by_text", byVector = "by_vector", vectorProblem = "vector_problem"
    case reranked, rerankProblem = "rerank_problem", leftOut = "left_out"
  }
}
