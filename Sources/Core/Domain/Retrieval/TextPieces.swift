/// What of a text stays together when it is cut: a title, a line of code, a sentence.
struct TextPiece: Equatable {
  /// Bytes of the text; the pieces follow one another without a gap.
  var range: Range<Int>
  /// Quarters of a token, see `TextPieces.weight`.
  var weight: Int
  /// The first of a paragraph, a list's item, a block of code.
  var beginsBlock = false
  var isHeading = false
  /// The titles it stands under.
  var headings: [String] = []
  var page = 1
}

/// Cuts a text into pieces, none heavier than `limit`, that are together the whole text; one after another, so that
/// they are never all there.
struct TextPieces: Sendable {
  /// Quarters of a token that text takes, estimated as `ContextWindow` does: one for an ASCII character, four for any
  /// other.
  static func weight(_ text: ArraySlice<UInt8>) -> Int {
    text.reduce(0) { $0 + ($1 < 0x80 ? 1 : $1 >= 0xC0 ? 4 : 0) }
  }

  private let text: [UInt8]
  private let kind: TextKind
  private let limit: Int
  private var pieces: [TextPiece] = []
  private var titles: [(level: Int, title: String)] = []
  private var page = 1
  /// The end of a fenced block of code that is open.
  private var fence: [UInt8]?
  private var beginsBlock = true
  /// Where the next line begins.
  private var start = 0
  /// Where a paragraph began whose lines are read.
  private var paragraph: Int?
  /// The next of `pieces` to be given.
  private var given = 0

  init(_ text: [UInt8], kind: TextKind, limit: Int) {
    self.text = text
    self.kind = kind
    self.limit = limit
  }

  mutating func next() -> TextPiece? {
    // The last one may still get the blank lines behind it.
    while given + 1 >= pieces.count, readLine() {}
    guard given < pieces.count else { return nil }
    let piece = pieces[given]
    given += 1
    if given > 512 {
      pieces.removeFirst(given)
      given = 0
    }
    return piece
  }

