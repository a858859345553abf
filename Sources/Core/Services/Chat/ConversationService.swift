import Concurrency
package import Domain

/// What a caller says in a conversation.
package struct OutgoingMessage: Sendable, Equatable {
  package let content: String
  package let temperature: Double?
  package let topP: Double?
  package let topK: Int?
  /// As the others: the conversation's where left out, and then the configuration's.
  package let maxTokens: Int?
  package let seed: Int64?
  /// The configuration's where left out.
  package let model: String?
  /// A message of the user's own that this one stands in place of, in a branch of its own.
  package let edits: MessageID?
  /// A server that the caller named for this message; it comes before `model`.
  package let engine: EngineAddress?
  /// Where passages are looked up that are to go along with it.
  package let lookup: Lookup

  package enum Lookup: Sendable, Equatable {
    /// Where the conversation's questions are.
    case remembered
    case nowhere
    case index(IndexLookup)
  }

  package init(
    content: String, temperature: Double? = nil, topP: Double? = nil, topK: Int? = nil,
    maxTokens: Int? = nil, seed: Int64? = nil, model: String? = nil, edits: MessageID? = nil,
    engine: EngineAddress? = nil, lookup: Lookup = .remembered
  ) {
    self.engine = engine
    self.lookup = lookup
    self.seed = seed
    self.content = content
    self.edits = edits
    self.temperature = temperature
    self.topP = topP
    self.topK = topK
    self.maxTokens = maxTokens
    self.model = model
  }
}

