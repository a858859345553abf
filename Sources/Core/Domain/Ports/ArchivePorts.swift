/// Archives of models.
///
/// `owner` is part of the query: another user's row is not found.
package protocol ModelArchiveStoring: Sendable {
  /// Begins one; what failed or was left of earlier tries goes, one that is ready stays.
  ///
  /// Throws `not_found` where the user has no such model, and `quota_exceeded` where it would be more than `mostBytes`
  /// with all that the user has stored; nil is no limit.
  func begin(_ archive: ArchivedModel, mostBytes: Int64?) async throws(DomainError)
  /// Writes which files are stored; false where it is not being made any more.
  func note(_ archive: ArchivedModel) async throws(DomainError) -> Bool
  /// It is whole and takes the place of the one before; nil where it is not being made any more.
  func finish(_ id: ArchiveID, at: Timestamp, event: NewEvent) async throws(DomainError) -> EventRecord?
  /// It ended too early; its files are left over then. Without a reason nothing is told of it any more.
  func fail(_ id: ArchiveID, because reason: String?, at: Timestamp) async throws(DomainError)
  /// The newest first, without those that are removed.
  func archives(of model: ModelID, owner: UserID) async throws(DomainError) -> [ArchivedModel]
  /// Gives the bytes that are kept no more; nil where there is none.
  func remove(of model: ModelID, owner: UserID) async throws(DomainError) -> Int64?
}

/// What is to be cleared away of archives, and of models that came from them.
package protocol ArchiveTidying: Sendable {
  /// What was under way when the server ended has failed; what it left on hosts is noted as to be removed.
  func takeUp(at: Timestamp) async throws(DomainError)
  /// Those with files that nobody is to have any more.
  func leftovers() async throws(DomainError) -> [ArchivedModel]
  /// Its files are gone.
  func cleared(_ id: ArchiveID) async throws(DomainError)
  func begin(_ restore: ModelRestore) async throws(DomainError)
  /// - Parameter removing: notes its folder as to be removed.
  func end(_ restore: ModelRestore, removing: Bool) async throws(DomainError)
}
