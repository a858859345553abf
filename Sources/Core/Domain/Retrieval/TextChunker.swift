/// Cuts a text into passages: by its titles, then its paragraphs, then its sentences.
///
/// No character is lost: the passages' ranges are together the whole text, and a passage begins where the one before
/// really ended, or a few sentences earlier. One that stands under another title than the passage before repeats
/// nothing of it.
package struct TextChunker: Sendable {
  /// Tokens of a passage, estimated.
  package let size: Int
  /// Tokens that a passage repeats of the one before, at most.
  package let overlap: Int

  package init(size: Int = 320, overlap: Int = 40) {
    self.size = size
    self.overlap = overlap
  }

  /// The passages of `text`, which is UTF-8.
  package func passages(of text: [UInt8], kind: TextKind) -> [Passage] {
    var reader = TextPieces(text, kind: kind, limit: size * 4)
    let pieces = reader.all()
    let hasPages = text.contains(0x0C)
    var passages: [Passage] = []
    // The first piece of the passage, and the first that the one before did not have.
    var (begin, new) = (0, 0)
    while new < pieces.count {
      let end = self.end(of: pieces, from: begin, new)
      let range = pieces[begin].range.lowerBound..<pieces[end - 1].range.upperBound
      passages.append(
        Passage(
          place: passages.count, range: range, headings: pieces[new].headings,
          page: hasPages ? pieces[new].page : nil, text: String(decoding: text[range], as: UTF8.self)))
      begin = repeated(pieces, from: begin, to: end)
      new = end
    }
    return passages
  }

  /// The end of the passage that begins with piece `begin`; behind `new` in any case.
  private func end(of pieces: [TextPiece], from begin: Int, _ new: Int) -> Int {
    var weight = pieces[begin...new].reduce(0) { $0 + $1.weight }
    var end = new + 1
    // The last block that began when the passage was half full.
    var block: Int?
    while end < pieces.count {
      let piece = pieces[end]
      // A new title begins a new passage, unless there is little before it.
      if piece.isHeading, weight >= size { return end }
      if piece.beginsBlock, weight >= size * 2 { block = end }
      if weight + piece.weight > size * 4 { return piece.beginsBlock ? end : block ?? end }
      weight += piece.weight
      end += 1
    }
    return end
  }

  /// Where the passage behind the one that ends at `end` begins.
  private func repeated(_ pieces: [TextPiece], from begin: Int, to end: Int) -> Int {
    guard end < pieces.count, !pieces[end].isHeading else { return end }
    var first = end
    var weight = 0
    while first - 1 > begin, pieces[first - 1].headings == pieces[end].headings,
      weight + pieces[first - 1].weight <= overlap * 4
    {
      first -= 1
      weight += pieces[first].weight
    }
    // What comes must fit behind what is repeated.
    return weight + pieces[end].weight <= size * 4 ? first : end
  }
}
