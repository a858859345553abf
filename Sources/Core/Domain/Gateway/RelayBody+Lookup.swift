import FoundationEssentials

/// The field `luthier` of a chat: the server's own, which no backend gets to see.
extension RelayBody {
  private struct Wish: Decodable {
    let index: String?
    let topK: Int?

    private enum CodingKeys: String, CodingKey { case index, topK = "top_k" }
  }

  /// A text of a chat, and where it stands in the bytes with its quotes.
  private struct Question {
    let text: String
    let span: Range<Int>
  }

  /// Where the question is to be looked up; nil where the caller wants nothing of this.
  ///
  /// Throws `invalid_input` for a field that is not understood.
  package func lookup() throws(DomainError) -> IndexLookup? {
    guard hasOwnField, let span = JSONMembers(bytes)?.value("luthier", in: bytes) else { return nil }
    let wish: Wish?
    do {
      wish = try JSONDecoder().decode(Wish?.self, from: Data(bytes[span]))
    } catch {
      throw .invalid(
        "\"luthier\" is not understood.", hint: "Send {\"index\": \"NAME\", \"top_k\": 5}, or leave it out.")
    }
    let count = wish?.topK ?? 5
    guard (1...50).contains(count) else { throw .invalid("\"top_k\" is not a whole number from 1 to 50.") }
    return (wish?.index).map { IndexLookup(index: $0, count: count) }
  }

  /// What is to be looked up: the text of the last message, where that is the user's.
  ///
  /// Of a message in several parts it is the last one of text.
  package var question: String? { found?.text }

  /// The body for a backend: without `luthier`, and with another text in place of the question.
  package func asking(_ text: String?) throws(DomainError) -> RelayBody {
    var edits: [ByteEdit] = []
    if let cut = ownField { edits.append(ByteEdit(range: cut, bytes: [])) }
    if let text, let found { edits.append(ByteEdit(range: found.span, bytes: JSONText.quoted(text))) }
    return edits.isEmpty ? self : try RelayBody(ByteEdit.apply(edits, to: bytes), for: route)
  }

  /// The member `luthier` with the comma that parts it from the others.
  private var ownField: Range<Int>? {
    guard hasOwnField, let members = JSONMembers(bytes)?.members,
      let place = members.firstIndex(where: { bytes[$0.key].elementsEqual("luthier".utf8) })
    else { return nil }
    let own = members[place]
    // Keys stand without their quotes.
    if place + 1 < members.count { return own.key.lowerBound - 1..<members[place + 1].key.lowerBound - 1 }
    return place == 0
      ? own.key.lowerBound - 1..<own.value.upperBound
      : members[place - 1].value.upperBound..<own.value.upperBound
  }

  private var found: Question? {
    guard route == .chat else { return nil }
    return bytes.withUnsafeBufferPointer { buffer in
      var parser = JSONRowParser(limits: DatasetLimits())
      guard case .value = parser.parse(buffer, from: 0, isFinal: true, endsAtNewline: false) else {
        return nil
      }
      let row = JSONRow(bytes: buffer, tokens: parser.tokens)
      guard let messages = row.member("messages"), row.kind(messages) == .array,
        let last = row.elements(of: messages).last, row.kind(last) == .object,
        let role = row.member("role", of: last), row.kind(role) == .string, row.isText(role, "user"),
        let content = row.member("content", of: last)
      else { return nil }
      return Self.text(row, content)
    }
  }

  private static func text(_ row: JSONRow, _ content: JSONRow.Value) -> Question? {
    switch row.kind(content) {
    case .string:
      let token = row.tokens[content]
      return Question(text: row.text(content), span: Int(token.start) - 1..<Int(token.end) + 1)
    case .array:
      for part in row.elements(of: content).reversed() where row.kind(part) == .object {
        if let text = row.member("text", of: part), row.kind(text) == .string { return self.text(row, text) }
      }
      return nil
    default: return nil
    }
  }
}
