import Contract

/// One chat: its way to the server, who answers, and the conversation it is kept in.
///
/// Nothing is asked of the server before `ready`: a prompt does not wait for it.
actor ChatSession {
  let call: Invocation
  let options: ChatOptions
  let words: ChatWords
  private var opening: Task<Opened, any Error>?
  private var opened: Opened?
  private(set) var settings: ChatSettingsBody
  private(set) var lastAnswer = ""
  private(set) var lastTiming: AnswerTiming?
  /// What went along with the last question.
  private(set) var lastSources: [SourceReply] = []
  /// The index that questions are looked up in.
  private(set) var index: String?
  /// Passages of it that go along; the server's own number for nil.
  private var chunks: Int?

  private struct Opened: Sendable {
    let connection: ChatConnection
    let finetuned: FinetunedModel?
    var partner: ChatPartner
    /// Nil before the first question.
    var conversation: String?
  }

  init(_ call: Invocation, _ options: ChatOptions, _ words: ChatWords) {
    self.call = call
    self.options = options
    self.words = words
    settings = options.settings
    index = options.index
    chunks = options.chunks
  }

  private var lookup: ChatLookup? { index.map { ChatLookup(index: $0, count: chunks) } }

  /// Looks questions up in another index from now on, or in none.
  ///
  /// Throws for one that is not there.
  func look(into name: String?) async throws {
    let conversations = try await ready()
    if let name { _ = try await conversations.index(name) }
    index = name
    if let id = opened?.conversation { try await conversations.remember(lookup, in: id) }
  }

  /// What went along with the last question, also of a conversation that was begun elsewhere.
  func sources() async throws -> [SourceReply] {
    let conversations = try await ready()
    if lastSources.isEmpty, let id = opened?.conversation {
      lastSources = try await conversations.history(id).last { $0.role == .assistant }?.sources ?? []
    }
    return lastSources
  }

  /// Begins to find the server and the model.
  func open() {
    guard opening == nil else { return }
    // Unstructured, since a person may type meanwhile; `ready` awaits it, and `end` ends it.
    opening = Task { [call, options, words] in try await Self.open(call, options, words) }
  }

  /// Waits until questions can be asked; throws why they cannot.
  @discardableResult
  func ready() async throws -> ConversationClient {
    open()
    if opened == nil, let opening {
      let made = try await withTaskCancellationHandler {
        try await opening.value
      } onCancel: {
        opening.cancel()
      }
      opened = made
      if let conversation = made.conversation { try await join(conversation) }
    }
    guard let opened else { throw CancellationError() }
    return ConversationClient(client: opened.connection.client)
  }

  private static func open(
    _ call: Invocation, _ options: ChatOptions, _ words: ChatWords
  ) async throws -> Opened {
    let connection = try await ChatConnection.open(call)
    let conversations = ConversationClient(client: connection.client)
    // Before a model is loaded for nothing.
    if let index = options.index { _ = try await conversations.index(index) }
    let conversation: String? =
      if let word = options.session {
        try await conversations.find(word).sessionID
      } else if options.continues {
        try await conversations.latest().sessionID
      } else {
        nil
      }
    guard options.backend == .finetune else {
      let partner = try await PartnerSearch(call: call, options: options).partner(connection.client)
      return Opened(connection: connection, finetuned: nil, partner: partner, conversation: conversation)
    }
    let finetuned = try await FinetunedModel.ready(call, options, connection)
    return Opened(
      connection: connection, finetuned: finetuned, partner: finetuned.partner, conversation: conversation)
  }

  /// Goes on with a conversation that is there; options of the command line come before its own settings.
  private func join(_ id: String) async throws {
    guard let opened else { return }
    let conversations = ConversationClient(client: opened.connection.client)
    let kept = try await conversations.conversation(id)
    let merged = (kept.settings ?? .none).overridden(by: settings)
    if !settings.isEmpty { try await conversations.change(id, merged) }
    settings = merged
    // The one of the command line is for the conversation that it names, not for those that are loaded later.
    if options.index != nil, opened.conversation == id {
      try await conversations.remember(lookup, in: id)
    } else {
      (index, chunks) = (kept.index, options.chunks ?? kept.indexTopK)
    }
    self.opened?.conversation = id
  }

  /// Unloads what this chat has loaded.
  func end() async {
    opening?.cancel()
    if let opened = try? await opening?.value { await opened.finetuned?.release() }
  }

  var partner: ChatPartner? { opened?.partner }
  var conversation: String? { opened?.conversation }

  /// Another model answers from now on: one of the server's list, or of the backend that was named.
  func talk(to name: String) async throws {
    let conversations = try await ready()
    guard let now = opened?.partner else { return }
    if let backend = now.backend, backend.kind == .compatible, let url = backend.url {
      opened?.partner = ChatPartner(model: name, at: url, key: backend.apiKey)
    } else {
      // Refused now, and not with the next question.
      _ = try await conversations.client.get(
        APIPath("api", "models", name, "status"), as: LoadStatusReply.self)
      opened?.partner = ChatPartner(model: name)
    }
  }

  func change(_ settings: ChatSettingsBody) async throws {
    let conversations = try await ready()
    if let id = opened?.conversation { try await conversations.change(id, settings) }
    self.settings = settings
  }

  /// The conversation, begun with the first question.
  private func conversationForQuestion() async throws -> (ConversationClient, String, ChatPartner) {
    let conversations = try await ready()
    guard let partner = opened?.partner else { throw CancellationError() }
    if let id = opened?.conversation { return (conversations, id, partner) }
    let id = try await conversations.create(settings, lookup)
    opened?.conversation = id
    return (conversations, id, partner)
  }

  /// One question, the answer in the server's own JSON.
  func askForJSON(_ text: String) async throws -> APIClient.Answer<SendMessageReply> {
    let (conversations, id, partner) = try await conversationForQuestion()
    let answer = try await conversations.ask(text, in: id, of: partner, with: lookup)
    lastAnswer = answer.value.assistantReply
    lastSources = answer.value.sources ?? []
    return answer
  }

  /// Asks, and shows the answer as it comes.
  func ask(_ text: String, edits: String? = nil) async throws -> ChatAnswer {
    let (conversations, id, partner) = try await conversationForQuestion()
    let lookup = lookup
    return try await shown(partner) { write in
      try await conversations.stream(text, edits: edits, in: id, of: partner, with: lookup, write)
    }
  }

  /// One question whose answer is kept nowhere.
  func askUnsaved(_ text: String, isShown: Bool) async throws -> ChatAnswer {
    let conversations = try await ready()
    guard let partner = opened?.partner else { throw CancellationError() }
    let system = settings.systemPrompt.map { [ChatMessage(role: .system, content: $0)] } ?? []
    let asked = system + [ChatMessage(role: .user, content: text)]
    let (settings, lookup) = (settings, lookup)
    guard isShown else {
      return try await conversations.generate(asked, settings, of: partner, with: lookup) { _ in }
    }
    return try await shown(partner) {
      try await conversations.generate(asked, settings, of: partner, with: lookup, $0)
    }
  }

  func retry() async throws -> ChatAnswer {
    let conversations = try await ready()
    guard let id = opened?.conversation, let partner = opened?.partner else { throw Self.nothingAsked }
    let lookup = lookup
    return try await shown(partner) {
      try await conversations.retry(in: id, of: partner, with: lookup, $0)
    }
  }

  /// The last question, asked of another model; the conversation stays as it is.
  func compare(with name: String) async throws -> ChatAnswer {
    let conversations = try await ready()
    guard let id = opened?.conversation, let now = opened?.partner else { throw Self.nothingAsked }
    var messages = try await conversations.history(id)
    while let last = messages.last, last.role != .user { messages.removeLast() }
    guard !messages.isEmpty else { throw Self.nothingAsked }
    let system = settings.systemPrompt.map { [ChatMessage(role: .system, content: $0)] } ?? []
    let other =
      now.backend.flatMap { backend in
        backend.url.map { ChatPartner(model: name, at: $0, key: backend.apiKey) }
      } ?? ChatPartner(model: name)
    let asked = system + messages.map { ChatMessage(role: $0.role, content: $0.content) }
    let (before, sources, lookup, settings) = (lastAnswer, lastSources, lookup, settings)
    defer { (lastAnswer, lastSources) = (before, sources) }
    return try await shown(other) {
      try await conversations.generate(asked, settings, of: other, with: lookup, $0)
    }
  }

  /// Begins a new conversation; the old one is kept.
  func clear() {
    opened?.conversation = nil
    lastSources = []
  }

  /// Goes on with another conversation.
  func load(_ word: String) async throws -> ConversationReply {
    let found = try await ready().find(word)
    settings = .none
    lastSources = []
    try await join(found.sessionID)
    return found
  }

  private func shown(
    _ partner: ChatPartner, _ body: (@escaping @Sendable (String) -> Void) async throws -> ChatAnswer
  ) async throws -> ChatAnswer {
    let writer = AnswerWriter(call.printer, waitingFor: partner.name, streams: options.streams)
    defer { writer.finish() }
    let start = ContinuousClock.now
    let answer = try await body { writer.write($0) }
    lastAnswer = answer.text
    lastSources = answer.sources ?? []
    lastTiming = AnswerTiming(
      first: writer.begun.map { $0 - start }, whole: .now - start, text: answer.text)
    writer.finish()
    if let sources = answer.sources, !answer.wasStopped {
      SourceList(sources, of: index ?? "").show(call.printer, explains: options.explains)
    }
    return answer
  }

  private static let nothingAsked = CommandFailure(.failed, "Nothing has been asked yet.")
}

/// How fast an answer came.
struct AnswerTiming: Sendable {
  /// Until its first piece.
  let first: Duration?
  let whole: Duration
  let tokens: Int

  init(first: Duration?, whole: Duration, text: String) {
    self.first = first
    self.whole = whole
    tokens = Self.tokens(in: text)
  }

  /// About: a token for four ASCII characters or one other, as the server counts where nobody tells it.
  static func tokens(in text: String) -> Int {
    let ascii = text.unicodeScalars.count { $0.isASCII }
    return (ascii + 3) / 4 + text.unicodeScalars.count - ascii
  }
}

extension ChatSettingsBody {
  static let none = ChatSettingsBody(
    systemPrompt: nil, temperature: nil, topP: nil, topK: nil, maxTokens: nil, seed: nil)

  /// These, with those of `other` in place of their own.
  func overridden(by other: ChatSettingsBody) -> ChatSettingsBody {
    ChatSettingsBody(
      systemPrompt: other.systemPrompt ?? systemPrompt, temperature: other.temperature ?? temperature,
      topP: other.topP ?? topP, topK: other.topK ?? topK, maxTokens: other.maxTokens ?? maxTokens,
      seed: other.seed ?? seed)
  }
}
