import Contract
import Domain
import HTTPServing
import HTTPWire
import Services

extension Routes {
  /// Indexes and their documents.
  static let retrieval: [Endpoint] = [
    Endpoint(
      .get, "/api/indexes", "listIndexes", "My indexes: documents that answers are looked up in",
      tag: "Indexes", answer: .json(IndexListReply.self), action: Indexes.list),
    Endpoint(
      .post, "/api/indexes", "createIndex", "Make an index", tag: "Indexes",
      body: .json(CreateIndexRequest.self), answer: .json(IndexReply.self), errors: [.conflict, .forbidden],
      action: Indexes.create),
    Endpoint(
      .get, "/api/indexes/{index_id}", "getIndex", "An index, by its identifier or its name", tag: "Indexes",
      answer: .json(IndexReply.self), errors: [.notFound], action: Indexes.get),
    Endpoint(
      .patch, "/api/indexes/{index_id}", "changeIndex",
      "Give an index another embedding model or reranker, or none", tag: "Indexes",
      body: .json(ChangeIndexRequest.self),
      answer: .json(IndexReply.self),
      errors: [.notFound, .forbidden, .conflict, .badGateway, .serviceUnavailable, .gatewayTimeout],
      action: Indexes.change),
    Endpoint(
      .delete, "/api/indexes/{index_id}", "deleteIndex", "Delete an index with its documents", tag: "Indexes",
      answer: .json(MessageReply.self), errors: [.notFound], action: Indexes.delete),
    Endpoint(
      .get, "/api/indexes/{index_id}/documents", "listDocuments",
      "The documents of an index, and those that it could not take in", tag: "Indexes",
      answer: .json(DocumentListReply.self), errors: [.notFound], action: Indexes.documents),
    Endpoint(
      .post, "/api/indexes/{index_id}/documents", "addDocument",
      "Add a document (text, Markdown, HTML, source code, PDF or Word), in place of what the index has under its name",
      tag: "Indexes", body: .file(field: "file"),
      query: [
        .init(name: "name", summary: "Its name in the index; without it the file's", type: "string"),
        .init(
          name: "size",
          summary: "Bytes of the file: one that is too large is refused, and listed, without being sent",
          type: "integer"),
      ],
      answer: .json(AddedDocumentReply.self), errors: [.notFound, .forbidden, .unprocessableContent],
      // The form's own lines around the file are not the file's.
      bodyLimit: Int64(TextKind.pdf.mostBytes) + 64 * 1024, action: Indexes.add),
    Endpoint(
      .post, "/api/indexes/{index_id}/search", "searchIndex",
      "The passages that hold most of what a question says", tag: "Indexes",
      body: .json(SearchIndexRequest.self), answer: .json(SearchIndexReply.self), errors: [.notFound],
      action: Indexes.search),
    Endpoint(
      .get, "/api/documents/{document_id}", "getDocument", "A document and its passages", tag: "Indexes",
      query: [
        .init(name: "from", summary: "The place of the first passage, 0 without it", type: "integer"),
        .init(name: "limit", summary: "1 to 100, 20 without it", type: "integer"),
      ], answer: .json(DocumentDetailReply.self), errors: [.notFound, .unprocessableContent],
      action: Indexes.document),
    Endpoint(
      .post, "/api/documents/{document_id}/retry", "retryDocument",
      "Take in a document once more that failed, from what the server has kept of it", tag: "Indexes",
      answer: .json(AddedDocumentReply.self),
      errors: [
        .notFound, .forbidden, .conflict, .contentTooLarge, .unsupportedMediaType, .unprocessableContent,
      ],
      action: Indexes.retry),
    Endpoint(
      .delete, "/api/documents/{document_id}", "deleteDocument", "Take a document out of its index",
      tag: "Indexes", answer: .json(MessageReply.self), errors: [.notFound], action: Indexes.remove),
  ]
}