  /// False at the end, when every piece is there.
  private mutating func readLine() -> Bool {
    if start < text.count {
      let end = (text[start...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count - 1) + 1
      let line = text[start..<end]
      let isBlank = line.allSatisfy { $0 <= 0x20 }
      let heading = kind == .markdown && fence == nil ? Self.heading(line) : nil
      let isCode = kind == .code || isFenced(line)
      if isBlank || heading != nil || isCode, let first = paragraph {
        sentences(first..<start)
        paragraph = nil
      }
      if isBlank {
        blank(start..<end)
      } else if let heading {
        title(heading, start..<end)
      } else if isCode {
        add(start..<end)
      } else if paragraph == nil {
        paragraph = start
      } else if Self.beginsItem(line), let first = paragraph {
        sentences(first..<start)
        beginsBlock = true
        paragraph = start
      }
      start = end
      return true
    }
    guard let first = paragraph else { return false }
    sentences(first..<text.count)
    paragraph = nil
    return true
  }

  /// Blank lines belong to what stands before them.
  private mutating func blank(_ range: Range<Int>) {
    page += text[range].count { $0 == 0x0C }
    beginsBlock = true
    guard !pieces.isEmpty else { return add(range) }
    let weight = Self.weight(text[range])
    // A page of blanks is cut as well.
    guard pieces[pieces.count - 1].weight + weight <= limit else { return add(range) }
    pieces[pieces.count - 1].range = pieces[pieces.count - 1].range.lowerBound..<range.upperBound
    pieces[pieces.count - 1].weight += weight
  }

  private mutating func title(_ heading: (level: Int, title: String), _ range: Range<Int>) {
    titles.removeAll { $0.level >= heading.level }
    titles.append(heading)
    beginsBlock = true
    add(range, isHeading: true)
    beginsBlock = true
  }

  /// Adds a paragraph's sentences; each keeps the blanks behind it.
  private mutating func sentences(_ range: Range<Int>) {
    var first = range.lowerBound
    var index = first
    while index < range.upperBound {
      guard let after = sentenceEnd(at: index, in: range) else {
        index += 1
        continue
      }
      add(first..<after)
      first = after
      index = after
    }
    if first < range.upperBound { add(first..<range.upperBound) }
  }

  /// Where the next sentence begins, when one ends at `index`.
  private func sentenceEnd(at index: Int, in range: Range<Int>) -> Int? {
    let byte = text[index]
    var after: Int
    if byte == UInt8(ascii: ".") || byte == UInt8(ascii: "!") || byte == UInt8(ascii: "?") {
      after = index + 1
      while after < range.upperBound, [0x22, 0x27, 0x29, 0x5D].contains(text[after]) { after += 1 }
      // "3.14" and "e.g.x" are no ends.
      guard after == range.upperBound || text[after] <= 0x20 else { return nil }
    } else if byte >= 0xE2, index + 2 < range.upperBound, Self.isFullStop(text[index..<index + 3]) {
      after = index + 3
      while after + 2 < range.upperBound, Self.isClosing(text[after..<after + 3]) { after += 3 }
    } else {
      return nil
    }
    while after < range.upperBound, text[after] <= 0x20 { after += 1 }
    return after
  }

  /// One of 。！？；….
  private static func isFullStop(_ bytes: ArraySlice<UInt8>) -> Bool {
    let ends: [[UInt8]] = [
      [0xE3, 0x80, 0x82], [0xEF, 0xBC, 0x81], [0xEF, 0xBC, 0x9F], [0xEF, 0xBC, 0x9B], [0xE2, 0x80, 0xA6],
    ]
    return ends.contains { bytes.elementsEqual($0) }
  }

  /// One of ”’」』）】》.
  private static func isClosing(_ bytes: ArraySlice<UInt8>) -> Bool {
    let marks: [[UInt8]] = [
      [0xE2, 0x80, 0x9D], [0xE2, 0x80, 0x99], [0xE3, 0x80, 0x8D], [0xE3, 0x80, 0x8F], [0xEF, 0xBC, 0x89],
      [0xE3, 0x80, 0x91], [0xE3, 0x80, 0x8B],
    ]
    return marks.contains { bytes.elementsEqual($0) }
  }

  /// Adds a range, in parts where it is too heavy for one.
  private mutating func add(_ range: Range<Int>, isHeading: Bool = false) {
    page += text[range].count { $0 == 0x0C }
    var rest = range
    while !rest.isEmpty {
      let end = self.end(of: rest)
      pieces.append(
        TextPiece(
          range: rest.lowerBound..<end, weight: Self.weight(text[rest.lowerBound..<end]),
          beginsBlock: beginsBlock, isHeading: isHeading, headings: titles.map(\.title), page: page))
      beginsBlock = false
      rest = end..<rest.upperBound
    }
  }

  /// The end of the part of `range` that is light enough: behind a blank where there is one, else between characters.
  private func end(of range: Range<Int>) -> Int {
    var weight = 0
    var blank: Int?
    var index = range.lowerBound
    while index < range.upperBound {
      let byte = text[index]
      weight += byte < 0x80 ? 1 : byte >= 0xC0 ? 4 : 0
      if weight > limit { return blank ?? max(index, range.lowerBound + 1) }
      index += 1
      if byte <= 0x20 { blank = index }
    }
    return range.upperBound
  }

  /// Whether a line belongs to a fenced block of code, its fences too.
  private mutating func isFenced(_ line: ArraySlice<UInt8>) -> Bool {
    guard kind == .markdown else { return false }
    let trimmed = line.drop { $0 == 0x20 }
    let mark = trimmed.first
    let run = trimmed.prefix { $0 == mark }
    let isFence = (mark == UInt8(ascii: "`") || mark == UInt8(ascii: "~")) && run.count >= 3
    if let open = fence {
      if isFence, mark == open.first, run.count >= open.count { fence = nil }
      return true
    }
    if isFence {
      fence = Array(run)
      beginsBlock = true
    }
    return isFence
  }

  private static func heading(_ line: ArraySlice<UInt8>) -> (level: Int, title: String)? {
    let marks = line.prefix { $0 == UInt8(ascii: "#") }.count
    let rest = line.dropFirst(marks)
    guard (1...6).contains(marks), let next = rest.first, next <= 0x20 else { return nil }
    var words = rest.drop { $0 <= 0x20 }
    while let last = words.last, last <= 0x20 || last == UInt8(ascii: "#") { words.removeLast() }
    return words.isEmpty ? nil : (marks, String(decoding: words.prefix(200), as: UTF8.self))
  }

  /// A list's item or a table's row.
  private static func beginsItem(_ line: ArraySlice<UInt8>) -> Bool {
    let rest = line.drop { $0 == 0x20 || $0 == 0x09 }
    guard let first = rest.first else { return false }
    if first == UInt8(ascii: "|") { return true }
    let digits = rest.prefix { (0x30...0x39).contains($0) }.count
    let mark = digits > 0 ? rest.dropFirst(digits).first : first
    let next = rest.dropFirst(digits + 1).first
    let marks: [UInt8] = digits > 0 ? [UInt8(ascii: "."), UInt8(ascii: ")")] : Array("-*+".utf8)
    return next == 0x20 && mark.map(marks.contains) == true
  }
}