/// Conversations, and the replies that are being written into them.
///
/// A reply is the server's: it is written to its end and stored whole also when the one who asked has
/// gone. A conversation has one reply at a time.
package actor ConversationService {
  let conversations: any ConversationStoring
  let messages: any MessageStoring
  let searching: any MessageSearching
  let configs: ChatConfigService
  let chat: ChatService
  let indexes: IndexService
  let clock: WallClock
  let log: ServerLog
  let keeping: Int
  let improvesTitles: Bool
  /// Tells that there may be a title to make.
  let titleNews: AsyncStream<Void>
  private let titleNewsSource: AsyncStream<Void>.Continuation
  private var untitled: [UntitledConversation] = []
  private var running: [ConversationID: Running] = [:]
  private var hasEnded = false

  private struct Running {
    let owner: UserID
    let reply: LiveReply
    var task: Task<Void, Never>?
  }

  /// - Parameters:
  ///   - keeping: conversations of a user; the longest unused ones beyond are forgotten.
  ///   - improvesTitles: whether models give titles (`improveTitles`).
  package init(
    conversations: any ConversationStoring, messages: any MessageStoring, searching: any MessageSearching,
    configs: ChatConfigService, chat: ChatService, indexes: IndexService, clock: WallClock, log: ServerLog,
    keeping: Int, improvesTitles: Bool = false
  ) {
    self.improvesTitles = improvesTitles
    (titleNews, titleNewsSource) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    self.conversations = conversations
    self.messages = messages
    self.searching = searching
    self.configs = configs
    self.chat = chat
    self.indexes = indexes
    self.clock = clock
    self.log = log
    self.keeping = keeping
  }

  package func create(for user: UserID) async throws(DomainError) -> Conversation {
    let now = clock.now()
    let conversation = Conversation(id: .make(), userID: user, createdAt: now, updatedAt: now)
    try await conversations.insert(conversation, keeping: keeping)
    return conversation
  }

  package func list(
    of user: UserID, filter: ConversationFilter = ConversationFilter()
  ) async throws(DomainError) -> ConversationPage {
    try await conversations.conversations(owner: user, filter: filter)
  }

  /// A conversation with its settings, without its messages.
  ///
  /// Throws `not_found` for one that is not the user's.
  package func conversation(_ id: ConversationID, of user: UserID) async throws(DomainError) -> Conversation {
    guard let found = try await conversations.conversation(id, owner: user) else { throw Self.missing }
    return found
  }

  /// Throws `not_found` for a conversation that is not the user's.
  package func require(_ id: ConversationID, of user: UserID) async throws(DomainError) {
    _ = try await conversation(id, of: user)
  }

  /// Every message with its branches; a reply that is being written with what came so far.
  package func tree(of id: ConversationID, for user: UserID) async throws(DomainError) -> MessageTree {
    guard let tree = try await messages.tree(of: id, owner: user) else { throw Self.missing }
    guard let reply = running[id]?.reply else { return tree }
    let present = tree.messages.map { message in
      guard message.id == reply.messageID, message.state == .streaming else { return message }
      var message = message
      message.content = reply.content
      return message
    }
    return MessageTree(present, tip: tree.tip)
  }

  /// The messages in order, from the first to the tip.
  package func history(of id: ConversationID, for user: UserID) async throws(DomainError) -> [StoredMessage] {
    try await tree(of: id, for: user).path
  }

  /// Renames, pins, puts away, tags, or changes how its replies are asked for.
  package func update(
    _ id: ConversationID, _ change: ConversationChange, for user: UserID
  ) async throws(DomainError) -> Conversation {
    let changed = try await conversations.update(id, owner: user, try change.checked())
    guard let changed else { throw Self.missing }
    return changed
  }

  /// Goes over to the branch a message is on, to its newest end.
  ///
  /// Throws `conflict` while a reply is being written: it would be written where nobody looks.
  package func select(
    _ message: MessageID, in id: ConversationID, for user: UserID
  ) async throws(DomainError) -> MessageTree {
    guard let tree = try await messages.tree(of: id, owner: user) else { throw Self.missing }
    guard tree.message(message) != nil else { throw .notFound("The message") }
    guard running[id] == nil else { throw Self.busy }
    guard try await messages.moveTip(of: id, to: tree.leaf(under: message), owner: user) else {
      throw Self.missing
    }
    return try await self.tree(of: id, for: user)
  }

  /// The newest messages that have every word of the query; in Chinese every run of characters.
  package func search(_ query: String, of user: UserID, limit: Int) async throws(DomainError)
    -> [FoundMessage]
  {
    let terms = SearchText.terms(of: query)
    guard !terms.isEmpty else {
      throw .invalid("There is nothing to look for.", hint: "Give a word, or a part of a sentence.")
    }
    return try await searching.messages(owner: user, having: terms, limit: limit)
  }

  package func delete(_ id: ConversationID, for user: UserID) async throws(DomainError) {
    if running[id]?.owner == user { await end(id, as: .stopped) }
    guard try await conversations.delete(id, owner: user) else { throw Self.missing }
  }

  /// Deletes every conversation of a user's, the archived ones too.
  package func deleteAll(of user: UserID) async throws(DomainError) {
    for isArchived in [false, true] {
      while true {
        let page = try await conversations.conversations(
          owner: user, filter: ConversationFilter(isArchived: isArchived, limit: 100))
        if page.conversations.isEmpty { break }
        for conversation in page.conversations { try await delete(conversation.id, for: user) }
      }
    }
  }

  /// Takes every message away; the conversation stays.
  package func clear(_ id: ConversationID, for user: UserID) async throws(DomainError) {
    if running[id]?.owner == user { await end(id, as: .stopped) }
    guard try await messages.clear(id, owner: user, at: clock.now()) else { throw Self.missing }
  }

  /// Stores the message and begins the reply.
  ///
  /// Throws `not_found` for a conversation or an index that is not the caller's, `conflict` while another reply is
  /// being written, and `model_missing` where nobody is there to answer; nothing is stored then.
  package func send(_ message: OutgoingMessage, in id: ConversationID, for caller: ChatCaller)
    async throws(DomainError) -> LiveReply
  {
    guard message.content.contains(where: { !$0.isWhitespace }) else {
      throw .invalid("The message is empty.", hint: "Write something.")
    }
    return try await begin(in: id, for: caller) { tree, reply throws(DomainError) in
      var parent = tree.tip
      if let edited = message.edits {
        guard let old = tree.message(edited), old.role == .user else { throw .notFound("The message") }
        parent = old.parent
      }
      return Draft(
        parent: parent,
        question: StoredMessage(
          id: .make(), conversationID: id, parent: parent, role: .user, content: message.content,
          createdAt: reply.createdAt),
        message: message)
    }
  }

  /// Asks for another reply to a question; the earlier ones stay, in branches of their own.
  ///
  /// - Parameters:
  ///   - target: the reply to be made anew, or the question to be answered; nil: the last one.
  ///   - options: how to ask; its content is not used.
  package func regenerate(
    _ target: MessageID?, _ options: OutgoingMessage, in id: ConversationID, for caller: ChatCaller
  ) async throws(DomainError) -> LiveReply {
    try await begin(in: id, for: caller) { tree, _ throws(DomainError) in
      guard let target = target ?? tree.tip, let message = tree.message(target) else {
        throw target == nil
          ? .invalid("There is no message yet.", hint: "Send one first.") : .notFound("The message")
      }
      guard let parent = message.role == .user ? message.id : message.parent else {
        throw .notFound("The message")
      }
      return Draft(parent: parent, question: nil, message: options)
    }
  }

  /// What is about to be asked.
  struct Draft: Sendable {
    let parent: MessageID?
    /// Nil where the parent itself is the question.
    let question: StoredMessage?
    let message: OutgoingMessage
  }

  private func begin(
    in id: ConversationID, for caller: ChatCaller,
    _ draft: (MessageTree, LiveReply) throws(DomainError) -> Draft
  ) async throws(DomainError) -> LiveReply {
    let conversation = try await conversation(id, of: caller.userID)
    guard !hasEnded else { throw DomainError(.timedOut, "The server is ending.", hint: "Try again soon.") }
    guard running[id] == nil else { throw Self.busy }
    let reply = LiveReply(conversationID: id, messageID: .make(), createdAt: clock.now())
    // Before anything is awaited: a second message meets it and is refused.
    running[id] = Running(owner: caller.userID, reply: reply, task: nil)
    do throws(DomainError) {
      guard let tree = try await messages.tree(of: id, owner: caller.userID) else { throw Self.missing }
      let draft = try draft(tree, reply)
      let config = try await configs.config(for: caller)
      let backend =
        if let engine = draft.message.engine {
          chat.backends.backend(at: engine)
        } else if let model = draft.message.model {
          try await chat.backends.backend(named: model, for: caller)
        } else {
          try await chat.backends.backend(of: config, for: caller)
        }
      let request = try await store(draft, in: tree, reply, backend, config, conversation, for: caller)
      guard running[id]?.reply === reply else {
        // Ended by another request while it was being stored: the empty reply is taken away again.
        _ = try await messages.write(
          reply.messageID, content: "", state: .stopped, failure: nil, at: clock.now())
        throw Self.busy
      }
      // A task of its own, since the reply belongs to the server and not to the request that asked for it.
      running[id]?.task = Task { await write(reply, request, backend, for: caller.account) }
      return reply
    } catch {
      if running[id]?.reply === reply { running[id] = nil }
      throw error
    }
  }

  /// Ends the reply that is being written and keeps what came of it.
  package func stop(_ id: ConversationID, for user: UserID) async throws(DomainError) {
    try await require(id, of: user)
    guard running[id] != nil else {
      throw .conflict("No reply is being written.", hint: "Its end was faster; read the history.")
    }
    await end(id, as: .stopped)
  }

  /// The reply that is being written now.
  package func reply(in id: ConversationID, for user: UserID) -> LiveReply? {
    running[id].flatMap { $0.owner == user ? $0.reply : nil }
  }

  /// Ends every reply and keeps what came: an orderly end of the server.
  package func endAll() async {
    hasEnded = true
    for id in running.keys { await end(id, as: .interrupted) }
  }

  /// Marks what an earlier process left unfinished; before the first request.
  package func recover() async throws(DomainError) {
    let count = try await messages.interruptUnfinished(at: clock.now())
    if count > 0 { log.warning("replies were interrupted", ["count": String(count)]) }
  }

  /// Takes messages of before there was a search into it, in the background, until none is left.
  package func indexBacklog() async {
    do {
      while try await searching.indexBacklog(), !Task.isCancelled {}
    } catch {
      log.warning("older messages are not all in the search", ["error": String(reflecting: error)])
    }
  }
}

