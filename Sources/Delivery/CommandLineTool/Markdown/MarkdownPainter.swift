/// Colours an answer in Markdown as it comes, piece by piece.
///
/// Every character stays as the model wrote it: what is copied from the terminal is the answer. Nothing is wrapped,
/// since the terminal does it, and does it anew when its width changes. A piece is shown at once, but for the few
/// characters whose meaning the next one decides; code is shown line by line.
struct MarkdownPainter {
  /// What a terminal is told before text of a kind.
  enum Style: String {
    case plain = "0"
    case heading = "1;36"
    case bold = "1"
    case italic = "3"
    case code = "36"
    case quote = "2;3"
    case mark = "33"
    case fence = "2"
  }

  private enum Place: Equatable {
    case lineStart
    /// In a line of text whose ground is the style.
    case text(Style)
    case code(fence: String, CodePainter)
  }

  private var place = Place.lineStart
  private var held: [Unicode.Scalar] = []
  private var inline = InlineMarks()
  private var shown = Style.plain
  private var output = ""

  /// What is to be written now; `piece` is harmless text already.
  mutating func feed(_ piece: String) -> String {
    held += piece.unicodeScalars.filter { $0 != "\r" }
    while step(isEnd: false) {}
    defer { output = "" }
    return output
  }

  /// What was held back, at the end of the answer; colours are off behind it.
  mutating func finish() -> String {
    while step(isEnd: true) {}
    set(.plain)
    defer { self = MarkdownPainter() }
    return output
  }

  /// Takes something from `held`; false where more has to come first.
  private mutating func step(isEnd: Bool) -> Bool {
    guard !held.isEmpty else { return false }
    switch place {
    case .code(let fence, var painter):
      guard let line = takeLine(isEnd: isEnd) else { return false }
      let text = Self.trimmed(line)
      if text.hasPrefix(fence), text.allSatisfy({ $0 == fence.first }) {
        write(line, .fence)
        place = .lineStart
      } else {
        output += painter.paint(line)
        place = .code(fence: fence, painter)
      }
      return true
    case .lineStart: return begin(isEnd: isEnd)
    case .text(let ground): return go(on: ground, isEnd: isEnd)
    }
  }

  /// Finds out what kind of line it is.
  private mutating func begin(isEnd: Bool) -> Bool {
    let indent = held.prefix { $0 == " " || $0 == "\t" }.count
    guard indent < held.count else { return isEnd ? writeHeld(.plain) : false }
    let first = held[indent]
    let end = held.firstIndex(of: "\n")
    let run = held[indent...].prefix { $0 == first }.count
    let isRunWhole = indent + run < held.count || isEnd
    switch first {
    case "`", "~":
      guard run >= 3 || isRunWhole else { return false }
      guard run >= 3 else { break }
      guard let line = takeLine(isEnd: isEnd) else { return false }
      let fence = String(repeating: Character(first), count: run)
      write(line, .fence)
      let language = Self.trimmed(line).drop { $0 == Character(first) }
      place = .code(fence: fence, CodePainter(language: language.lowercased()))
      return true
    case "#":
      guard isRunWhole else { return false }
      guard run <= 6, indent + run < held.count, held[indent + run] == " " else { break }
      place = .text(.heading)
      return true
    case ">":
      place = .text(.quote)
      return true
    case "-", "+", "*":
      guard held.count > indent + 1 || isEnd else { return false }
      guard held.count > indent + 1, held[indent + 1] == " " else { break }
      takeMark(indent + 1)
      return true
    case "0"..."9":
      let digits = held[indent...].prefix { ("0"..."9").contains($0) }.count
      let after = indent + digits
      guard held.count > after + 1 || end != nil || isEnd else { return false }
      guard held.count > after + 1, held[after] == "." || held[after] == ")", held[after + 1] == " " else {
        break
      }
      takeMark(after + 1)
      return true
    default: break
    }
    place = .text(.plain)
    return true
  }

  /// Shows the sign of a list's item; what follows is text.
  private mutating func takeMark(_ count: Int) {
    write(held.prefix(count), .mark)
    held.removeFirst(count)
    place = .text(.plain)
  }

  private mutating func go(on ground: Style, isEnd: Bool) -> Bool {
    let scalar = held[0]
    if scalar == "\n" {
      held.removeFirst()
      inline = InlineMarks()
      set(.plain)
      output += "\n"
      place = .lineStart
      return true
    }
    let run = held.prefix { $0 == scalar }.count
    let isMark = scalar == "*" || scalar == "`" || scalar == "_"
    // What stands behind a mark decides what it is.
    if isMark, run == held.count, !isEnd { return false }
    if isMark {
      let after = run < held.count ? held[run] : nil
      let style = inline.take(scalar, count: run, after: after)
      write(held.prefix(run), style ?? ground)
      held.removeFirst(run)
      return true
    }
    let text = held.prefix { $0 != "\n" && $0 != "*" && $0 != "`" && $0 != "_" }
    write(text, inline.style ?? ground)
    inline.before = text.last
    held.removeFirst(text.count)
    return true
  }

  private mutating func takeLine(isEnd: Bool) -> ArraySlice<Unicode.Scalar>? {
    let end = held.firstIndex(of: "\n").map { $0 + 1 } ?? (isEnd ? held.count : nil)
    guard let end else { return nil }
    let line = held[..<end]
    held = Array(held[end...])
    return line
  }

  private mutating func writeHeld(_ style: Style) -> Bool {
    write(held[...], style)
    held = []
    return true
  }

  private mutating func write(_ scalars: ArraySlice<Unicode.Scalar>, _ style: Style) {
    // A line break is outside of every colour: some terminals would colour the whole next line.
    let text = scalars.last == "\n" ? scalars.dropLast() : scalars
    if !text.isEmpty {
      set(style)
      var view = String.UnicodeScalarView()
      view.append(contentsOf: text)
      output += String(view)
    }
    if scalars.last == "\n" {
      set(.plain)
      output += "\n"
    }
  }

  private mutating func set(_ style: Style) {
    guard style != shown else { return }
    output += (shown == .plain ? "" : "\u{1B}[0m") + (style == .plain ? "" : "\u{1B}[\(style.rawValue)m")
    shown = style
  }

  private static func trimmed(_ line: ArraySlice<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: line.filter { $0 != "\n" })
    let text = String(view)
    return String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}

/// Which marks within a line are open: code, bold, italic.
struct InlineMarks {
  private var code = 0
  private var isBold = false
  private var isItalic = false
  /// The character before the place; nil at the beginning of the line.
  var before: Unicode.Scalar?

  var style: MarkdownPainter.Style? {
    if code > 0 { return .code }
    if isBold { return .bold }
    return isItalic ? .italic : nil
  }

  /// Opens or closes, and gives the style of the mark itself.
  mutating func take(
    _ mark: Unicode.Scalar, count: Int, after: Unicode.Scalar?
  ) -> MarkdownPainter.Style? {
    defer { before = mark }
    if mark == "`" {
      let isClosing = code == count
      if code == 0 { code = count } else if isClosing { code = 0 }
      return .code
    }
    guard code == 0 else { return .code }
    let opens = after.map { !$0.properties.isWhitespace } ?? false
    let closes = before.map { !$0.properties.isWhitespace } ?? false
    // A line below within a word is part of a name.
    let isWithinWord = mark == "_" && closes && (after?.properties.isAlphabetic ?? false)
    guard count <= 3, !isWithinWord else { return style }
    let old = style
    if count >= 2, isBold ? closes : opens { isBold.toggle() }
    if count != 2, isItalic ? closes : opens { isItalic.toggle() }
    return style ?? old
  }
}
