/// What the GPUs of tasks did.
package protocol GPUSampleStoring: Sendable {
  /// Adds what was seen of several attempts, in one step; of a moment and GPU that is there already, nothing.
  ///
  /// A task that is gone meanwhile gets none, and nothing is thrown.
  func append(_ batches: [GPUSampleBatch]) async throws(DomainError)
  /// By time, then by the GPU's index.
  func samples(of task: TaskID, attempt: Int) async throws(DomainError) -> [GPUSample]
}

/// Accounts that are being removed with all they hold.
package protocol AccountRemovalStoring: Sendable {
  /// Takes an account out of every list and frees its name and address; nobody comes in with it any more.
  ///
  /// Returns it as it was. Throws `not_found`, and `conflict` for the last administrator.
  func begin(_ id: UserID, at: Timestamp) async throws(DomainError) -> UserAccount
  /// Those that were begun and not finished, oldest first.
  func begun() async throws(DomainError) -> [UserID]
  /// Forgets the account and the rows that are left of it, and notes what is to be removed on hosts, in one transaction.
  ///
  /// Its tasks, models, datasets and conversations must be gone before.
  func finish(_ id: UserID, removing: [Removal]) async throws(DomainError)
}
