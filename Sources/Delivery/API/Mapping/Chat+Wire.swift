import Contract
import Domain
import Services

extension Conversation {
  var wire: ConversationReply {
    ConversationReply(
      sessionID: id.rawValue, title: title.isEmpty ? "New conversation" : title, createdAt: createdAt.iso8601,
      updatedAt: updatedAt.iso8601, messageCount: messageCount, pinned: isPinned, archived: isArchived,
      tags: tags, settings: settings.wireIfAny, index: index?.name, indexTopK: index?.count)
  }
}

extension ChatTurn.Role {
  var wire: ChatRole {
    switch self {
    case .system: .system
    case .user: .user
    case .assistant: .assistant
    }
  }
}

extension StoredMessage.State {
  var wire: MessageStatus {
    switch self {
    case .complete: .complete
    case .streaming: .streaming
    case .stopped: .stopped
    case .interrupted: .interrupted
    case .failed: .failed
    }
  }
}

extension MessageTree {
  /// The branch that is chosen, each message with the others in its place.
  func wire(of id: ConversationID) -> HistoryReply {
    HistoryReply(
      sessionID: id.rawValue,
      messages: path.map { message in
        MessageReplyEntry(
          role: message.role.wire, content: message.content, messageID: message.id.rawValue,
          status: message.state.wire, model: message.model, createdAt: message.createdAt.iso8601,
          parentID: message.parent?.rawValue, versions: versions(of: message).map(\.rawValue),
          leftOut: message.leftOut == 0 ? nil : message.leftOut,
          failure: message.failure.map {
            ReplyFailureReply(code: $0.code, message: $0.message, hint: $0.hint)
          }, sources: message.sources.isEmpty ? nil : Indexes.sources(message.sources, of: message.content))
      })
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

extension ModelStanding {
  /// - Parameter name: as the caller called it.
  func wire(_ name: String) -> LoadStatusReply {
    LoadStatusReply(
      name: name, status: status.wire, progress: progress?.fraction, phase: progress?.phase.wire,
      queue: progress?.queue?.wire, seconds: progress?.seconds, expectedSeconds: progress?.expectedSeconds,
      error: error)
  }
}

extension ModelLoad.Phase {
  fileprivate var wire: LoadPhase? {
    switch self {
    case .waiting: .waiting
    case .starting: .starting
    case .weights: .weights
    case .preparing: .preparing
    case .ready, .failed, .cancelled: nil
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
    let group =
      switch type {
      case .pretrained: "Pretrained"
      case .sft: "SFT"
      case .rl: "RL"
      case .external: "External"
      }
    return ListedModelReply(
      name: name, type: type, size: size, modified: modifiedAt.iso8601, status: status.wire, group: group,
      modelID: origin?.id?.rawValue, kind: origin?.kind.wire, stage: stage, base: origin?.base,
      host: origin?.host.rawValue,
      checkpoints: origin?.checkpoints.map {
        CheckpointReply(
          name: $0.name, step: $0.step, size: $0.size,
          modified: Timestamp(milliseconds: $0.modified).iso8601)
      },
      lineage: origin?.lineage.map {
        LineageReply(taskID: $0.taskID.rawValue, attempt: $0.attempt, datasetHashes: $0.datasetHashes)
      }, goneAt: origin?.goneAt?.iso8601, mergedFrom: origin?.mergedFrom?.rawValue,
      frees: origin?.frees, error: error)
  }
}

extension ScannedModel.Kind {
  var wire: ListedModelKind {
    switch self {
    case .base: .base
    case .adapter: .adapter
    case .merged: .merged
    case .full: .full
    case .file: .file
    }
  }
}
