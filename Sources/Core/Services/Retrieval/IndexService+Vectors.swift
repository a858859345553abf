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
      var failedAt: [VectorWait: Timestamp] = [:]
      for await _ in unembedded {
        let now = clock.now()
        failedAt = failedAt.filter { now.seconds(since: $0.value) < Self.patience }
        while !Task.isCancelled {
          do throws(DomainError) {
            let batch = try await vectors.unembedded(
              passing: Array(failedAt.keys), limit: PassageEmbedder.mostPassages)
            guard let batch else {
              try await takeComplete()
              break
            }
            if try await embed(batch) == false { failedAt[VectorWait(batch.goal)] = clock.now() }
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
    guard !batch.passages.isEmpty else { return false }
    let (goal, user) = (batch.goal, batch.index.userID)
    do throws(DomainError) {
      var rest = batch.passages[...]
      var size = goal.dimensions
      while !rest.isEmpty {
        let part = Array(rest.prefix(embedder.most(for: goal.model)))
        do throws(DomainError) {
          size = try await embed(part, for: goal, user, size)
        } catch {
          guard try await isOfTexts(error, goal.model, user) else { throw error }
          size = try await embedOneByOne(part, for: goal, user, size, after: error)
        }
        rest = rest.dropFirst(part.count)
      }
      return true
    } catch {
      let hint = error.hint.map { " " + $0 } ?? ""
      log.warning("passages have no vectors yet", ["error": error.debugDescription])
      try await vectors.note(error.message + hint, for: goal)
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
    _ passages: [UnembeddedPassage], for goal: VectorGoal, _ user: UserID, _ size: Int?,
    after error: DomainError
  ) async throws(DomainError) -> Int? {
    guard passages.count > 1 else {
      return try await embedOnceMore(passages, for: goal, user, size, after: error)
    }
    var size = size
    for half in [passages.prefix(passages.count / 2), passages.dropFirst(passages.count / 2)] {
      do throws(DomainError) {
        size = try await embed(Array(half), for: goal, user, size)
      } catch {
        guard error.code == .upstreamFailed || error.code == .invalidInput else { throw error }
        size = try await embedOneByOne(Array(half), for: goal, user, size, after: error)
      }
    }
    return size
  }

  /// One passage that a model failed at: refused where it fails again, between two answers that are well.
  ///
  /// A server with too much to do for a moment refuses nothing.
  private func embedOnceMore(
    _ passages: [UnembeddedPassage], for goal: VectorGoal, _ user: UserID, _ size: Int?,
    after error: DomainError
  ) async throws(DomainError) -> Int? {
    do throws(DomainError) {
      return try await embed(passages, for: goal, user, size)
    } catch {
      guard try await isOfTexts(error, goal.model, user) else { throw error }
      log.warning("a passage got no vector", ["error": error.debugDescription])
      for passage in passages {
        try await vectors.refuse(passage.number, for: goal, because: error.message)
      }
      return size
    }
  }

  /// Gives the size of the vectors.
  private func embed(
    _ passages: [UnembeddedPassage], for goal: VectorGoal, _ user: UserID, _ size: Int?
  ) async throws(DomainError) -> Int? {
    let made = try await embedder.vectors(
      of: passages.map(\.embedded), by: goal.model, for: user, limit: 600)
    if let size, let first = made.first, first.values.count != size {
      throw DomainError(
        .conflict, "The embedding model gives \(first.values.count) numbers where it gave \(size) before.",
        hint: "Have the index make all vectors anew: luthier index reembed.", origin: .upstream)
    }
    let pairs = zip(passages.map(\.number), made)
    try await vectors.store(Dictionary(pairs, uniquingKeysWith: { first, _ in first }), for: goal)
    return size ?? made.first?.values.count
  }

  /// The numbers of the passages nearest to a question; nil where the index has no vectors, or they cannot be asked,
  /// and then why.
  func nearest(
    to question: String, in index: RetrievalIndex, count: Int
  ) async -> (numbers: [Int64]?, problem: String?) {
    guard let wanted = index.vectors else {
      return (
        nil,
        index.next.map { next in
          next.problem
            ?? "The vectors of the new model are not complete: \(next.embedded) of \(index.passages)."
        }
      )
    }
    guard wanted.embedded > 0 else {
      return (nil, wanted.problem ?? (index.passages > 0 ? "The passages have no vectors yet." : nil))
    }
    do throws(DomainError) {
      let made = try await embedder.vectors(
        of: [question], by: wanted.model, for: index.userID,
        limit: embedder.patience(of: wanted.model))
      let left = index.passages - wanted.embedded
      let without = left == 1 ? "1 passage has no vector yet." : "\(left) passages have no vectors yet."
      let problem = left > 0 ? wanted.problem ?? without : nil
      return (try await shelf.nearest(to: made[0], in: index.id, wanted, count: count), problem)
    } catch {
      log.warning("an index was searched by words alone", ["error": error.debugDescription])
      return (nil, error.message)
    }
  }
}
