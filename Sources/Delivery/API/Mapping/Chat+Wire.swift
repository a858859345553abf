import Contract
import Domain
import Services

extension Conversation {
  var wire: ConversationReply {
    ConversationReply(
      sessionID: id.rawValue, title: title.isEmpty ? "New conversation" : title, createdAt: createdAt.iso8601,
      updatedAt: updatedAt.iso8601, messageCount: messageCount)
  }
}

extension StoredMessage {
  var wire: MessageReplyEntry {
    let role: ChatRole =
      switch role {
      case .system: .system
      case .user: .user
      case .assistant: .assistant
      }
    let status: MessageStatus =
      switch state {
      case .complete: .complete
      case .streaming: .streaming
      case .stopped: .stopped
      case .interrupted: .interrupted
      case .failed: .failed
      }
    return MessageReplyEntry(
      role: role, content: content, messageID: id.rawValue, status: status, model: model,
      createdAt: createdAt.iso8601)
  }
}

extension ListedModel.Status {
  var wire: LoadStatus {
    switch self {
    case .unloaded: .unloaded
    case .loading: .loading
    case .ready: .ready
    case .failed: .failed
    }
  }
}

extension ListedModel {
  var wire: ListedModelReply {
    let type: ListedModelType =
      switch kind {
      case .pretrained: .pretrained
      case .sft: .sft
      case .rl: .rl
      case .external: .external
      }
    return ListedModelReply(
      name: name, type: type, size: size, modified: modifiedAt?.iso8601, status: status.wire)
  }
}
