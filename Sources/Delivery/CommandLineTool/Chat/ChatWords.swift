import Contract
import Synchronization

/// What may be completed in a conversation: its commands, and the names that the server told.
final class ChatWords: Sendable {
  private let models = Mutex<[String]>([])
  private let conversations = Mutex<[String]>([])
  private let indexes = Mutex<[String]>([])

  func learn(models names: [String]) { models.withLock { $0 = names } }
  func learn(indexes names: [String]) { indexes.withLock { $0 = names } }
  func learn(conversations ids: [String]) { conversations.withLock { $0 = ids } }

  /// The whole words that may stand where `before` ends.
  func completions(_ before: String) -> [String] {
    guard before.hasPrefix("/") else { return [] }
    let parts = before.split(separator: " ", omittingEmptySubsequences: false)
    if parts.count == 1 { return SlashCommand.all.map { "/" + $0.name } }
    guard parts.count == 2 else { return [] }
    return switch parts[0] {
    case "/model", "/compare": models.withLock { $0 }
    case "/load": conversations.withLock { $0 }
    case "/index": indexes.withLock { $0 } + ["off"]
    case "/set": ChatSetting.allCases.map(\.rawValue)
    case "/edit": ["last"]
    default: []
    }
  }
}
