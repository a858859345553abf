import Domain

extension IndexService {
  /// Seconds until an index is tried again whose backend failed.
  private static let patience = 60.0

  /// Makes the vectors that wait, one batch after another, as long as the server runs.
  ///
  /// What fails leaves its index to be found by words, says so at the index, and is tried again after a while.
  func embed() async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { [embedding] in
        while !Task.isCancelled {
          embedding.yield()
          try? await Task.sleep(for: .seconds(Self.patience))
        }
      }
      var failedAt: [IndexID: Timestamp] = [:]
      for await _ in unembedded {
        let now = clock.now()
        failedAt = failedAt.filter { now.seconds(since: $0.value) < Self.patience }
        while !Task.isCancelled {
          do throws(DomainError) {
            let batch = try await vectors.unembedded(
              passing: Array(failedAt.keys), limit: PassageEmbedder.mostPassages)
            guard let batch else { break }
            if try await embed(batch) == false { failedAt[batch.index.id] = clock.now() }
          } catch {
            log.warning("vectors could not be stored", ["error": error.debugDescription])
            break
          }
        }
      }
      group.cancelAll()
    }
  }

  /// False where the backend failed, which is noted.
  private func embed(_ batch: EmbeddingBatch) async throws(DomainError) -> Bool {
    guard let wanted = batch.index.vectors, !batch.passages.isEmpty else { return false }
    do throws(DomainError) {
      var rest = batch.passages[...]
      var size = wanted.dimensions
      while !rest.isEmpty {
        let part = Array(rest.prefix(embedder.most(for: wanted.model)))
        do throws(DomainError) {
          size = try await embed(part, of: batch.index, wanted.model, size)
        } catch {
          guard try await isOfTexts(error, wanted.model, batch.index.userID) else { throw error }
          size = try await embedOneByOne(part, of: batch.index, wanted.model, size, after: error)
        }
        rest = rest.dropFirst(part.count)
      }
      return true
    } catch {
      let hint = error.hint.map { " " + $0 } ?? ""
      log.warning("passages have no vectors yet", ["error": error.debugDescription])
      try await vectors.note(error.message + hint, of: batch.index.id)
      return false
    }
  }

  /// Whether a model failed at these texts alone: it answers well for another one.
  private func isOfTexts(
    _ error: DomainError, _ model: EmbeddingModel, _ user: UserID
  ) async throws(DomainError) -> Bool {
    guard error.code == .upstreamFailed || error.code == .invalidInput else { return false }
    do throws(DomainError) {
      return try await embedder.vectors(of: ["Hello"], by: model, for: user, limit: 60).count == 1
    } catch {
      return false
    }
  }

  /// The halves of what a model failed at, and of these the halves, until only those are left that it fails at by
  /// themselves: one text that a model cannot take does not keep all behind it waiting.
  private func embedOneByOne(
    _ passages: [UnembeddedPassage], of index: RetrievalIndex, _ model: EmbeddingModel, _ size: Int?,
    after error: DomainError
  ) async throws(DomainError) -> Int? {
    guard passages.count > 1 else {
      return try await embedOnceMore(passages, of: index, model, size, after: error)
    }
    var size = size
    for half in [passages.prefix(passages.count / 2), passages.dropFirst(passages.count / 2)] {
      do throws(DomainError) {
        size = try await embed(Array(half), of: index, model, size)
      } catch {
        guard error.code == .upstreamFailed || error.code == .invalidInput else { throw error }
        size = try await embedOneByOne(Array(half), of: index, model, size, after: error)
      }
    }
    return size
  }

  /// One passage that a model failed at: refused where it fails again, between two answers that are well.
  ///
  /// A server with too much to do for a moment refuses nothing.
  private func embedOnceMore(
    _ passages: [UnembeddedPassage], of index: RetrievalIndex, _ model: EmbeddingModel, _ size: Int?,
    after error: DomainError
  ) async throws(DomainError) -> Int? {
    do throws(DomainError) {
      return try await embed(passages, of: index, model, size)
    } catch {
      guard try await isOfTexts(error, model, index.userID) else { throw error }
      log.warning("a passage got no vector", ["error": error.debugDescription])
      for passage in passages {
        try await vectors.refuse(passage.number, of: index.id, because: error.message)
      }
      return size
    }
  }

  /// Gives the size of the vectors.
  private func embed(
    _ passages: [UnembeddedPassage], of index: RetrievalIndex, _ model: EmbeddingModel, _ size: Int?
  ) async throws(DomainError) -> Int? {
    let made = try await embedder.vectors(
      of: passages.map(\.embedded), by: model, for: index.userID, limit: 600)
    if let size, let first = made.first, first.values.count != size {
      throw DomainError(
        .conflict, "The embedding model gives \(first.values.count) numbers where it gave \(size) before.",
        hint: "Make another index for another model.", origin: .upstream)
    }
    let pairs = zip(passages.map(\.number), made)
    try await vectors.store(Dictionary(pairs, uniquingKeysWith: { first, _ in first }), of: index.id)
    return size ?? made.first?.values.count
  }

  /// The numbers of the passages nearest to a question; nil where the index has no vectors, or they cannot be asked,
  /// and then why.
  func nearest(
    to question: String, in index: RetrievalIndex, count: Int
  ) async -> (numbers: [Int64]?, problem: String?) {
    guard let wanted = index.vectors else { return (nil, nil) }
    guard wanted.embedded > 0 else {
      return (nil, wanted.problem ?? (index.passages > 0 ? "The passages have no vectors yet." : nil))
    }
    do throws(DomainError) {
      let made = try await embedder.vectors(
        of: [question], by: wanted.model, for: index.userID,
        limit: embedder.patience(of: wanted.model))
      let left = index.passages - wanted.embedded
      let problem = left > 0 ? wanted.problem ?? "\(left) passages have no vectors yet." : nil
      return (try await shelf.nearest(to: made[0], in: index.id, wanted, count: count), problem)
    } catch {
      log.warning("an index was searched by words alone", ["error": error.debugDescription])
      return (nil, error.message)
    }
  }
}
