/// What of a conversation is given to the model.
package enum ContextWindow {
  /// Tokens a text takes, estimated: a quarter for an ASCII character, one for any other.
  ///
  /// Above what tokenizers really need for Chinese and for prose, so that the window is rarely missed.
  package static func tokens(in text: String) -> Int {
    var estimate = TokenEstimate()
    estimate.add(text)
    return estimate.tokens
  }

  /// The system turn, and the newest turns that fit beside it into `budget` tokens.
  ///
  /// The last turn always stays, whatever its length. Turns go out whole, and a reply never without its
  /// question: what is left begins with a user's turn. A question that was never answered goes out when
  /// another one follows it.
  package static func fit(_ turns: [ChatTurn], budget: Int) -> [ChatTurn] {
    let system = turns.first?.role == .system ? turns.first : nil
    let paired = alternating(system == nil ? turns[...] : turns.dropFirst())
    guard let last = paired.last else { return turns }
    var left = budget - cost(last) - (system.map(cost) ?? 0)
    var kept = [last]
    // By pairs, newest first: the last turn is the user's, before it reply and question by turns.
    var index = paired.count - 3
    while index >= 0 {
      let pair = paired[index...index + 1]
      left -= pair.reduce(0) { $0 + cost($1) }
      if left < 0 { break }
      kept.insert(contentsOf: pair, at: 0)
      index -= 2
    }
    return (system.map { [$0] } ?? []) + kept
  }

  /// User and assistant by turns, beginning and ending with the user.
  private static func alternating(_ turns: ArraySlice<ChatTurn>) -> [ChatTurn] {
    var result: [ChatTurn] = []
    for turn in turns where turn.role != .system && !turn.content.isEmpty {
      if turn.role == .user, result.last?.role == .user {
        result[result.count - 1] = turn
      } else if turn.role == .user || result.last?.role == .user {
        result.append(turn)
      }
    }
    if result.last?.role == .assistant { result.removeLast() }
    return result
  }

  /// A few tokens mark a turn's begin and end.
  private static func cost(_ turn: ChatTurn) -> Int { tokens(in: turn.content) + 4 }
}

/// Counts the tokens of a text that comes in pieces, as `ContextWindow.tokens` does.
package struct TokenEstimate: Sendable, Equatable {
  private var ascii = 0
  private var other = 0

  package init() {}

  package mutating func add(_ text: String) {
    for scalar in text.unicodeScalars {
      if scalar.isASCII { ascii += 1 } else { other += 1 }
    }
  }

  /// Adds valid UTF-8.
  mutating func add(_ text: Slice<UnsafeBufferPointer<UInt8>>) {
    for byte in text {
      if byte < 0x80 { ascii += 1 } else if byte >= 0xC0 { other += 1 }
    }
  }

  package var tokens: Int { (ascii + 3) / 4 + other }
}
