/// Words of passages and of questions, as the full-text index has them.
package enum PassageWords {
  /// Phrases of a question, at most.
  static let most = 48

  /// The words of a passage with its titles, separated by blanks.
  package static func words(of text: String) -> String {
    SearchText.words(of: text).split(separator: " ").map { String(stem($0)) }.joined(separator: " ")
  }

  /// What a question is looked up by: any of them may be found, and more of them is better.
  ///
  /// A word is one; of a run of Chinese every two characters that follow one another are one, since a run is a
  /// sentence. Words that are in every text are left out, unless there is nothing else.
  package static func phrases(of question: String) -> [[String]] {
    var found: [[String]] = []
    var run: [String] = []
    func endRun() {
      if run.count == 1 { found.append(run) }
      for (first, second) in zip(run, run.dropFirst()) { found.append([first, second]) }
      run = []
    }
    for word in SearchText.words(of: question).split(separator: " ") {
      if word.hasPrefix("u") {
        run.append(String(word))
      } else {
        endRun()
        found.append([String(stem(word))])
      }
    }
    endRun()
    var seen: Set<[String]> = []
    found = found.filter { seen.insert($0).inserted }
    let rare = found.filter { $0.count > 1 || !common.contains($0[0]) }
    return Array((rare.isEmpty ? found : rare).prefix(most))
  }

  /// An English word without its common endings, so that "adding", "added" and "adds" are one word.
  ///
  /// Anything else as it is. What comes out need not be a word.
  static func stem(_ word: Substring) -> Substring {
    guard word.hasPrefix("w"), word.utf8.count > 4, word.utf8.allSatisfy(isLetter) else { return word }
    var stem = singular(word)
    for ending in ["ing", "ed"] where stem.hasSuffix(ending) {
      let rest = stem.dropLast(ending.count)
      guard rest.utf8.count > 3, rest.dropFirst().contains(where: "aeiouy".contains) else { break }
      let isDoubled =
        rest.utf8.count > 4 && rest.last == rest.dropLast().last && !"aeioulsz".contains(rest.last ?? "a")
      stem = isDoubled ? rest.dropLast() : rest
      break
    }
    return stem.hasSuffix("e") && stem.utf8.count > 4 ? stem.dropLast() : stem
  }

  /// Harman's S-stemmer.
  private static func singular(_ word: Substring) -> Substring {
    guard word.hasSuffix("s") else { return word }
    let stem = word.dropLast()
    if stem.hasSuffix("ie"), !stem.hasSuffix("eie"), !stem.hasSuffix("aie") { return stem.dropLast(2) + "y" }
    return stem.hasSuffix("s") || stem.hasSuffix("u") ? word : stem
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }

  private static let common = Set(
    """
    a about an and are as at be been but by can could did do does for from had has have how i if in into is it its me
    my no not of on or our shall she should so than that the their them then there these they this those to was we
    were what when where which who why will with would you your
    """.split(whereSeparator: \.isWhitespace).map { String(stem("w" + $0)) })
}
