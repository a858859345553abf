import Glibc

/// A passage that has some of a question's words.
package struct WordMatch: Sendable, Equatable {
  package let passage: Int64
  /// How much of what the question says it has, from 0 to 1: a rare word is more of it than a common one, and one that
  /// no passage has is most of all.
  package let coverage: Double

  package init(passage: Int64, coverage: Double) {
    self.passage = passage
    self.coverage = coverage
  }
}

/// Weighs passages by the words that a question and they have in common (BM25), where only some of an index's passages
/// are looked at.
///
/// Source: Robertson, Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009.
package struct WordScores: Sendable {
  /// What a word of a title counts for, beside one of the text.
  private static let ofTitle = 3.0

  /// Of each phrase: what a passage gains by having it.
  private var weights: [Double]
  /// The words of all phrases, by what they hash to.
  private var numbers: [UInt64: Int] = [:]
  /// Of each word: the phrases that end with it, as the words before it and its phrase.
  private var endings: [[(before: [Int], phrase: Int)]] = []
  private var rows: [(passage: Int64, counts: [Double], length: Int)] = []
  private var totalLength = 0

  /// - Parameters:
  ///   - counts: of each phrase, how many passages have it; none have it is told too, for the coverage.
  ///   - passages: how many there are.
  package init(_ phrases: [[String]], counts: [Int], of passages: Int) {
    weights = counts.map { Self.weight(of: $0, among: passages) }
    for (phrase, words) in phrases.enumerated() {
      let named = words.map { word -> Int in
        let hash = Self.hash(word.utf8)
        if let known = numbers[hash] { return known }
        endings.append([])
        numbers[hash] = endings.count - 1
        return endings.count - 1
      }
      guard let last = named.last else { continue }
      endings[last].append((Array(named.dropLast()), phrase))
    }
  }

  /// Weighs the phrases by how many of the passages that were taken have them: where all were that have any.
  package mutating func weighAsTaken(of passages: Int) {
    weights = having.map { Self.weight(of: $0, among: passages) }
  }

  /// What a phrase says that so many passages have: the rarer, the more.
  private static func weight(of count: Int, among passages: Int) -> Double {
    log(1 + (Double(max(passages, count) - count) + 0.5) / (Double(count) + 0.5))
  }

  /// Takes a passage by its words as the full-text index has them, separated by blanks.
  package mutating func add(_ passage: Int64, titles: String, words: String) {
    var counts = [Double](repeating: 0, count: weights.count)
    var length = count(titles, Self.ofTitle, into: &counts)
    length += count(words, 1, into: &counts)
    totalLength += length
    rows.append((passage, counts, length))
  }

  /// Of each phrase, how many of the passages that were taken have it.
  package var having: [Int] {
    weights.indices.map { phrase in rows.count { $0.counts[phrase] > 0 } }
  }

  /// The passages that have any of the phrases, the best first.
  package func best(_ limit: Int) -> [WordMatch] {
    let whole = weights.reduce(0, +)
    let average = max(1, Double(totalLength) / Double(max(1, rows.count)))
    let scored = rows.compactMap { row -> (passage: Int64, score: Double, covered: Double)? in
      let norm = 1.2 * (0.25 + 0.75 * Double(row.length) / average)
      var (score, covered) = (0.0, 0.0)
      for (count, weight) in zip(row.counts, weights) where count > 0 {
        score += weight * count * 2.2 / (count + norm)
        covered += weight
      }
      return score > 0 ? (row.passage, score, covered / whole) : nil
    }
    return scored.sorted { ($0.score, $1.passage) > ($1.score, $0.passage) }.prefix(limit)
      .map { WordMatch(passage: $0.passage, coverage: $0.covered) }
  }

  /// Gives the number of words.
  private func count(_ text: String, _ weight: Double, into counts: inout [Double]) -> Int {
    var text = text
    // A word is a number where a phrase has it, else -1.
    var line: [Int] = []
    text.withUTF8 { bytes in
      line.reserveCapacity(bytes.count / 6 + 1)
      var hash = Self.basis
      var isInWord = false
      for byte in bytes {
        if byte == 0x20 {
          if isInWord { line.append(numbers[hash] ?? -1) }
          (hash, isInWord) = (Self.basis, false)
        } else {
          hash = (hash ^ UInt64(byte)) &* Self.prime
          isInWord = true
        }
      }
      if isInWord { line.append(numbers[hash] ?? -1) }
    }
    for (place, word) in line.enumerated() where word >= 0 {
      for ending in endings[word] where ending.before.count <= place {
        if line[(place - ending.before.count)..<place].elementsEqual(ending.before) {
          counts[ending.phrase] += weight
        }
      }
    }
    return line.count
  }

  // FNV-1a: a word is looked up for each of the passages' words.
  private static let basis: UInt64 = 0xcbf2_9ce4_8422_2325
  private static let prime: UInt64 = 0x100_0000_01b3

  private static func hash(_ bytes: String.UTF8View) -> UInt64 {
    bytes.reduce(basis) { ($0 ^ UInt64($1)) &* prime }
  }
}
