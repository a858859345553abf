import Contract

/// What an answer was given from an index, as a person reads it.
struct SourceList {
  private let sources: [SourceReply]
  private let index: String

  init(_ sources: [SourceReply], of index: String) {
    self.sources = sources
    self.index = index
  }

  /// Behind an answer: what it cites; with `explains` all that went along, and why.
  func show(_ printer: Printer, explains: Bool) {
    let cited = sources.filter { $0.cited == true }
    if sources.isEmpty {
      printer.hint("(\(index) has nothing of this question)")
    } else if explains {
      printer.hint("Looked up in \(index):")
      for source in sources { printer.hint("  \(source.line)  (\(source.why))") }
    } else if cited.isEmpty {
      let all = sources.count == 1 ? "1 passage" : "the \(sources.count) passages"
      printer.hint("(none of \(all) is cited; /sources in a conversation shows them)")
    } else {
      printer.hint("Sources:")
      for source in cited { printer.hint("  \(source.line)") }
    }
  }
}

extension SourceReply {
  /// `[1] guide.md › Hosts, page 3`.
  var line: String { "[\(number)] \(title)" + (passage.page.map { ", page \($0)" } ?? "") }

  /// Why it was taken.
  var why: String { Self.why(textRank, vectorRank, score, rerankScore) + (cited == true ? ", cited" : "") }

  static func why(_ textRank: Int?, _ vectorRank: Int?, _ score: Double, _ rerankScore: Double?) -> String {
    let ranks = [textRank.map { "words: \($0)." }, vectorRank.map { "vectors: \($0)." }].compactMap { $0 }
    let reranked = rerankScore.map { ["reranked " + Quantity.printed("%.4f", $0)] } ?? []
    return (ranks + ["score " + Quantity.printed("%.4f", score)] + reranked).joined(separator: ", ")
  }

  /// The source with whether it is among those that an answer cites.
  func cited(in numbers: [Int]) -> SourceReply {
    SourceReply(
      number: number, documentID: documentID, document: document, title: title, score: score,
      textRank: textRank, vectorRank: vectorRank, rerankScore: rerankScore, passage: passage,
      cited: numbers.contains(number))
  }
}
