package import Domain

/// What an index could not take in: kept with its reason, and tried again when somebody asks for it.
extension IndexService {
  /// The documents of an index that could not be taken in, by name.
  package func failures(of name: String, for user: UserID) async throws(DomainError) -> [FailedDocument] {
    try await unread.list(of: try await index(name, of: user).id, for: user)
  }

  /// Lists a document of which no byte was looked at, and gives the error for its sender.
  package func refuse(
    _ document: String, in name: String, size: Int64, because error: DomainError, for user: UserID
  ) async throws(DomainError) -> DomainError {
    try Self.check(document: document)
    await unread.keep(
      document, in: try await index(name, of: user), size: size, because: error, kept: .nothing)
    return error
  }

  /// Takes in a document once more that failed, from what the server has kept of it; or asks the model of its index once
  /// more for the vectors that it refused.
  ///
  /// Of a document that lacks nothing it says that it is there. Throws `not_found` for one that is not the user's,
  /// `conflict` where its bytes were not kept, and what is wrong with it where it fails again.
  package func retry(
    _ id: DocumentID, of user: UserID
  ) async throws(DomainError) -> (document: IndexedDocument, isNew: Bool) {
    guard let failed = try await unread.failure(id, of: user) else {
      if try await unread.retryVectors(of: id, for: user) { embedding.yield() }
      return (try await document(id, of: user), false)
    }
    let intake = try await begin(
      failed.name, in: failed.indexID.rawValue, for: user, expecting: failed.size)
    try await unread.read(failed) { piece throws(DomainError) in try await intake.write(piece) }
    return try await finish(intake, for: user)
  }

  /// Lists what was fed in, with why it could not be taken in.
  ///
  /// In a task of its own: a caller that left has cancelled this one, whose requests would fail at once.
  func keep(_ intake: DocumentIntake, because error: DomainError) async {
    let wasLeft = Task.isCancelled
    await Task { [unread] in
      let reason = wasLeft ? Self.left : error
      let kept = DocumentFailure.mayPass(reason, kind: intake.kind) ? await intake.kept : .nothing
      await unread.keep(intake.name, in: intake.index, size: await intake.size, because: reason, kept: kept)
      await intake.letGo()
    }.value
  }

  private static var left: DomainError {
    DomainError(
      DomainError.Code("cancelled"), "The request was given up before the document was taken in.",
      hint: "Try it again.")
  }

  /// Throws `invalid_input` for a name that no document can have.
  static func check(document name: String) throws(DomainError) {
    guard (1...400).contains(name.utf8.count), AccountRules.isPrintable(name) else {
      throw .invalid("A document's name has 1 to 400 printable bytes.")
    }
  }
}
