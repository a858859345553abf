/// Text as words that every engine's full-text index takes as they are.
///
/// Chinese, Japanese and Thai write no blanks between words, and the engines' own tokenizers take a whole sentence for
/// one word or leave short words out. So each such character becomes a word of its own, spelled in ASCII (`u4e2d`),
/// and a run of them is looked for as a phrase; other words are lower-cased and begin with `w`, which keeps them from
/// the engines' lists of stop words.
package enum SearchText {
  /// Longer words are cut: they are encoded data, not words.
  static let longestWord = 40

  /// The words of a text, separated by blanks; empty for one without any.
  package static func words(of text: String) -> String { tokens(of: text).joined(separator: " ") }

  /// What a person typed, as the terms that must all be found.
  ///
  /// Each is a phrase of words; the last word of one that ends in letters is a prefix. Empty where nothing can be
  /// looked for.
  package static func terms(of query: String) -> [Term] {
    query.split(whereSeparator: \.isWhitespace).prefix(8).compactMap { part in
      let words = Array(tokens(of: String(part)).prefix(32))
      guard let last = words.last else { return nil }
      return Term(words: words, isPrefix: last.hasPrefix("w"))
    }
  }

  package struct Term: Sendable, Equatable {
    package let words: [String]
    package let isPrefix: Bool
  }

  private static func tokens(of text: String) -> [String] {
    var tokens: [String] = []
    var word = ""
    func end() {
      if !word.isEmpty { tokens.append("w" + word) }
      word = ""
    }
    for scalar in text.lowercased().unicodeScalars {
      if standsAlone(scalar) {
        end()
        tokens.append("u" + String(scalar.value, radix: 16))
      } else if scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
        if word.unicodeScalars.count < longestWord { word.unicodeScalars.append(scalar) }
      } else {
        end()
      }
    }
    end()
    return tokens
  }

  /// Scripts without blanks between words.
  private static func standsAlone(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x2E80...0x2FDF, 0x3005...0x3007, 0x3040...0x30FF,
      0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0xFF66...0xFF9D, 0x20000...0x3FFFD:
      true
    default: false
    }
  }

  /// A line around the first place where a term of the query stands, for a list of results.
  ///
  /// At most `length` characters, with `…` where the text goes on.
  package static func excerpt(of text: String, for query: String, length: Int = 120) -> String {
    let line = text.split(whereSeparator: { $0.isWhitespace }).joined(separator: " ")
    let wanted = query.split(whereSeparator: \.isWhitespace).map { $0.lowercased() }
    let lowered = line.lowercased()
    let first = wanted.compactMap { position(of: $0, in: lowered) }.min() ?? 0
    let start = max(0, min(first - length / 4, line.count - length))
    let piece = line.dropFirst(start).prefix(length)
    return (start > 0 ? "…" : "") + piece + (start + piece.count < line.count ? "…" : "")
  }

  private static func position(of part: String, in text: String) -> Int? {
    text.firstRange(of: part).map { text.distance(from: text.startIndex, to: $0.lowerBound) }
  }
}
