/// A document that an index could not take in: it stays listed with its reason until it is taken in, tried again or
/// taken out, and nothing of it is found.
package struct FailedDocument: Sendable, Equatable {
  package let id: DocumentID
  package let indexID: IndexID
  package let userID: UserID
  /// As it was sent; one failure of each name in an index.
  package let name: String
  package let kind: TextKind
  /// Bytes as they were sent; 0 where they never came.
  package let size: Int64
  package let reason: DocumentFailure
  package let triedAt: Timestamp
  /// Whether its bytes were kept, so that it can be tried again without being sent.
  package let isKept: Bool

  package init(
    id: DocumentID, indexID: IndexID, userID: UserID, name: String, kind: TextKind, size: Int64,
    reason: DocumentFailure, triedAt: Timestamp, isKept: Bool
  ) {
    self.id = id
    self.indexID = indexID
    self.userID = userID
    self.name = name
    self.kind = kind
    self.size = size
    self.reason = reason
    self.triedAt = triedAt
    self.isKept = isKept
  }
}

/// Why a document was not taken in: what anyone may read of the error.
package struct DocumentFailure: Sendable, Equatable {
  package let code: DomainError.Code
  package let message: String
  package let hint: String?

  package init(code: DomainError.Code, message: String, hint: String?) {
    self.code = code
    self.message = message
    self.hint = hint
  }

  package init(_ error: DomainError) {
    self.init(code: error.code, message: error.message, hint: error.hint)
  }

  /// Whether it says something of the document: a missing index and a caller without rights do not.
  package static func isOfDocument(_ error: DomainError) -> Bool {
    ![.notFound, .unauthenticated, .forbidden, .databaseUnreachable].contains(error.code)
  }

  /// Whether the same bytes may be taken in another time: it was this machine or what it reads PDF documents with that
  /// failed, and not the document.
  package static func mayPass(_ error: DomainError, kind: TextKind) -> Bool {
    switch error.code {
    case .quota: false
    case .unsupportedMedia, .tooLarge, .invalidInput: kind == .pdf
    default: true
    }
  }
}
