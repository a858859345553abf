/// What makes the vectors of an index: vectors of two models say nothing of one another, so another model makes all anew.
package struct EmbeddingModel: Sendable, Equatable {
  /// `mock`, `local`, the id of a preset, `ollama`, or the address of an OpenAI-compatible server.
  package let backend: String
  /// As the backend calls it; for `local` a model of the user's list or a folder of a host.
  package let model: String
  /// For an address of the user's own.
  package let key: String?

  package init(backend: String, model: String, key: String? = nil) {
    self.backend = backend
    self.model = model
    self.key = key
  }

  /// Makes vectors of words without a model, for trying things out.
  package static let mockBackend = "mock"
  /// A model's folder on a host, by the trainer's Python there.
  package static let localBackend = "local"
  package static let ollamaBackend = "ollama"

  package var isAddress: Bool { backend.hasPrefix("http://") || backend.hasPrefix("https://") }
}

/// How far the vectors of an index are.
package struct IndexVectors: Sendable, Equatable {
  package let model: EmbeddingModel
  /// Passages that have a vector, or were refused one.
  package let embedded: Int
  /// Passages that the model makes no vector of.
  package let refused: Int
  /// Numbers of a vector; nil before the first one.
  package let dimensions: Int?
  /// Why no more are made for now, for people.
  package let problem: String?
  /// Counted up when passages go, and when the vectors of another model take the place of these.
  package let removals: Int
  /// Which of the two sides they lie on, 0 or 1.
  package let side: Int

  package init(
    model: EmbeddingModel, embedded: Int, refused: Int = 0, dimensions: Int?, problem: String?, removals: Int,
    side: Int = 0
  ) {
    self.side = side
    self.refused = refused
    self.model = model
    self.embedded = embedded
    self.dimensions = dimensions
    self.problem = problem
    self.removals = removals
  }
}

/// The vectors that an index is to have: it is searched as before until all of them are there.
package struct NextVectors: Sendable, Equatable {
  package enum State: String, Sendable { case making, paused }

  package let model: EmbeddingModel
  package let state: State
  /// Passages that have a vector of the model, or were refused one.
  package let embedded: Int
  /// Numbers of a vector; nil before the first one.
  package let dimensions: Int?
  /// Why no more are made for now, for people.
  package let problem: String?

  package init(model: EmbeddingModel, state: State, embedded: Int, dimensions: Int?, problem: String?) {
    self.model = model
    self.state = state
    self.embedded = embedded
    self.dimensions = dimensions
    self.problem = problem
  }
}

/// A passage that waits for its vector.
package struct UnembeddedPassage: Sendable, Equatable {
  package let number: Int64
  package let headings: [String]
  package let text: String

  package init(number: Int64, headings: [String], text: String) {
    self.number = number
    self.headings = headings
    self.text = text
  }

  /// What the model is given: the titles say what a passage is about that does not say it itself.
  package var embedded: String { Self.embedded(headings: headings, text: text) }

  private static func embedded(headings: [String], text: String) -> String {
    headings.isEmpty ? text : headings.joined(separator: " › ") + "\n\n" + text
  }

  /// Finds the vector of the same text again (FNV-1a); who uses it compares the text too.
  package static func hash(headings: [String], text: String) -> Int64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in embedded(headings: headings, text: text).utf8 {
      hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
    }
    return Int64(bitPattern: hash)
  }
}

/// Passages of one index that wait for their vectors.
package struct EmbeddingBatch: Sendable, Equatable {
  package let index: RetrievalIndex
  package let passages: [UnembeddedPassage]
  /// What their vectors are for.
  package let goal: VectorGoal

  package init(index: RetrievalIndex, passages: [UnembeddedPassage], goal: VectorGoal) {
    self.index = index
    self.passages = passages
    self.goal = goal
  }
}

/// An index whose model failed a while ago: the one it is searched by, or the one that it is to have.
///
/// Apart from each other: who changes a model that is gone must not wait for it.
package struct VectorWait: Sendable, Hashable {
  package let index: IndexID
  package let isNext: Bool

  package init(_ goal: VectorGoal) { (index, isNext) = (goal.index, goal.isNext) }
}

/// Which vectors of which index: those it is searched by, or those of the model that it is to have.
///
/// With the model, since another may have been chosen while vectors were made.
package struct VectorGoal: Sendable, Equatable {
  package let index: IndexID
  package let model: EmbeddingModel
  package let isNext: Bool
  /// Numbers of the vectors that are there; nil before the first one.
  package let dimensions: Int?

  package init(index: IndexID, model: EmbeddingModel, isNext: Bool, dimensions: Int?) {
    self.index = index
    self.model = model
    self.isNext = isNext
    self.dimensions = dimensions
  }
}

/// Vectors without a model: each word, and each pair of Chinese characters, has its own place.
package enum MockEmbedding {
  static let dimensions = 256

  package static func vector(of text: String) -> [Float] {
    var vector = [Float](repeating: 0, count: dimensions)
    for phrase in PassageWords.phrases(of: text) {
      let hash = UInt64(bitPattern: UnembeddedPassage.hash(headings: [], text: phrase.joined(separator: " ")))
      vector[Int(hash % UInt64(dimensions))] += hash >> 32 & 1 == 0 ? 1 : -1
    }
    // A text without a word has a direction too.
    if vector.allSatisfy({ $0 == 0 }) { vector[0] = 1 }
    return vector
  }
}
