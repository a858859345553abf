import Domain

extension ConversationChange {
  static let longestTitle = 200
  static let mostTags = 20
  static let longestTag = 50

  /// The change with its texts trimmed; throws `invalid_input` for the first one that cannot be.
  func checked() throws(DomainError) -> ConversationChange {
    var change = self
    if let title {
      let title = TypedLine.trimmed(title)
      change.title = title
      guard TypedLine.isLine(title, upTo: Self.longestTitle) else {
        throw .invalid("A title has 1 to \(Self.longestTitle) printable characters.")
      }
    }
    if let tags {
      var kept: [String] = []
      for tag in tags.map(TypedLine.trimmed) where !kept.contains(tag) {
        guard TypedLine.isLine(tag, upTo: Self.longestTag) else {
          throw .invalid("A tag has 1 to \(Self.longestTag) printable characters.")
        }
        kept.append(tag)
      }
      guard kept.count <= Self.mostTags else {
        throw .invalid("A conversation has at most \(Self.mostTags) tags.")
      }
      change.tags = kept
    }
    change.settings = try settings?.checked()
    return change
  }
}
