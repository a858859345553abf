/// The title a conversation gets from its first message, at once and in its language.
package enum ConversationTitle {
  /// Columns of a terminal; a Chinese character takes two.
  package static let columns = 40

  /// The first sentence in one line, cut at 40 columns; for a text that shows nothing, the empty string.
  package static func make(from text: String) -> String {
    let words = text.split { $0.isWhitespace || $0.isNewline || !isShown($0) }
    var line = firstSentence(words.joined(separator: " "))
    // Marks of Markdown at the begin say nothing in a title.
    line = line.drop { "#>*-` ".contains($0) }
    return fit(line.isEmpty ? words.joined(separator: " ")[...] : line)
  }

  private static func firstSentence(_ line: String) -> Substring {
    var previous: Character?
    for index in line.indices {
      let character = line[index]
      if "。！？".contains(character) { return line[..<line.index(after: index)] }
      // A dot inside of a number or a name ends nothing.
      if character == " ", let previous, ".!?".contains(previous), line[..<index].count > 3 {
        return line[..<index]
      }
      previous = character
    }
    return line[...]
  }

  private static func fit(_ line: Substring) -> String {
    var used = 0
    var kept = ""
    for character in line {
      used += width(character)
      if used > columns { break }
      kept.append(character)
    }
    guard kept.count < line.count else { return String(line) }
    while width(of: kept) > columns - 1 { kept.removeLast() }
    return kept + "…"
  }

  /// Columns a text takes.
  package static func width(of text: String) -> Int { text.reduce(0) { $0 + width($1) } }

  private static func width(_ character: Character) -> Int {
    character.unicodeScalars.contains { scalar in
      scalar.value == 0xFE0F || wide.contains { $0.contains(scalar.value) }
    } ? 2 : 1
  }

  private static func isShown(_ character: Character) -> Bool {
    character.unicodeScalars.contains { $0.properties.generalCategory != .control }
  }

  // East Asian wide and emoji, in blocks: a title may end a column early, never late.
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE6F,
    0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x1F000...0x1FAFF, 0x20000...0x3FFFD,
  ]
}
