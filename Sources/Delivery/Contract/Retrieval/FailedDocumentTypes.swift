/// A document that an index could not take in.
package struct FailedDocumentReply: Codable, Sendable {
  /// For `POST /api/documents/{document_id}/retry`, and to take it off the list.
  package let documentID: String
  package let indexID: String
  package let name: String
  package let kind: DocumentKind
  /// Bytes as they were sent; 0 where they never came.
  package let size: Int64
  /// As an error has it, such as `unsupported_media_type`.
  package let code: String
  /// Why, for people.
  package let error: String
  package let hint: String?
  package let triedAt: String
  /// Whether the server has its bytes: the others are added again.
  package let canRetry: Bool

  package init(
    documentID: String, indexID: String, name: String, kind: DocumentKind, size: Int64, code: String,
    error: String, hint: String?, triedAt: String, canRetry: Bool
  ) {
    self.documentID = documentID
    self.indexID = indexID
    self.name = name
    self.kind = kind
    self.size = size
    self.code = code
    self.error = error
    self.hint = hint
    self.triedAt = triedAt
    self.canRetry = canRetry
  }

  private enum CodingKeys: String, CodingKey {
    case documentID = "document_id", indexID = "index_id", name, kind, size, code, error, hint
    case triedAt = "tried_at", canRetry = "can_retry"
  }
}
