/// What words and vectors found for a question, joined into one list, before some of it is taken.
package struct JoinedPassages: Sendable, Equatable {
  let phrases: [[String]]
  /// The best first.
  package let ranked: [FoundPassage]
  let byText: Int
  let byVector: Int?
  let vectorProblem: String?
  /// How many a model has judged; nil where none was to.
  let reranked: Int?
  package let rerankProblem: String?

  /// Joins what was found by words and by vectors, the best of each first.
  ///
  /// What the words found counts for as much as it has of the question's words: where the question is in words that the
  /// documents do not have, the few that they share say little, and the vectors decide. Without vectors nothing stands
  /// against the words.
  ///
  /// - Parameter found: those that can be shown; others are passed over.
  package init(
    phrases: [[String]], text: [WordMatch], vectors: [Int64]?, vectorProblem: String? = nil,
    found: [Int64: FoundPassage]
  ) {
    let text = text.filter { found[$0.passage] != nil }
    let vectors = vectors?.filter { found[$0] != nil }
    let textRanks = Self.ranks(text.map(\.passage))
    let vectorRanks = Self.ranks(vectors ?? [])
    let byWords = text.map { (member: $0.passage, share: vectors == nil ? 1 : $0.coverage) }
    let byMeaning = (vectors ?? []).map { (member: $0, share: 1.0) }
    self.init(
      phrases: phrases,
      ranked: RankFusion.fused([byWords, byMeaning]).compactMap { entry in
        found[entry.member].map {
          FoundPassage(
            documentID: $0.documentID, document: $0.document, passage: $0.passage, score: entry.score,
            textRank: textRanks[entry.member], vectorRank: vectorRanks[entry.member])
        }
      }, byText: text.count, byVector: vectors?.count, vectorProblem: vectorProblem, reranked: nil,
      rerankProblem: nil)
  }

  private init(
    phrases: [[String]], ranked: [FoundPassage], byText: Int, byVector: Int?, vectorProblem: String?,
    reranked: Int?, rerankProblem: String?
  ) {
    self.phrases = phrases
    self.ranked = ranked
    self.byText = byText
    self.byVector = byVector
    self.vectorProblem = vectorProblem
    self.reranked = reranked
    self.rerankProblem = rerankProblem
  }

  /// The first passages by a model's judgement; behind them those that it did not judge, in the order they had.
  ///
  /// - Parameter scores: of the first passages, the more the better; nil for one that has none.
  package func reranked(by scores: [Double?]) -> JoinedPassages {
    let judged = zip(ranked, scores).compactMap { passage, score in score.map { passage.judged($0) } }
    let rest = ranked.indices.filter { place in place >= scores.count || scores[place] == nil }
    let ordered = judged.enumerated().sorted {
      ($0.element.rerankScore ?? 0, $1.offset) > ($1.element.rerankScore ?? 0, $0.offset)
    }.map(\.element)
    return with(ordered + rest.map { ranked[$0] }, reranked: judged.count, problem: nil)
  }

  /// The same order, which no model could judge.
  package func keeping(because problem: String) -> JoinedPassages {
    with(ranked, reranked: 0, problem: problem)
  }

  private func with(_ ranked: [FoundPassage], reranked: Int, problem: String?) -> JoinedPassages {
    JoinedPassages(
      phrases: phrases, ranked: ranked, byText: byText, byVector: byVector, vectorProblem: vectorProblem,
      reranked: reranked, rerankProblem: problem)
  }

  private static func ranks(_ numbers: [Int64]) -> [Int64: Int] {
    Dictionary(numbers.enumerated().map { ($1, $0 + 1) }, uniquingKeysWith: min)
  }
}
