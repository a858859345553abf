package import Domain

extension ConversationService {
  /// A conversation with all its branches; a reply that is being written with what came so far.
  package func archive(of id: ConversationID, for user: UserID) async throws(DomainError)
    -> ConversationArchive
  {
    guard let conversation = try await conversations.conversation(id, owner: user) else { throw Self.missing }
    return ConversationArchive(
      conversation: conversation, messages: try await tree(of: id, for: user).messages)
  }

  /// Stores a conversation that comes from a file; false where the user has it already.
  ///
  /// It keeps its identifier where that is free, so that the same file twice makes no doubles.
  package func take(_ imported: ImportedConversation, for user: UserID) async throws(DomainError) -> Bool {
    let id = imported.id ?? .make()
    if try await conversations.conversation(id, owner: user) != nil { return false }
    do throws(DomainError) {
      try await store(imported, as: id, for: user)
    } catch  where error.code == .conflict {
      // Another user's conversation has this identifier; nobody is told.
      try await store(imported, as: .make(), for: user)
    }
    return true
  }

  private func store(
    _ imported: ImportedConversation, as id: ConversationID, for user: UserID
  ) async throws(DomainError) {
    var archive = imported.archive(for: user, as: id, at: clock.now())
    let first = archive.tree.path.first { $0.role == .user }
    // What a file calls its parts is checked as if it had been typed; what cannot be is made anew or left out.
    archive.conversation.tags = (try? ConversationChange(tags: imported.tags).checked().tags) ?? []
    archive.conversation.settings = (try? imported.settings.checked()) ?? ChatSettings()
    if let lookup = imported.lookup, (1...50).contains(lookup.count),
      let index = try? await indexes.index(lookup.index, of: user)
    {
      archive.conversation.index = RememberedIndex(id: index.id, name: index.name, count: lookup.count)
    }
    if let title = try? ConversationChange(title: imported.title).checked().title {
      archive.conversation.title = title
    } else {
      archive.conversation.title = ConversationTitle.make(from: first?.content ?? "")
      archive.conversation.titleOrigin = .local
    }
    try await conversations.insert(archive.conversation, messages: archive.messages, keeping: keeping)
  }
}
