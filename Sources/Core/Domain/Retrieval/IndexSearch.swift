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
  /// How many a reranking model has judged; nil where the index has none.
  package let reranked: Int?
  /// Why the reranking model judged nothing.
  package let rerankProblem: String?
  /// The best first.
  package let leftOut: [LeftOut]

  /// Takes `count` of what was found; of one document at most half, unless there are too few of others.
  package init(_ joined: JoinedPassages, count: Int) {
    let ranked = joined.ranked
    let kept = RankFusion.spread(
      Array(ranked.indices), count: count, cap: max(1, (count + 1) / 2)
    ) { ranked[$0].documentID }
    passages = kept.map { ranked[$0] }
    let isKept = Set(kept)
    leftOut = ranked.indices.filter { !isKept.contains($0) }.map { place in
      LeftOut(passage: ranked[place], because: place < kept.last ?? 0 ? .ofItsDocument : .beyondCount)
    }
    words = joined.phrases.map { $0.map(Self.written).joined() }
    byText = joined.byText
    byVector = joined.byVector
    vectorProblem = joined.vectorProblem
    reranked = joined.reranked
    rerankProblem = joined.rerankProblem
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
