/// Cuts a text into passages: by its titles, then its paragraphs, then its sentences.
///
/// No character is lost: the passages' ranges are together the whole text, and a passage begins where the one before
/// really ended, or a few sentences earlier. One that stands under another title or on another page than the passage
/// before repeats nothing of it.
package struct TextChunker: Sendable {
  /// Tokens of a passage, estimated.
  package let size: Int
  /// Tokens that a passage repeats of the one before, at most.
  package let overlap: Int

  package init(size: Int = 320, overlap: Int = 40) {
    self.size = size
    self.overlap = overlap
  }

  /// The passages of `text`, which is UTF-8, cut as they are asked for.
  package func passages(of text: [UInt8], kind: TextKind) -> TextPassages {
    TextPassages(text, kind: kind, size: size, overlap: overlap)
  }
}

/// The passages of a text, one after another.
package struct TextPassages: Sequence, IteratorProtocol, Sendable {
  private let text: [UInt8]
  private let size: Int
  private let overlap: Int
  private let hasPages: Bool
  private var reader: TextPieces
  /// Those that were read and are still of use; the first is the first of the next passage.
  private var pieces: [TextPiece] = []
  /// The first piece that the passage before did not have.
  private var new = 0
  private var place = 0

  init(_ text: [UInt8], kind: TextKind, size: Int, overlap: Int) {
    self.text = text
    self.size = size
    self.overlap = overlap
    hasPages = text.contains(0x0C)
    reader = TextPieces(text, kind: kind, limit: size * 4)
  }

  /// How many there are with a word, without making one.
  package func countOfWritten() -> Int {
    var rest = self
    var count = 0
    while let cut = rest.cut() { if text[cut.range].contains(where: { $0 > 0x20 }) { count += 1 } }
    return count
  }

  /// The next one with a word.
  package mutating func nextWritten() -> Passage? {
    while let passage = next() { if passage.text.utf8.contains(where: { $0 > 0x20 }) { return passage } }
    return nil
  }

  package mutating func next() -> Passage? {
    guard let cut = cut() else { return nil }
    defer { place += 1 }
    return Passage(
      place: place, range: cut.range, headings: cut.first.headings, page: hasPages ? cut.first.page : nil,
      text: String(decoding: text[cut.range], as: UTF8.self))
  }

  /// The range of the next passage, and its first new piece.
  private mutating func cut() -> (range: Range<Int>, first: TextPiece)? {
    guard has(new) else { return nil }
    let end = self.end()
    let range = pieces[0].range.lowerBound..<pieces[end - 1].range.upperBound
    let first = pieces[new]
    let begin = repeated(end)
    pieces.removeFirst(begin)
    new = end - begin
    return (range, first)
  }

  /// Whether there is a piece at `place`, which is read where it was not.
  private mutating func has(_ place: Int) -> Bool {
    while pieces.count <= place, let piece = reader.next() { pieces.append(piece) }
    return place < pieces.count
  }

  /// The end of the passage that begins with the first piece; behind `new` in any case.
  private mutating func end() -> Int {
    var weight = pieces[0...new].reduce(0) { $0 + $1.weight }
    var end = new + 1
    // The last block that began when the passage was half full.
    var block: Int?
    while has(end) {
      let piece = pieces[end]
      // A new title begins a new passage, unless there is little before it.
      if piece.isHeading, weight >= size { return end }
      // A page too: a passage is cited by the page it begins on.
      if piece.page != pieces[new].page, weight >= size { return end }
      if piece.beginsBlock, weight >= size * 2 { block = end }
      if weight + piece.weight > size * 4 { return piece.beginsBlock ? end : block ?? end }
      weight += piece.weight
      end += 1
    }
    return end
  }

  /// Where the passage behind the one that ends at `end` begins.
  private mutating func repeated(_ end: Int) -> Int {
    guard has(end), !pieces[end].isHeading else { return end }
    var first = end
    var weight = 0
    // Nor of another page: the passage is cited by the one that its new words stand on.
    while first - 1 > 0, pieces[first - 1].headings == pieces[end].headings,
      pieces[first - 1].page == pieces[end].page,
      weight + pieces[first - 1].weight <= overlap * 4
    {
      first -= 1
      weight += pieces[first].weight
    }
    // What comes must fit behind what is repeated.
    return weight + pieces[end].weight <= size * 4 ? first : end
  }
}
