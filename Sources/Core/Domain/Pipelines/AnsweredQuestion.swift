import FoundationEssentials

/// A question of a dataset with the answer that it wants.
package struct AnsweredQuestion: Sendable, Equatable {
  /// What a model is asked: an optional system turn, then user and assistant by turns, a user's last.
  package let turns: [ChatTurn]
  package let answer: String

  package init(turns: [ChatTurn], answer: String) {
    self.turns = turns
    self.answer = answer
  }

  /// The last question of a row; nil where the row has none with an answer.
  package init?(row json: String, shape: DatasetShape) {
    guard let value = try? JSONDecoder().decode(ArgumentValue.self, from: Data(json.utf8)),
      case .object(let row) = value
    else { return nil }
    func text(_ column: String?) -> String {
      if let column, case .string(let text)? = row[column] { text } else { "" }
    }
    let system = text(shape.columns.system)
    let opening = system.isEmpty ? [] : [ChatTurn(role: .system, content: system)]
    if let messages = shape.columns.messages {
      guard let tags = shape.tags, case .list(let items)? = row[messages] else { return nil }
      var turns = opening
      for case .object(let item) in items {
        guard case .string(let role)? = item[tags.role], case .string(let content)? = item[tags.content]
        else {
          return nil
        }
        switch role {
        case tags.user: turns.append(ChatTurn(role: .user, content: content))
        case tags.assistant: turns.append(ChatTurn(role: .assistant, content: content))
        case tags.system where turns.isEmpty: turns.append(ChatTurn(role: .system, content: content))
        // Tools and their answers are nothing to compare with.
        default: return nil
        }
      }
      guard let answer = turns.popLast(), answer.role == .assistant else { return nil }
      self.init(asking: turns, answer: answer.content)
      return
    }
    let question = [text(shape.columns.prompt), text(shape.columns.query)].filter { !$0.isEmpty }
    self.init(
      asking: opening + [ChatTurn(role: .user, content: question.joined(separator: "\n"))],
      answer: text(shape.columns.response))
  }

  private init?(asking turns: [ChatTurn], answer: String) {
    guard !answer.isEmpty, (try? GenerationRequest(turns: turns).checkTurns()) != nil else { return nil }
    self.init(turns: turns, answer: answer)
  }
}

/// How near an answer comes to the one that was wanted.
package struct AnswerScore: Sendable, Equatable {
  /// ROUGE-L: 0...1, the longest common sequence of words; of Chinese, of characters.
  package let overlap: Double
  /// The same words in the same order.
  package let isExact: Bool

  package init(of said: String, against wanted: String) {
    let (left, right) = (Self.words(of: said), Self.words(of: wanted))
    isExact = left == right
    guard !left.isEmpty, !right.isEmpty else {
      overlap = left == right ? 1 : 0
      return
    }
    let common = Double(Self.common(left, right))
    let (precision, recall) = (common / Double(left.count), common / Double(right.count))
    overlap = common == 0 ? 0 : 2 * precision * recall / (precision + recall)
  }

  /// At most 2,000 of them: the comparison takes their numbers multiplied.
  private static func words(of text: String) -> [String] {
    var words: [String] = []
    var word = ""
    for character in text.lowercased() {
      let isWide = character.unicodeScalars.contains { $0.value > 0x2E7F }
      if (character.isLetter || character.isNumber) && !isWide {
        word.append(character)
        continue
      }
      if !word.isEmpty { words.append(word) }
      word = ""
      if isWide, character.isLetter { words.append(String(character)) }
    }
    if !word.isEmpty { words.append(word) }
    return Array(words.prefix(2000))
  }

  private static func common(_ left: [String], _ right: [String]) -> Int {
    var row = [Int](repeating: 0, count: right.count + 1)
    for word in left {
      var diagonal = 0
      for (place, other) in right.enumerated() {
        let above = row[place + 1]
        row[place + 1] = word == other ? diagonal + 1 : max(above, row[place])
        diagonal = above
      }
    }
    return row[right.count]
  }
}
