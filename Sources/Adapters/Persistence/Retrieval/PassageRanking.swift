import Domain
import SQLAccess

/// The passages of one index, as a ranking looks them up.
protocol PassageLookup {
  /// What is to be known of phrases before passages are chosen by them.
  func known(_ phrases: [[String]], of passages: Int) throws -> [PassageRanking.Phrase]
  /// Passages that have all of the phrases, or have them in their titles; which of more than `limit` is the engine's choice.
  func numbers(having phrases: [[String]], inTitles: Bool, limit: Int) throws -> [Int64]
  /// Passages by their numbers.
  func read(_ numbers: [Int64], _ body: (_ number: Int64, _ titles: String, _ words: String) -> Void) throws
}

/// The best passages for a question.
///
/// The engines' own rankings walk over every passage that has any of the words: with FTS5's `bm25()` a fifth of a second
/// for a question of common words over 100,000 passages. Here the rare words choose the passages that are weighed, and
/// those that have only common ones are looked at where there are too few of them. Of an index of at most `most` passages
/// all are weighed. A prototype over 100,000 passages of source code found the same first one as the full ranking for 60
/// of 60 questions, and 94 in 100 of the first five.
struct PassageRanking {
  /// Passages of one phrase that are looked at to learn how common it is.
  static let sample = 100
  /// Passages of one phrase that are weighed at most.
  static let most = 2000
  /// When so many are to be weighed, phrases that are more common choose no more.
  private static let enough = 500
  /// Common phrases that are looked for in one passage.
  private static let together = 5

  struct Phrase {
    let words: [String]
    /// How many passages have it about; just so many where `isRare`.
    let count: Int
    /// Some that have it, `sample` of them if there are so many; nil where that was not looked up.
    let first: [Int64]?

    /// Whether `first` are all that have it.
    var isRare: Bool { (first?.count ?? sample) < sample }
  }

  let lookup: any PassageLookup

  func best(_ phrases: [[String]], of passages: Int, limit: Int) throws -> [WordMatch] {
    let known = try lookup.known(phrases, of: passages)
    let absent = known.filter { $0.count == 0 }
    let found = known.filter { $0.count > 0 }.sorted { first, second in
      first.count == second.count
        ? first.words.lexicographicallyPrecedes(second.words) : first.count < second.count
    }
    var scores = WordScores(
      (found + absent).map(\.words), counts: (found + absent).map(\.count), of: passages)
    let chosen = try chosen(found, of: passages, limit: limit).sorted()
    try lookup.read(chosen) { scores.add($0, titles: $1, words: $2) }
    if passages <= Self.most { scores.weighAsTaken(of: passages) }
    return scores.best(limit)
  }

  /// The passages that are weighed.
  private func chosen(_ phrases: [Phrase], of passages: Int, limit: Int) throws -> Set<Int64> {
    var chosen: Set<Int64> = []
    for (place, phrase) in phrases.enumerated() {
      if phrase.isRare {
        chosen.formUnion(phrase.first ?? [])
        continue
      }
      guard chosen.count < Self.enough || passages <= Self.most else { break }
      if phrase.count < Self.most || passages <= Self.most {
        chosen.formUnion(try lookup.numbers(having: [phrase.words], inTitles: false, limit: Self.most))
        continue
      }
      // Nothing but common ones is left: what has several of them, and what has the rarest in its titles.
      chosen.formUnion(
        try phrase.first ?? lookup.numbers(having: [phrase.words], inTitles: false, limit: Self.sample))
      chosen.formUnion(try lookup.numbers(having: [phrase.words], inTitles: true, limit: Self.sample))
      if chosen.count < max(limit, Self.sample * 2) {
        chosen.formUnion(try together(phrases[place...], limit: limit))
      }
      break
    }
    return chosen
  }

  /// Passages that have as many of the phrases as at least `limit` passages have together, the rarest of them first.
  private func together(_ phrases: ArraySlice<Phrase>, limit: Int) throws -> [Int64] {
    var wanted = phrases.prefix(Self.together)
    while wanted.count > 1 {
      let numbers = try lookup.numbers(having: wanted.map(\.words), inTitles: false, limit: Self.sample)
      if numbers.count >= limit { return numbers }
      wanted = wanted.dropLast()
    }
    return []
  }
}
