import Domain
import Testing

/// Passages weighed by the words that they share with a question.
@Suite struct WordScoresTests {
  private static func best(
    _ phrases: [[String]], counts: [Int], of passages: Int = 1000,
    _ rows: [(Int64, titles: String, words: String)]
  ) -> [Int64] {
    var scores = WordScores(phrases, counts: counts, of: passages)
    for (number, titles, words) in rows { scores.add(number, titles: titles, words: words) }
    return scores.best(10).map(\.passage)
  }

  @Test func `a rare word says more than several common ones`() {
    let phrases = [["wstone"], ["wriver"], ["wzebra"]]
    let found = Self.best(
      phrases, counts: [900, 900, 1],
      [
        (1, "wt", "wstone wriver wstone wriver"), (2, "wt", "wzebra wa wb wc"), (3, "wt", "wnothing"),
        (4, "wt", "wstone wa wb wc"),
      ])
    #expect(found == [2, 1, 4], "and what has none of them is not found")
  }

  @Test func `a title counts more than the text, and a short passage more than a long one`() {
    let found = Self.best(
      [["wcat"]], counts: [3],
      [
        (1, "wt", "wcat wa wb wc wd we"), (2, "wcat", "wx wa wb wc wd we"),
        (3, "wt", "wcat " + String(repeating: "wa ", count: 60)),
      ])
    #expect(found == [2, 1, 3])
  }

  @Test func `the words of a phrase stand behind one another, in a title or in the text`() {
    let phrases = [["u4eca", "u5929"], ["u5929", "u4eca"]]
    let found = Self.best(
      phrases, counts: [2, 2],
      [
        (1, "u4eca", "u5929 wa"), (2, "wt", "u4eca u5929"), (3, "wt", "u5929 wa u4eca"),
        (4, "wt", "u4eca u5929 u4eca"),
      ])
    #expect(found == [4, 2], "not over the end of a title, and not with a word between")
  }

  @Test func `alike ones stand in the order of their numbers`() {
    let found = Self.best([["wa"]], counts: [3], [(9, "", "wa"), (3, "", "wa"), (5, "", "wa")])
    #expect(found == [3, 5, 9])
    #expect(WordScores([], counts: [], of: 0).best(3).isEmpty)
  }

  @Test func `what a passage covers of a question is told by how rare its words are`() throws {
    var scores = WordScores([["wthe"], ["wzebra"], ["wunicorn"]], counts: [900, 1, 0], of: 1000)
    scores.add(1, titles: "", words: "wthe wa")
    scores.add(2, titles: "wzebra", words: "wthe")
    let found = scores.best(9)
    #expect(found.map(\.passage) == [2, 1])
    let (zebra, common) = (try #require(found.first).coverage, try #require(found.last).coverage)
    #expect(common < 0.05 && zebra > 0.4 && zebra < 0.6, "none has the unicorn, the most of what was asked")
  }
}
