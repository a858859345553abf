/// The messages of one conversation as the tree they form.
///
/// A message that was edited, or a reply that was asked for again, is another child of the same parent; nothing is
/// ever written over. The conversation is the path from a root to its tip.
package struct MessageTree: Sendable, Equatable {
  package let messages: [StoredMessage]
  package let tip: MessageID?
  private let positions: [MessageID: Int]
  private let children: [MessageID?: [Int]]

  /// - Parameter messages: in the order they were made.
  package init(_ messages: [StoredMessage], tip: MessageID?) {
    self.messages = messages
    self.tip = tip
    positions = Dictionary(
      messages.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    children = Dictionary(grouping: messages.indices, by: { messages[$0].parent })
  }

  package func message(_ id: MessageID) -> StoredMessage? { positions[id].map { messages[$0] } }

  /// From the root to the tip.
  package var path: [StoredMessage] { path(to: tip) }

  /// From the root to a message; empty for nil and for one that is not there.
  package func path(to id: MessageID?) -> [StoredMessage] {
    var path: [StoredMessage] = []
    var next = id
    // A row that names itself, written by another hand, must not hold the server up.
    while let id = next, let message = message(id), path.count < messages.count {
      path.append(message)
      next = message.parent
    }
    return path.reversed()
  }

  /// The message and what stands in its place in other branches, oldest first.
  package func versions(of message: StoredMessage) -> [MessageID] {
    (children[message.parent] ?? []).map { messages[$0] }.filter { $0.role == message.role }.map(\.id)
  }

  /// The end of the branch a message is on: its newest descendant, child by child.
  package func leaf(under id: MessageID) -> MessageID {
    var leaf = id
    var steps = 0
    while let newest = children[leaf]?.last, steps < messages.count {
      leaf = messages[newest].id
      steps += 1
    }
    return leaf
  }
}