extension OutgoingMessage.Lookup {
  fileprivate func found(for conversation: Conversation) -> IndexLookup? {
    switch self {
    case .remembered: conversation.index.map { IndexLookup(index: $0.id.rawValue, count: $0.count) }
    case .nowhere: nil
    case .index(let lookup): lookup
    }
  }
}

extension ConversationService {
  static var missing: DomainError { .notFound("The conversation") }
  static var busy: DomainError {
    .conflict("A reply is being written in this conversation.", hint: "Wait for its end, or stop it.")
  }

  /// Stores question and empty reply, and gives what the model is to be asked.
  private func store(
    _ draft: Draft, in tree: MessageTree, _ reply: LiveReply, _ backend: ChatBackend,
    _ config: UserChatConfig, _ conversation: Conversation, for caller: ChatCaller
  ) async throws(DomainError) -> GenerationRequest {
    let (message, question, settings) = (draft.message, draft.question, conversation.settings)
    let tokens = message.maxTokens ?? settings.maxTokens ?? config.maxTokens
    var path = tree.path(to: draft.parent) + (question.map { [$0] } ?? [])
    let system = settings.systemPrompt.map { ChatTurn(role: .system, content: $0) }
    // What a file brought along as a system message is replaced by the conversation's own.
    if system != nil { path.removeAll { $0.role == .system } }
    var turns = (system.map { [$0] } ?? []) + path.map { ChatTurn(role: $0.role, content: $0.content) }
    // Room for the reply, yet never so much that nothing of the conversation is left.
    let budget = max(backend.contextTokens - tokens, backend.contextTokens / 4)
    let asked = turns.last?.content ?? ""
    var sources: [FoundPassage] = []
    let lookup = message.lookup.found(for: conversation)
    if let lookup {
      let found = try await indexes.search(
        asked, in: lookup.index, of: caller.userID, count: lookup.count)
      sources = SourcesBlock.fitting(found, budget: budget * 3 / 4)
      turns[turns.count - 1] = ChatTurn(role: .user, content: SourcesBlock(sources).asked(asked))
    }
    let fitted = ContextWindow.fit(turns, budget: budget)
    let leftOut = turns.count - fitted.count
    let answer = StoredMessage(
      id: reply.messageID, conversationID: reply.conversationID, parent: question?.id ?? draft.parent,
      role: .assistant, content: "", state: .streaming, model: backend.name, leftOut: leftOut,
      sources: sources, createdAt: reply.createdAt)
    let exchange = NewExchange(
      question: question, reply: answer, tip: tree.tip,
      title: ConversationTitle.make(from: question?.content ?? path.last?.content ?? ""))
    guard try await messages.append(exchange, owner: caller.userID) else { throw Self.busy }
    reply.announce(
      .init(question: asked, isLookedUp: lookup != nil, sources: sources, leftOut: leftOut))
    return GenerationRequest(
      turns: fitted, temperature: message.temperature ?? settings.temperature,
      topP: message.topP ?? settings.topP, topK: message.topK ?? settings.topK, maxTokens: tokens,
      seed: message.seed ?? settings.seed)
  }

