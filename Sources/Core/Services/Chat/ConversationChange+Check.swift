import Domain

extension ConversationChange {
  static let longestTitle = 200
  static let mostTags = 20
  static let longestTag = 50

  /// The change with its texts trimmed; throws `invalid_input` for the first one that cannot be.
  func checked() throws(DomainError) -> ConversationChange {
    var change = self
    if let title {
      change.title = trimmed(title)
      guard isText(change.title, upTo: Self.longestTitle) else {
        throw .invalid("A title has 1 to \(Self.longestTitle) printable characters.")
      }
    }
    if let tags {
      var kept: [String] = []
      for tag in tags.map(trimmed) where !kept.contains(tag) {
        guard isText(tag, upTo: Self.longestTag) else {
          throw .invalid("A tag has 1 to \(Self.longestTag) printable characters.")
        }
        kept.append(tag)
      }
      guard kept.count <= Self.mostTags else {
        throw .invalid("A conversation has at most \(Self.mostTags) tags.")
      }
      change.tags = kept
    }
    return change
  }

  private func isText(_ text: String?, upTo limit: Int) -> Bool {
    guard let text else { return false }
    return (1...limit).contains(text.count) && AccountRules.isPrintable(text)
  }

  private func trimmed(_ text: String) -> String {
    var rest = text[...]
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }
}
