/// Tokens of one request.
package struct TokenUsage: Sendable, Equatable {
  package let prompt: Int
  package let completion: Int
  /// Counted by the server itself, because the backend said nothing.
  package let isEstimate: Bool

  package init(prompt: Int, completion: Int, isEstimate: Bool = false) {
    self.prompt = prompt
    self.completion = completion
    self.isEstimate = isEstimate
  }

  /// OpenAI's `usage`; nil where it is none.
  init?(_ bytes: [UInt8]) {
    guard let members = JSONMembers(bytes) else { return nil }
    func number(_ name: StaticString) -> Int? {
      members.value(name, in: bytes).flatMap { Int(String(decoding: bytes[$0], as: UTF8.self)) }
        .flatMap { (0...1_000_000_000).contains($0) ? $0 : nil }
    }
    guard let prompt = number("prompt_tokens") ?? number("total_tokens") else { return nil }
    self.init(prompt: prompt, completion: number("completion_tokens") ?? 0)
  }
}

/// A whole answer of an engine.
package struct RelayReply: Sendable {
  /// As they came, the model under the name the caller used.
  package let bytes: [UInt8]
  package let usage: TokenUsage?
  /// Tokens of the answer, estimated.
  package let completionTokens: Int

  /// Nil where the bytes are no JSON object.
  package init?(_ bytes: [UInt8], named name: String) {
    guard let members = JSONMembers(bytes) else { return nil }
    usage = members.value("usage", in: bytes).flatMap { TokenUsage(Array(bytes[$0])) }
    if usage == nil, let choices = members.value("choices", in: bytes) {
      var reader = ChoiceReader()
      bytes.withUnsafeBufferPointer { reader.read(UnsafeBufferPointer(rebasing: $0[choices])) }
      completionTokens = reader.estimate.tokens
    } else {
      completionTokens = 0
    }
    guard let model = members.value("model", in: bytes) else {
      self.bytes = bytes
      return
    }
    self.bytes = ByteEdit.apply([ByteEdit(range: model, bytes: JSONText.quoted(name))], to: bytes)
  }
}

/// Reads what is in `choices`: the text for an estimate, and whether an answer is over.
struct ChoiceReader: Sendable {
  private(set) var estimate = TokenEstimate()
  private(set) var hasFinished = false
  /// The list last read was empty.
  private(set) var wasEmpty = false
  private var parser = JSONRowParser(limits: DatasetLimits(depth: 64))

  mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard case .value = parser.parse(bytes, from: 0, isFinal: true, endsAtNewline: false) else { return }
    let row = JSONRow(bytes: bytes, tokens: parser.tokens)
    wasEmpty = row.kind(0) == .array && row.tokens.count == 1
    row.forEachElement(of: 0) { choice in
      if let finish = row.member(Self.finish, of: choice), row.kind(finish) == .string { hasFinished = true }
      for name in Self.texts {
        if let value = row.member(name, of: choice) { count(row, value) }
      }
    }
  }

  // Made once: a name owns its bytes.
  private static let finish: JSONRow.Name = "finish_reason"
  private static let texts: [JSONRow.Name] = ["delta", "message", "text"]
  private static let words: [JSONRow.Name] = ["role", "type", "id"]

  /// Every text of the answer but its marks.
  private mutating func count(_ row: JSONRow, _ value: JSONRow.Value) {
    switch row.kind(value) {
    case .string where row.tokens[value].hasEscape: estimate.add(row.text(value))
    case .string: estimate.add(row.bytes[Int(row.tokens[value].start)..<Int(row.tokens[value].end)])
    case .array: row.forEachElement(of: value) { count(row, $0) }
    case .object:
      row.forEachMember(of: value) { key, value in
        if !Self.words.contains(where: { row.isText(key, $0) }) { count(row, value) }
      }
    default: break
    }
  }
}
