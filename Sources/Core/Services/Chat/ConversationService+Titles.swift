import Domain

/// A conversation whose first exchange is done, and which has no title of a person's yet.
struct UntitledConversation: Sendable {
  let id: ConversationID
  let caller: GatewayCaller
  let backend: ChatBackend
  let question: String
  let reply: String
}

extension ConversationService {
  /// Lets the models give titles, one at a time and only while nothing is generated, until it is cancelled.
  ///
  /// What fails is not tried again: the title made at once is good enough.
  package func improveTitles() async {
    guard improvesTitles else { return }
    for await _ in titleNews {
      while !Task.isCancelled, let next = nextUntitled() { await improve(next) }
    }
  }

  private func improve(_ untitled: UntitledConversation) async {
    // A model that was unloaded meanwhile is not loaded for a title.
    guard await chat.isLoaded(untitled.backend) else { return }
    let request = GenerationRequest(
      turns: ConversationTitle.request(question: untitled.question, reply: untitled.reply), temperature: 0,
      topP: nil, topK: nil, maxTokens: 512)
    do {
      let collector = TitleText()
      _ = try await chat.stream(request, from: untitled.backend, for: untitled.caller) { piece in
        guard await collector.add(piece) else { throw CancellationError() }
      }
      guard let title = ConversationTitle.improved(await collector.text, question: untitled.question)
      else { return }
      try await conversations.improveTitle(untitled.id, to: title)
    } catch {
      log.debug("a title could not be made", ["conversation": untitled.id.rawValue])
    }
  }
}

/// What came of a title; no more than a model that thinks aloud needs.
private actor TitleText {
  private(set) var text = ""

  /// False where it is too much.
  func add(_ piece: String) -> Bool {
    text += piece
    return text.utf8.count <= 16_384
  }
}
