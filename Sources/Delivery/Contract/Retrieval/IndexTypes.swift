/// `POST /api/indexes`.
package struct CreateIndexRequest: Codable, Sendable {
  /// 1 to 64 letters, digits, dots, hyphens and underlines; one of each name.
  package let name: String

  package init(name: String) { self.name = name }
}

/// Documents that answers are looked up in.
package struct IndexReply: Codable, Sendable {
  package let indexID: String
  package let name: String
  package let documents: Int
  package let passages: Int
  /// Bytes of the documents as they were sent.
  package let size: Int64
  package let createdAt: String

  package init(
    indexID: String, name: String, documents: Int, passages: Int, size: Int64, createdAt: String
  ) {
    self.indexID = indexID
    self.name = name
    self.documents = documents
    self.passages = passages
    self.size = size
    self.createdAt = createdAt
  }

  private enum CodingKeys: String, CodingKey {
    case indexID = "index_id", name, documents, passages, size, createdAt = "created_at"
  }
}

package struct IndexListReply: Codable, Sendable {
  package let indexes: [IndexReply]
  package init(indexes: [IndexReply]) { self.indexes = indexes }
}

package enum DocumentKind: String, WireEnum { case plain, markdown, html, code }

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

  package init(
    documentID: String, indexID: String, name: String, kind: DocumentKind, contentHash: String, size: Int64,
    passages: Int, createdAt: String
  ) {
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
    case passages, createdAt = "created_at"
  }
}

package struct DocumentListReply: Codable, Sendable {
  package let documents: [DocumentReply]
  package init(documents: [DocumentReply]) { self.documents = documents }
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

  package init(query: String, topK: Int? = nil) {
    self.query = query
    self.topK = topK
  }

  private enum CodingKeys: String, CodingKey { case query, topK = "top_k" }
}

/// A passage that an answer may cite by its number.
package struct SourceReply: Codable, Sendable {
  /// From 1.
  package let number: Int
  package let documentID: String
  /// The document's name.
  package let document: String
  package let score: Double
  package let passage: PassageReply

  package init(number: Int, documentID: String, document: String, score: Double, passage: PassageReply) {
    self.number = number
    self.documentID = documentID
    self.document = document
    self.score = score
    self.passage = passage
  }

  private enum CodingKeys: String, CodingKey {
    case number, documentID = "document_id", document, score, passage
  }
}

package struct SearchIndexReply: Codable, Sendable {
  /// The best first.
  package let results: [SourceReply]
  package init(results: [SourceReply]) { self.results = results }
}
