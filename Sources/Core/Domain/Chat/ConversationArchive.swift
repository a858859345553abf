/// A conversation with all its messages, as it leaves or comes in.
package struct ConversationArchive: Sendable, Equatable {
  package var conversation: Conversation
  /// Parents before their children.
  package var messages: [StoredMessage]

  package init(conversation: Conversation, messages: [StoredMessage]) {
    self.conversation = conversation
    self.messages = messages
  }

  package var tree: MessageTree { MessageTree(messages, tip: conversation.tip) }

  /// The chosen branch for people to read.
  package var markdown: String {
    let title = conversation.title.isEmpty ? "Conversation" : conversation.title
    var text = "# \(title)\n\n\(conversation.createdAt.iso8601)\n"
    for message in tree.path {
      let who =
        switch message.role {
        case .user: "User"
        case .assistant: "Assistant" + (message.model.map { " (\($0))" } ?? "")
        case .system: "System"
        }
      text += "\n## \(who)\n\n\(message.content)\n"
      if !message.sources.isEmpty { text += "\n" + Self.list(of: message.sources) }
      if message.state != .complete { text += "\n*\(message.state.rawValue)*\n" }
      if let failure = message.failure {
        let words = [failure.message, failure.hint ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
        // Of one line, whatever a model's server said.
        text += "\n> " + words.split(whereSeparator: \.isNewline).joined(separator: " ") + "\n"
      }
    }
    return text
  }

  /// By the numbers that the reply cites them by.
  private static func list(of sources: [FoundPassage]) -> String {
    sources.enumerated().map { place, source in
      let title = source.title.split(whereSeparator: \.isNewline).joined(separator: " ")
      let page = source.passage.page.map { ", page \($0)" } ?? ""
      return "\(place + 1). \(title)\(page)\n"
    }.joined()
  }
}

/// A message as a file has it: whom it follows is said by the file's own names.
package struct ImportedMessage: Sendable {
  package let name: String
  package let parent: String?
  /// Nil for what is not kept, such as a tool's output; its children follow its parent.
  package let role: ChatTurn.Role?
  package let content: String
  package let state: StoredMessage.State
  package let model: String?
  /// Why the reply ended too early, or why the question got none.
  package let failure: ReplyFailure?
  /// Of a reply: what went along with its question.
  package let sources: [FoundPassage]
  package let createdAt: Timestamp?

  package init(
    name: String, parent: String?, role: ChatTurn.Role?, content: String,
    state: StoredMessage.State = .complete, model: String? = nil, failure: ReplyFailure? = nil,
    sources: [FoundPassage] = [], createdAt: Timestamp? = nil
  ) {
    self.sources = sources
    self.failure = failure
    self.name = name
    self.parent = parent
    self.role = role
    self.content = content
    self.state = state
    self.model = model
    self.createdAt = createdAt
  }
}

/// A conversation as a file has it.
package struct ImportedConversation: Sendable {
  package let id: ConversationID?
  package let title: String
  package let isPinned: Bool
  package let isArchived: Bool
  package let tags: [String]
  package let settings: ChatSettings
  /// Where its questions were looked up: the name of an index, which its new owner may have or not.
  package let lookup: IndexLookup?
  /// The name of the message the chosen branch ends with.
  package let tip: String?
  package let messages: [ImportedMessage]
  package let createdAt: Timestamp?
  package let updatedAt: Timestamp?

  package init(
    id: ConversationID?, title: String, isPinned: Bool = false, isArchived: Bool = false, tags: [String] = [],
    settings: ChatSettings = ChatSettings(), lookup: IndexLookup? = nil, tip: String?,
    messages: [ImportedMessage], createdAt: Timestamp?,
    updatedAt: Timestamp?
  ) {
    self.lookup = lookup
    self.id = id
    self.title = title
    self.isPinned = isPinned
    self.isArchived = isArchived
    self.tags = tags
    self.settings = settings
    self.tip = tip
    self.messages = messages
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }

  /// The conversation for its new owner, with identifiers of our own for its messages.
  ///
  /// Messages that lead back to themselves, and their children, are left out: a file may say anything.
  package func archive(for owner: UserID, as id: ConversationID, at now: Timestamp) -> ConversationArchive {
    var children: [String?: [ImportedMessage]] = [:]
    let names = Set(messages.map(\.name))
    for message in messages {
      children[message.parent.flatMap { names.contains($0) ? $0 : nil }, default: []].append(message)
    }
    var stored: [StoredMessage] = []
    /// Where children of a name are put: its own identifier, or that of its nearest kept ancestor.
    var places: [String: MessageID] = [:]
    var visited: Set<String> = []
    var waiting: [(message: ImportedMessage, parent: MessageID?)] = (children[nil] ?? []).map { ($0, nil) }
    var next = 0
    while next < waiting.count {
      let (message, parent) = waiting[next]
      next += 1
      guard visited.insert(message.name).inserted else { continue }
      var place = parent
      if let role = message.role, !message.content.isEmpty {
        let messageID = MessageID.make()
        stored.append(
          StoredMessage(
            id: messageID, conversationID: id, parent: parent, role: role, content: message.content,
            state: message.state == .streaming ? .interrupted : message.state,
            model: role == .assistant ? message.model : nil, failure: message.failure,
            sources: role == .assistant ? message.sources : [],
            createdAt: message.createdAt ?? createdAt ?? now)
        )
        place = messageID
      }
      places[message.name] = place
      waiting += (children[message.name] ?? []).map { ($0, place) }
    }
    let tree = MessageTree(stored, tip: nil)
    let tip = (tip.flatMap { places[$0] }).map(tree.leaf(under:)) ?? stored.last?.id
    return ConversationArchive(
      conversation: Conversation(
        id: id, userID: owner, title: title, titleOrigin: .user, isPinned: isPinned, isArchived: isArchived,
        tags: tags, settings: settings, tip: tip, messageCount: tree.path(to: tip).count,
        createdAt: createdAt ?? now,
        updatedAt: updatedAt ?? createdAt ?? now), messages: stored)
  }
}
