/// What reads a question together with each passage that was found and says how well they fit; an index may have one,
/// and change it.
package struct RerankingModel: Sendable, Equatable {
  /// `mock`, the id of a preset, or the address of a server that answers `/v1/rerank` or `/rerank`.
  package let backend: String
  /// As the backend calls it.
  package let model: String
  /// For an address of the user's own.
  package let key: String?

  package init(backend: String, model: String, key: String? = nil) {
    self.backend = backend
    self.model = model
    self.key = key
  }

  /// Counts the question's words in a passage, without a model: for trying things out.
  package static let mockBackend = "mock"

  package var isAddress: Bool { backend.hasPrefix("http://") || backend.hasPrefix("https://") }

  /// Passages that are judged at most for one question.
  package static let mostPassages = 100
}

/// Judges without a model.
package enum MockReranking {
  /// The share of the question's words that a text has, 0 to 1.
  package static func score(of text: String, for question: String) -> Double {
    let asked = Set(PassageWords.phrases(of: question))
    guard !asked.isEmpty else { return 0 }
    return Double(asked.intersection(PassageWords.phrases(of: text)).count) / Double(asked.count)
  }
}
