import Concurrency
package import Domain
import Synchronization

/// A reply while it is written: one writer, any number of readers, each at its own pace.
///
/// Readers hold a place in the text and no buffer, so that a slow one costs nothing and one that comes
/// back goes on where it was.
package final class LiveReply: Sendable {
  package enum End: Sendable {
    case complete, stopped, interrupted
    case failed(DomainError)

    var state: StoredMessage.State {
      switch self {
      case .complete: .complete
      case .stopped: .stopped
      case .interrupted: .interrupted
      case .failed: .failed
      }
    }

    /// What is kept of why it ended too early.
    var failure: ReplyFailure? {
      if case .failed(let error) = self { ReplyFailure(error) } else { nil }
    }
  }

  private struct State {
    var pieces: [String] = []
    var content = ""
    var asked = Asked()
    /// No piece is taken any more; what came is being stored.
    var isClosed = false
    var end: End?
    var changed = Gate()

    mutating func renewGate() -> Gate {
      defer { changed = Gate() }
      return changed
    }
  }

  /// What the model was asked.
  package struct Asked: Sendable {
    /// As the user wrote it.
    package var question = ""
    /// Passages were looked for, also where none was found.
    package var isLookedUp = false
    /// The passages that went along, in the order of their numbers.
    package var sources: [FoundPassage] = []
    /// Messages of the conversation that did not fit into the model's window.
    package var leftOut = 0
  }

  package let conversationID: ConversationID
  package let messageID: MessageID
  package let createdAt: Timestamp
  private let state = Mutex(State())

  init(conversationID: ConversationID, messageID: MessageID, createdAt: Timestamp) {
    self.conversationID = conversationID
    self.messageID = messageID
    self.createdAt = createdAt
  }

  /// Known from the first piece on.
  package var asked: Asked { state.withLock { $0.asked } }

  func announce(_ asked: Asked) { state.withLock { $0.asked = asked } }

  /// What came so far.
  package var content: String { state.withLock { $0.content } }

  /// False once the reply is closed: nobody wants the rest.
  func add(_ piece: String) -> Bool {
    let changed = state.withLock { state -> Gate? in
      if state.isClosed { return nil }
      state.pieces.append(piece)
      state.content += piece
      return state.renewGate()
    }
    changed?.open()
    return changed != nil
  }

  /// Takes no more pieces and gives the whole text; nil where another end came first.
  func close() -> String? {
    state.withLock { state in
      if state.isClosed { return nil }
      state.isClosed = true
      return state.content
    }
  }

  /// Tells the readers the end; after the text was stored.
  func announce(_ end: End) {
    let changed = state.withLock { state in
      state.end = end
      return state.renewGate()
    }
    changed.open()
  }

  /// The pieces from the `place`-th on, as soon as there are any; none, with the end, after the last.
  ///
  /// Throws `CancellationError` when the reader leaves; the reply goes on.
  package func next(after place: Int) async throws -> (pieces: [String], end: End?) {
    while true {
      let (pieces, end, changed) = state.withLock { ($0.pieces.dropFirst(place), $0.end, $0.changed) }
      if !pieces.isEmpty { return (Array(pieces), nil) }
      if let end { return ([], end) }
      try await changed.wait()
    }
  }

  /// Waits for the end and gives the whole text.
  ///
  /// Throws what the model failed with.
  package func whole() async throws -> String {
    var place = 0
    while true {
      let (pieces, end) = try await next(after: place)
      place += pieces.count
      guard let end else { continue }
      if case .failed(let error) = end { throw error }
      return content
    }
  }
}
