package import Domain

/// Another embedding model for an index: searches go on by what it has until the new vectors are complete.
extension IndexService {
  /// Has another model make all vectors of an index, in the background; the same one too, where it has become another
  /// under its name.
  ///
  /// The model is asked for one vector first. Throws `invalid_input` for one that cannot be, what is wrong with one that
  /// does not answer, and `conflict` where somebody else began to change the model meanwhile; nothing is changed then.
  package func reembed(
    _ name: String, by model: EmbeddingModel, of user: UserID
  ) async throws(DomainError) -> RetrievalIndex {
    let index = try await index(name, of: user)
    try embedder.check(model)
    _ = try await embedder.vectors(
      of: ["Hello"], by: model, for: user, limit: embedder.patience(of: model))
    if index.next != nil { _ = try await changing.stop(index.id, owner: user) }
    // What was made for another model, or searched by before, must not be taken for this one's.
    while try await changing.clear(index.id) {}
    guard try await changing.begin(model, of: index.id, owner: user) else {
      throw .conflict("The model of the index is being changed.", hint: "Look at the index, and try again.")
    }
    embedding.yield()
    return try await self.index(index.id.rawValue, of: user)
  }

  /// What may be done with vectors on their way.
  package enum ReembeddingChange: String, Sendable, CaseIterable { case pause, resume, stop }

  /// Rests, goes on, or gives up: the index keeps the vectors it is searched by.
  ///
  /// Throws `conflict` where no other model is on its way.
  package func change(
    _ change: ReembeddingChange, in name: String, of user: UserID
  ) async throws(DomainError) -> RetrievalIndex {
    let index = try await index(name, of: user)
    let isDone =
      switch change {
      case .pause: try await changing.set(.paused, of: index.id, owner: user)
      case .resume: try await changing.set(.making, of: index.id, owner: user)
      case .stop: try await changing.stop(index.id, owner: user)
      }
    guard isDone else {
      throw .conflict(
        "No other model is making vectors of this index.",
        hint: "Choose one with luthier index reembed, or on the index's page.")
    }
    if change == .stop { removal.yield() } else { embedding.yield() }
    return try await self.index(index.id.rawValue, of: user)
  }

  /// Has an index searched by words alone from now on; its vectors are cleared away.
  package func dropVectors(of name: String, of user: UserID) async throws(DomainError) -> RetrievalIndex {
    let index = try await index(name, of: user)
    guard try await changing.drop(index.id, owner: user) else { throw Self.missing }
    removal.yield()
    return try await self.index(index.id.rawValue, of: user)
  }

  /// Has vectors that are complete take the place of those before.
  func takeComplete() async throws(DomainError) {
    if try await !changing.takeComplete().isEmpty { removal.yield() }
  }
}
