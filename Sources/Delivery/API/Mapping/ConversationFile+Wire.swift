import Contract
import Domain
import FoundationEssentials
import Services

extension ConversationArchive {
  var wire: ConversationFile.Entry {
    ConversationFile.Entry(
      sessionID: conversation.id.rawValue, title: conversation.title, pinned: conversation.isPinned,
      archived: conversation.isArchived, tags: conversation.tags,
      settings: conversation.settings.wireIfAny, index: conversation.index?.name,
      indexTopK: conversation.index?.count, createdAt: conversation.createdAt.iso8601,
      updatedAt: conversation.updatedAt.iso8601, tip: conversation.tip?.rawValue,
      messages: messages.map {
        ConversationFile.Message(
          messageID: $0.id.rawValue, parentID: $0.parent?.rawValue, role: $0.role.wire, content: $0.content,
          status: $0.state.wire, model: $0.model,
          failure: $0.failure.map { ReplyFailureReply(code: $0.code, message: $0.message, hint: $0.hint) },
          sources: $0.sources.isEmpty ? nil : Indexes.sources($0.sources, of: $0.content),
          createdAt: $0.createdAt.iso8601)
      })
  }
}

extension ConversationFile.Entry {
  var imported: ImportedConversation {
    ImportedConversation(
      id: ConversationID(checking: sessionID), title: title, isPinned: pinned ?? false,
      isArchived: archived ?? false, tags: tags ?? [], settings: settings?.settings ?? ChatSettings(),
      lookup: index.map { IndexLookup(index: $0, count: indexTopK ?? 5) }, tip: tip,
      messages: messages.map { message in
        ImportedMessage(
          name: message.messageID, parent: message.parentID, role: message.role.turn,
          content: message.content, state: message.status?.state ?? .complete, model: message.model,
          failure: message.failure.map {
            ReplyFailure(
              code: String($0.code.prefix(64)), message: String($0.message.prefix(4_000)),
              hint: $0.hint.map { String($0.prefix(4_000)) })
          },
          sources: (message.sources ?? []).prefix(50).compactMap(\.imported),
          createdAt: message.createdAt.flatMap(Timestamp.init(iso8601:)))
      }, createdAt: Timestamp(iso8601: createdAt), updatedAt: Timestamp(iso8601: updatedAt))
  }
}

extension SourceReply {
  /// Nil for what no index could have given: a file may say anything.
  fileprivate var imported: FoundPassage? {
    guard let documentID = DocumentID(checking: documentID), (1...400).contains(document.utf8.count),
      AccountRules.isPrintable(document), score.isFinite, (1...65_536).contains(passage.text.utf8.count),
      !passage.text.unicodeScalars.contains("\0")
    else { return nil }
    let headings = passage.headings.prefix(6).filter { $0.utf8.count <= 1000 && AccountRules.isPrintable($0) }
    return FoundPassage(
      documentID: documentID, document: document,
      passage: Passage(
        place: max(0, passage.place), range: 0..<passage.text.utf8.count, headings: headings,
        page: passage.page, text: passage.text), score: score, textRank: textRank, vectorRank: vectorRank,
      rerankScore: rerankScore.flatMap { $0.isFinite ? $0 : nil })
  }
}

extension OpenAIConversation {
  var imported: ImportedConversation {
    let messages = mapping.map { name, node in
      let role: ChatTurn.Role? =
        switch node.message?.author.role {
        case "user": .user
        case "assistant": .assistant
        default: nil
        }
      return ImportedMessage(
        name: name, parent: node.parent, role: role,
        content: node.message?.content?.parts.joined(separator: "\n") ?? "",
        model: node.message?.metadata?.modelSlug,
        createdAt: node.message?.createTime.map(Timestamp.init(seconds:)))
    }
    // A dictionary has no order; branches stand in the order they were written in.
    let ordered = messages.sorted {
      ($0.createdAt ?? .init(milliseconds: 0), $0.name) < ($1.createdAt ?? .init(milliseconds: 0), $1.name)
    }
    return ImportedConversation(
      id: (conversationID ?? id).flatMap(ConversationID.init(checking:)), title: title ?? "",
      isArchived: isArchived ?? false, tip: currentNode, messages: ordered,
      createdAt: createTime.map(Timestamp.init(seconds:)),
      updatedAt: updateTime.map(Timestamp.init(seconds:)))
  }
}

extension MessageStatus {
  fileprivate var state: StoredMessage.State {
    switch self {
    case .complete: .complete
    case .streaming, .interrupted: .interrupted
    case .stopped: .stopped
    case .failed: .failed
    }
  }
}

extension Timestamp {
  /// RFC 3339 with or without parts of a second; nil for what is no moment.
  fileprivate init?(iso8601 text: String) {
    let date =
      (try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(text))
      ?? (try? Date.ISO8601FormatStyle().parse(text))
    guard let date else { return nil }
    self.init(seconds: date.timeIntervalSince1970)
  }
}
