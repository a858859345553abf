import Contract
import HTTPFetching
import HTTPWire

/// One answer of a model.
struct ChatAnswer: Sendable {
  var text = ""
  /// Ctrl-C came before the end.
  var wasStopped = false
  /// What went along with the question; nil where no index was asked.
  var sources: [SourceReply]?
}

/// Where the passages for a question come from.
struct ChatLookup: Sendable {
  let index: String
  let count: Int?
}

/// The conversations of the one who is signed in: those that the page shows.
struct ConversationClient: Sendable {
  let client: APIClient

  /// Long enough for a large model to be loaded.
  private static let patience = Duration.seconds(900)

  /// Begins a conversation.
  func create(_ settings: ChatSettingsBody, _ lookup: ChatLookup?) async throws -> String {
    let made = try await client.post(
      APIPath("conversations"), [String: String](), as: CreateConversationReply.self
    ).value.sessionID
    if !settings.isEmpty { try await change(made, settings) }
    if let lookup { try await remember(lookup, in: made) }
    return made
  }

  /// Has a conversation's questions looked up there from now on, or nowhere.
  func remember(_ lookup: ChatLookup?, in id: String) async throws {
    _ = try await client.patch(
      APIPath("conversations", id),
      UpdateConversationRequest(index: lookup?.index ?? "", indexTopK: lookup?.count),
      as: ConversationReply.self)
  }

  func change(_ id: String, _ settings: ChatSettingsBody) async throws {
    _ = try await client.patch(
      APIPath("conversations", id), UpdateConversationRequest(settings: settings), as: ConversationReply.self)
  }

  func conversation(_ id: String) async throws -> ConversationReply {
    try await client.get(APIPath("conversations", id)).value
  }

  /// The last used first.
  func list() async throws -> [ConversationReply] {
    try await client.get(APIPath("conversations"), as: ConversationListReply.self).value.conversations
  }

  /// The one that was used last.
  func latest() async throws -> ConversationReply {
    let path = APIPath("conversations", query: [("limit", "1")])
    guard let first = try await client.get(path, as: ConversationListReply.self).value.conversations.first
    else {
      throw CommandFailure(
        .notFound, "There is no conversation yet.", code: "not_found", hint: "Begin one: luthier chat")
    }
    return try await conversation(first.sessionID)
  }

  /// The one a word names: an identifier, the beginning of one, or a title.
  func find(_ word: String) async throws -> ConversationReply {
    let id = try NamedThing.resolve(
      word, among: try await list().map { NamedThing(id: $0.sessionID, names: [$0.title]) },
      what: "conversation", list: "/load in a conversation")
    return try await conversation(id)
  }

  func history(_ id: String) async throws -> [MessageReplyEntry] {
    try await client.get(APIPath("conversations", id, "history"), as: HistoryReply.self).value.messages
  }

  /// Throws `not_found` for an index that is not the caller's.
  func index(_ name: String) async throws -> IndexReply {
    try await client.get(APIPath("api", "indexes", name)).value
  }

  func indexes() async throws -> [IndexReply] {
    try await client.get(APIPath("api", "indexes"), as: IndexListReply.self).value.indexes
  }

  /// The whole answer at once, with the server's own bytes.
  func ask(
    _ message: String, in id: String, of partner: ChatPartner, with lookup: ChatLookup?
  ) async throws -> APIClient.Answer<SendMessageReply> {
    try await stopping(id) {
      try await client.post(
        APIPath("chat"),
        SendMessageRequest(
          sessionID: id, message: message, stream: false, model: partner.model, backend: partner.backend,
          index: lookup?.index, indexTopK: lookup?.count),
        patience: Self.patience)
    }
  }

  /// The answer piece by piece; when the task is cancelled, what had come until then.
  func stream(
    _ message: String, edits: String? = nil, in id: String, of partner: ChatPartner,
    with lookup: ChatLookup?, _ onPiece: @Sendable (String) -> Void
  ) async throws -> ChatAnswer {
    try await stream(
      APIPath("chat"),
      SendMessageRequest(
        sessionID: id, message: message, stream: true, model: partner.model, edits: edits,
        backend: partner.backend, index: lookup?.index, indexTopK: lookup?.count), stopping: id, onPiece)
  }

  /// Another answer to the last question; the earlier ones stay.
  func retry(
    in id: String, of partner: ChatPartner, with lookup: ChatLookup?,
    _ onPiece: @Sendable (String) -> Void
  ) async throws -> ChatAnswer {
    try await stream(
      APIPath("conversations", id, "regenerate"),
      RegenerateRequest(
        model: partner.model, stream: true, backend: partner.backend, index: lookup?.index,
        indexTopK: lookup?.count), stopping: id, onPiece)
  }

  /// An answer that is kept nowhere.
  func generate(
    _ messages: [ChatMessage], _ settings: ChatSettingsBody, of partner: ChatPartner,
    with lookup: ChatLookup? = nil, _ onPiece: @Sendable (String) -> Void
  ) async throws -> ChatAnswer {
    try await stream(
      APIPath("api", "generate"),
      GenerateRequest(
        model: partner.model, messages: messages, temperature: settings.temperature, topP: settings.topP,
        topK: settings.topK, maxTokens: settings.maxTokens, seed: settings.seed, backend: partner.backend,
        index: lookup?.index, indexTopK: lookup?.count),
      stopping: nil, onPiece)
  }

  private func stream(
    _ path: APIPath, _ body: some Encodable & Sendable, stopping id: String?,
    _ onPiece: @Sendable (String) -> Void
  ) async throws -> ChatAnswer {
    var answer = ChatAnswer()
    do {
      try await stopping(id) {
        var fetch = try client.request(.post, path, body: body)
        fetch.fields["Accept"] = "text/event-stream"
        fetch.stallTimeout = Self.patience
        let isWhole = try await client.stream(fetch) { response in
          var decoder = ServerSentEventDecoder()
          while let bytes = try await response.body.next() {
            for event in try decoder.feed(bytes) {
              let said = try client.decode(Array(event.data.utf8), as: ChatStreamEvent.self)
              if said.done == true { return true }
              if let error = said.error {
                throw CommandFailure(.failed, error, code: "upstream_failed", hint: "Ask again: /retry")
              }
              if let sources = said.sources { answer.sources = sources }
              if let cited = said.cited { answer.sources = answer.sources?.map { $0.cited(in: cited) } }
              guard let piece = said.chunk ?? said.token, !piece.isEmpty else { continue }
              answer.text += piece
              onPiece(piece)
            }
          }
          return false
        }
        guard isWhole else {
          throw CommandFailure(
            .failed, "The answer broke off before its end.", code: "answer_cut", hint: "Ask again.")
        }
      }
    } catch is CancellationError {
      answer.wasStopped = true
    }
    return answer
  }

  /// The server writes a reply to its end also when nobody listens: whoever stops it has to say so.
  private func stopping<Value>(_ id: String?, _ body: () async throws -> Value) async throws -> Value {
    do { return try await body() } catch is CancellationError {
      if let id {
        // Unstructured, since this task is cancelled and could ask for nothing more; it is awaited right here.
        await Task { [client] in
          _ = try? await client.delete(APIPath("conversations", id, "reply"), as: MessageReply.self)
        }.value
      }
      throw CancellationError()
    }
  }
}

extension ChatSettingsBody {
  var isEmpty: Bool {
    systemPrompt == nil && temperature == nil && topP == nil && topK == nil && maxTokens == nil && seed == nil
  }
}
