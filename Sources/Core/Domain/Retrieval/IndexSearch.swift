/// What a question found in an index, and how it was chosen.
package struct IndexSearch: Sendable, Equatable {
  /// Why a passage that was found was not taken.
  package enum Cut: Sendable, Equatable {
    /// A document gives at most half of the passages, unless there are too few of others.
    case ofItsDocument
    /// Enough others were better.
    case beyondCount
  }

  package struct LeftOut: Sendable, Equatable {
    package let passage: FoundPassage
    package let because: Cut
  }

  /// The best first.
  package let passages: [FoundPassage]
  /// What was looked up, as people write it.
  package let words: [String]
  /// How many the words found, of those that can be shown.
  package let byText: Int
  /// How many the vectors found; nil where they were not asked.
  package let byVector: Int?
  /// Why the vectors were not asked, where they should have been.
  package let vectorProblem: String?
  /// The best first.
  package let leftOut: [LeftOut]

  /// Joins what was found by words and by vectors, the best of each first, and takes `count` of it.
  ///
  /// - Parameter found: those that can be shown; others are passed over.
  package init(
    phrases: [[String]], text: [Int64], vectors: [Int64]?, vectorProblem: String? = nil,
    found: [Int64: FoundPassage], count: Int
  ) {
    let text = text.filter { found[$0] != nil }
    let vectors = vectors?.filter { found[$0] != nil }
    let textRanks = Self.ranks(text)
    let vectorRanks = Self.ranks(vectors ?? [])
    let ranked = RankFusion.fused([text, vectors ?? []]).compactMap { entry in
      found[entry.member].map {
        FoundPassage(
          documentID: $0.documentID, document: $0.document, passage: $0.passage, score: entry.score,
          textRank: textRanks[entry.member], vectorRank: vectorRanks[entry.member])
      }
    }
    let kept = RankFusion.spread(
      Array(ranked.indices), count: count, cap: max(1, (count + 1) / 2)
    ) { ranked[$0].documentID }
    passages = kept.map { ranked[$0] }
    let isKept = Set(kept)
    leftOut = ranked.indices.filter { !isKept.contains($0) }.map { place in
      LeftOut(passage: ranked[place], because: place < kept.last ?? 0 ? .ofItsDocument : .beyondCount)
    }
    words = phrases.map { $0.map(Self.written).joined() }
    byText = text.count
    byVector = vectors?.count
    self.vectorProblem = vectorProblem
  }

  private static func ranks(_ numbers: [Int64]) -> [Int64: Int] {
    Dictionary(numbers.enumerated().map { ($1, $0 + 1) }, uniquingKeysWith: min)
  }

  /// A word of `SearchText` as it was written.
  private static func written(_ word: String) -> String {
    let rest = word.dropFirst()
    if word.hasPrefix("u"), let value = UInt32(rest, radix: 16), let scalar = Unicode.Scalar(value) {
      return String(scalar)
    }
    return String(rest)
  }
}
