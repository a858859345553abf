extension ConversationTitle {
  /// What a model is asked for a title, in the language of the first message.
  package static func request(question: String, reply: String) -> [ChatTurn] {
    let (question, reply) = (String(question.prefix(2000)), String(reply.prefix(2000)))
    let task =
      script(of: question) == .han
      ? "请用中文为下面的对话起一个标题，不超过十二个字。只回答标题本身，不要引号，不要解释。"
      : "Give the conversation below a title of at most six words, in the language of the user's message. "
        + "Answer with the title alone: no quotation marks, no explanation."
    return [ChatTurn(role: .user, content: "\(task)\n\n---\n\(question)\n---\n\(reply)\n---")]
  }

  /// The title in a model's answer, or nil where the answer holds none that fits the first message's language.
  ///
  /// What a reasoning model thinks aloud is left out; an answer cut in the middle of it holds none.
  package static func improved(_ answer: String, question: String) -> String? {
    guard let spoken = withoutReasoning(answer) else { return nil }
    let lines = spoken.split(whereSeparator: \.isNewline).map(String.init).filter {
      $0.contains { !$0.isWhitespace }
    }
    // One that explains itself has not understood the task.
    guard lines.count == 1, var title = lines.first.map({ bare($0) }), title.count <= 80 else { return nil }
    for word in ["Title:", "title:", "标题：", "标题:"] where title.hasPrefix(word) {
      title = bare(String(title.dropFirst(word.count)))
    }
    guard !title.isEmpty, title.contains(where: { $0.isLetter || $0.isNumber }),
      script(of: title) == script(of: question)
    else { return nil }
    let fitted = make(from: title)
    return fitted.isEmpty ? nil : fitted
  }

  private enum Script { case han, kana, hangul, cyrillic, other }

  /// The script most letters of which tell the language, as far as a script can.
  private static func script(of text: String) -> Script {
    var counts: [Script: Int] = [:]
    for scalar in text.unicodeScalars.prefix(4000) {
      switch scalar.value {
      case 0x3040...0x30FF: return .kana
      case 0x3400...0x9FFF, 0x20000...0x323AF: counts[.han, default: 0] += 3
      case 0xAC00...0xD7AF: counts[.hangul, default: 0] += 3
      case 0x0400...0x04FF: counts[.cyrillic, default: 0] += 1
      default: if scalar.properties.isAlphabetic { counts[.other, default: 0] += 1 }
      }
    }
    return counts.max { ($0.value, "\($0.key)") < ($1.value, "\($1.key)") }?.key ?? .other
  }

  private static func withoutReasoning(_ answer: String) -> String? {
    var rest = answer[...]
    var spoken = ""
    while let start = range(of: "<think>", in: rest) {
      spoken += rest[..<start.lowerBound]
      guard let end = range(of: "</think>", in: rest[start.upperBound...]) else { return nil }
      rest = rest[end.upperBound...]
    }
    // Some templates open the block before the answer begins.
    if let end = range(of: "</think>", in: rest) { rest = rest[end.upperBound...] }
    return spoken + rest
  }

  private static func range(of mark: String, in text: Substring) -> Range<Substring.Index>? {
    var start = text.startIndex
    while start < text.endIndex {
      if text[start...].hasPrefix(mark) { return start..<text.index(start, offsetBy: mark.count) }
      start = text.index(after: start)
    }
    return nil
  }

  /// Without the blanks, quotation marks and marks of Markdown about it, and the dot at its end.
  private static func bare(_ line: String) -> String {
    let marks = " \t\"'“”‘’「」『』《》*#`_。."
    var text = line[...]
    while let first = text.first, marks.contains(first) { text.removeFirst() }
    while let last = text.last, marks.contains(last) { text.removeLast() }
    return String(text)
  }
}