  /// Writes one reply to its end, storing what came once a second.
  private func write(
    _ reply: LiveReply, _ request: GenerationRequest, _ backend: ChatBackend, for caller: GatewayCaller
  ) async {
    let chat = chat
    let end = await withTaskGroup(of: LiveReply.End?.self) { group in
      group.addTask {
        do {
          _ = try await chat.stream(request, from: backend, for: caller) { piece in
            guard reply.add(piece) else { throw CancellationError() }
          }
          return .complete
        } catch let error as DomainError {
          return .failed(error)
        } catch {
          return .failed(
            DomainError(.upstreamFailed, "The answer was broken off.", origin: .upstream, detail: "\(error)"))
        }
      }
      group.addTask {
        await self.save(reply)
        return nil
      }
      defer { group.cancelAll() }
      for await end in group { if let end { return end } }
      return .interrupted
    }
    if case .complete = end { awaitTitle(reply, request, backend, for: caller) }
    await settle(reply, end)
  }

  private func save(_ reply: LiveReply) async {
    var saved = 0
    while true {
      do { try await Task.sleep(for: .seconds(1)) } catch { return }
      let content = reply.content
      guard content.utf8.count > saved else { continue }
      do throws(DomainError) {
        _ = try await messages.write(
          reply.messageID, content: content, state: .streaming, failure: nil, at: clock.now())
        saved = content.utf8.count
      } catch {
        log.warning("a reply could not be saved meanwhile", ["error": error.debugDescription])
      }
    }
  }

  private func end(_ id: ConversationID, as end: LiveReply.End) async {
    guard let current = running[id] else { return }
    await settle(current.reply, end)
    current.task?.cancel()
  }

  /// Stores the end of a reply, then tells it; the first end counts.
  private func settle(_ reply: LiveReply, _ end: LiveReply.End) async {
    guard let content = reply.close() else { return }
    var end = end
    if case .failed(let error) = end {
      log.warning("a reply failed", ["code": error.code.rawValue, "error": error.debugDescription])
    }
    do {
      try await store(content, end, of: reply)
    } catch {
      log.error("a reply could not be stored", ["error": error.debugDescription])
      end = .failed(error)
    }
    if running[reply.conversationID]?.reply === reply { running[reply.conversationID] = nil }
    reply.announce(end)
    titleNewsSource.yield()
  }

  /// Waits two minutes for a database that is away: what a model took long to write is not thrown away for it.
  private func store(_ content: String, _ end: LiveReply.End, of reply: LiveReply) async throws(DomainError) {
    for attempt in 1... {
      do throws(DomainError) {
        _ = try await messages.write(
          reply.messageID, content: content, state: end.state, failure: end.failure, at: clock.now())
        return
      } catch {
        guard error.code == .databaseUnreachable, attempt < 60, !hasEnded,
          (try? await Task.sleep(for: .seconds(2))) != nil
        else { throw error }
      }
    }
  }

  /// The newest conversation that waits for a title, while nothing is generated.
  func nextUntitled() -> UntitledConversation? { running.isEmpty && !hasEnded ? untitled.popLast() : nil }

  /// Lets a first exchange wait for a title; the longest waiting beyond a hundred go without.
  private func awaitTitle(
    _ reply: LiveReply, _ request: GenerationRequest, _ backend: ChatBackend,
    for caller: GatewayCaller
  ) {
    let turns = request.turns.drop { $0.role == .system }
    guard improvesTitles, !backend.isMock, turns.count == 1 else { return }
    // The question as it was asked: a title is not about the sources beside it.
    untitled.append(
      UntitledConversation(
        id: reply.conversationID, caller: caller, backend: backend, question: reply.asked.question,
        reply: reply.content))
    if untitled.count > 100 { untitled.removeFirst() }
  }
}
