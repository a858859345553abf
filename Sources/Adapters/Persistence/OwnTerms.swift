import Domain
import SQLAccess

/// What PostgreSQL and MySQL look texts up by: their words as their owner's own, be that a user or an index.
///
/// A full-text index of theirs holds everybody's texts, and cannot be asked for one owner's part of it. So every term
/// begins with a mark of its owner, and what others wrote costs nothing. Of a script without blanks, two characters
/// beside each other are a term too (as with Lucene's CJKAnalyzer): most texts have the single ones. A term is of ASCII
/// letters and digits, each once, in no order; whether a phrase stands in a text is read in its words.
enum OwnTerms {
  /// InnoDB leaves out words of more than 84 characters (`innodb_ft_max_token_size`), of which the marks take six.
  private static let longest = 78
  /// A `tsvector` holds a mebibyte.
  private static let most = 1_000_000
  private static let ofTitles = "t"

  /// The terms of a text's words, separated by blanks.
  ///
  /// - Parameters:
  ///   - titles: words that stand before it, of which it has terms of their own too.
  ///   - owner: one word of letters and digits, the last twelve of them of an identifier.
  static func all(titles: String = "", of words: String, owner: String) -> String {
    let mark = mark(of: owner)
    var seen: Set<String> = []
    var (terms, size) = ("", 0)
    func take(_ term: String) {
      let bytes = mark.utf8.count + term.utf8.count + 1
      guard size + bytes < most, seen.insert(term).inserted else { return }
      size += bytes
      terms += (terms.isEmpty ? "" : " ") + mark + term
    }
    for (text, isTitles) in [(titles, true), (words, false)] {
      var previous: Substring?
      for word in text.split(separator: " ") {
        var own = [spelled(word)]
        if let previous, let pair = pair(previous, word) { own.append(pair) }
        for term in own {
          if isTitles { take(ofTitles + term) }
          take(term)
        }
        previous = word
      }
    }
    return terms
  }

  /// What stands in the column for a text's words.
  static func value(titles: String = "", _ words: String, owner: String, in dialect: Dialect) -> SQL {
    let terms = all(titles: titles, of: words, owner: owner)
    return dialect == .postgres ? "array_to_tsvector(string_to_array(\(terms), ' '))" : "\(terms)"
  }

  /// The terms that a text has in which a phrase stands.
  static func needed(
    _ words: [String], isPrefix: Bool = false, inTitles: Bool = false, owner: String
  ) -> [Needed] {
    let start = mark(of: owner) + (inTitles ? ofTitles : "")
    let words = words.map { $0[...] }
    return words.indices.compactMap { place in
      let next = place + 1 < words.count ? words[place + 1] : nil
      if let next, let pair = pair(words[place], next) { return Needed(term: start + pair, isPrefix: false) }
      if place > 0, pair(words[place - 1], words[place]) != nil { return nil }
      return Needed(term: start + spelled(words[place]), isPrefix: isPrefix && next == nil)
    }
  }

  /// A term, or where `isPrefix` what one begins with.
  struct Needed {
    let term: String
    let isPrefix: Bool
  }

  /// The condition for texts that have all of the terms.
  ///
  /// With PostgreSQL the owner is said in a way for which no other index can stand in for that of the terms: what it has
  /// would be too much.
  static func having(_ needed: [Needed], owner: String, column: StaticString, in dialect: Dialect) -> SQL {
    let name = SQL(unsafe: column.description)
    switch dialect {
    case .sqlite, .postgres:
      let query = needed.map { $0.term + ($0.isPrefix ? ":*" : "") }.joined(separator: " & ")
      return "terms @@ CAST(\(query) AS tsquery) AND \(name) || '' = \(owner)"
    case .mysql:
      let query = needed.map { "+" + $0.term + ($0.isPrefix ? "*" : "") }.joined(separator: " ")
      return "MATCH (terms) AGAINST (\(query) IN BOOLEAN MODE) AND \(name) = \(owner)"
    }
  }

  /// Two owners may have the same one, by a chance of one in sixty millions: it makes a search slower, not wrong.
  private static func mark(of owner: String) -> String {
    let number = (UInt64(owner.suffix(12), radix: 16) ?? 0) % 60_466_176
    let digits = String(number, radix: 36)
    return String(repeating: "0", count: 5 - digits.utf8.count) + digits
  }

  /// The term for two words of one character each (`u5fae u8c03`); nil for others.
  private static func pair(_ first: Substring, _ second: Substring) -> String? {
    guard first.utf8.first == UInt8(ascii: "u"), second.utf8.first == UInt8(ascii: "u") else { return nil }
    return String(first.dropFirst() + second.dropFirst())
  }

  /// A word in ASCII, so that what begins alike does so still; other letters by their numbers.
  private static func spelled(_ word: Substring) -> String {
    guard word.utf8.contains(where: { $0 >= 0x80 }) else { return String(word) }
    let letters = word.unicodeScalars.map { $0.isASCII ? String($0) : String($0.value, radix: 16) }
    return String(letters.joined().prefix(longest))
  }
}
