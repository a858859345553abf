import Domain
import Testing

/// How the passages of a question are chosen.
@Suite struct IndexSearchTests {
  private static func found(_ numbers: [Int64: DocumentID]) -> [Int64: FoundPassage] {
    Dictionary(
      uniqueKeysWithValues: numbers.map { number, document in
        let passage = Passage(
          place: Int(number), range: 0..<1, headings: ["T"], page: nil, text: "text \(number)")
        return (number, FoundPassage(documentID: document, document: "d", passage: passage, score: 0))
      })
  }

  /// Passages that have all that was asked for.
  private static func matches(_ numbers: [Int64], covering coverage: Double = 1) -> [WordMatch] {
    numbers.map { WordMatch(passage: $0, coverage: coverage) }
  }

  @Test func `words that say little of the question do not lead away from what it means`() {
    let ids = (0..<6).map { _ in DocumentID.make() }
    let found = Self.found(
      Dictionary(uniqueKeysWithValues: ids.enumerated().map { (Int64($0 + 1), $1) }))
    func first(_ coverage: Double) -> [Int] {
      let joined = JoinedPassages(
        phrases: [], text: Self.matches([6, 5, 4], covering: coverage), vectors: [1, 2, 3, 4, 5, 6],
        found: found)
      return IndexSearch(joined, count: 3).passages.map(\.passage.place)
    }
    #expect(first(0.1) == [1, 2, 3])
    #expect(first(1) == [6, 5, 4], "and where they say all of it they do")
    // Where there is nothing but words, all that they found is in their order.
    let alone = JoinedPassages(
      phrases: [], text: Self.matches([6, 5, 4], covering: 0.1), vectors: nil, found: found)
    #expect(IndexSearch(alone, count: 3).passages.map(\.passage.place) == [6, 5, 4])
  }

  @Test func `what both ways find stands before what one finds, and each rank is kept`() {
    let ids = (0..<4).map { _ in DocumentID.make() }
    let search = IndexSearch(
      JoinedPassages(
        phrases: [["wzebra"], ["u6591", "u9a6c"]], text: Self.matches([1, 2, 3]), vectors: [3, 4, 9],
        found: Self.found([1: ids[0], 2: ids[1], 3: ids[2], 4: ids[3]])), count: 2)
    #expect(search.passages.map(\.passage.place) == [3, 1])
    #expect(search.passages.map(\.textRank) == [3, 1] && search.passages.map(\.vectorRank) == [1, nil])
    #expect(search.words == ["zebra", "斑马"])
    #expect(search.byText == 3 && search.byVector == 2, "9 cannot be shown")
    #expect(search.leftOut.map(\.passage.passage.place) == [2, 4])
    #expect(search.leftOut.allSatisfy { $0.because == .beyondCount })
  }

  @Test func `a document gives half of the passages, and why others went out is told`() {
    let (one, two) = (DocumentID.make(), DocumentID.make())
    let search = IndexSearch(
      JoinedPassages(
        phrases: [], text: Self.matches([1, 2, 3, 4, 5, 6]), vectors: nil,
        found: Self.found([1: one, 2: one, 3: one, 4: two, 5: two, 6: two])), count: 4)
    #expect(search.passages.map(\.passage.place) == [1, 2, 4, 5])
    #expect(search.leftOut.map(\.because) == [.ofItsDocument, .beyondCount])
    #expect(search.byVector == nil)
  }

  @Test func `a reranker puts the best first, and what it did not judge behind, as it was found`() {
    let ids = (0..<5).map { _ in DocumentID.make() }
    let joined = JoinedPassages(
      phrases: [], text: Self.matches([1, 2, 3, 4, 5]), vectors: nil,
      found: Self.found([1: ids[0], 2: ids[1], 3: ids[2], 4: ids[3], 5: ids[4]]))
    let search = IndexSearch(joined.reranked(by: [-3, 0.5, nil, 0.5]), count: 3)
    #expect(search.passages.map(\.passage.place) == [2, 4, 1], "equals stand as they were found")
    #expect(search.passages.map(\.rerankScore) == [0.5, 0.5, -3])
    #expect(search.passages.map(\.textRank) == [2, 4, 1], "why it was found stays")
    #expect(search.leftOut.map(\.passage.passage.place) == [3, 5])
    #expect(search.leftOut.allSatisfy { $0.passage.rerankScore == nil })
    #expect(search.reranked == 3 && search.rerankProblem == nil)
    let failed = IndexSearch(joined.keeping(because: "It is down."), count: 2)
    #expect(failed.passages.map(\.passage.place) == [1, 2])
    #expect(failed.reranked == 0 && failed.rerankProblem == "It is down.")
    #expect(IndexSearch(joined, count: 2).reranked == nil)
  }

  @Test func `a reranker cannot bring one document into all of the places`() {
    let (one, two) = (DocumentID.make(), DocumentID.make())
    let joined = JoinedPassages(
      phrases: [], text: Self.matches([1, 2, 3, 4]), vectors: nil,
      found: Self.found([1: one, 2: one, 3: two, 4: two]))
    let search = IndexSearch(joined.reranked(by: [9, 8, 7, 6]), count: 2)
    #expect(search.passages.map(\.passage.place) == [1, 3])
    #expect(search.leftOut.first?.because == .ofItsDocument)
  }

  @Test func `sources that do not fit into the window go out, but for the first`() {
    let document = DocumentID.make()
    func passage(_ text: String) -> FoundPassage {
      FoundPassage(
        documentID: document, document: "d",
        passage: Passage(place: 0, range: 0..<1, headings: [], page: nil, text: text), score: 0)
    }
    let all = [passage(String(repeating: "a", count: 400)), passage("short"), passage("short")]
    #expect(SourcesBlock.fitting(all, budget: 1000).count == 3)
    #expect(SourcesBlock.fitting(all, budget: 140).count == 2)
    #expect(SourcesBlock.fitting(all, budget: 0).count == 1)
    #expect(SourcesBlock.fitting([], budget: 0).isEmpty)
  }
}
