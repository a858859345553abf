import Contract
import Domain
import HTTPServing
import HTTPWire
import Services

/// What people do with conversations beyond the documents: branches, search, and coming back to a reply.
extension Conversations {
  static func get(_ call: Call) async throws -> Response {
    let id: ConversationID = try call.identifier("The conversation")
    return try .json(
      try await call.services.conversations.conversation(id, of: try call.user.id).wire)
  }

  static func update(_ call: Call) async throws -> Response {
    let id: ConversationID = try call.identifier("The conversation")
    let body = try await call.body(UpdateConversationRequest.self)
    try await call.services.conversations.require(id, of: try call.user.id)
    let change = ConversationChange(
      title: body.title, isPinned: body.pinned, isArchived: body.archived, tags: body.tags,
      settings: body.settings?.settings, index: try await index(body, call))
    guard change != ConversationChange() else {
      throw DomainError.invalid(
        "There is nothing to change.", hint: "Give title, pinned, archived, tags, settings or index.")
    }
    let changed = try await call.services.conversations.update(id, change, for: try call.user.id)
    return try .json(changed.wire)
  }

  /// What a change says of the index: nil where nothing.
  private static func index(
    _ body: UpdateConversationRequest, _ call: Call
  ) async throws -> RememberedIndex?? {
    guard let name = body.index else {
      guard body.indexTopK == nil else {
        throw DomainError.invalid("\"index_top_k\" goes with \"index\".")
      }
      return nil
    }
    let count = try Indexes.count(body.indexTopK, "index_top_k")
    if name.isEmpty { return .some(nil) }
    let index = try await call.services.indexes.index(name, of: try call.user.id)
    return RememberedIndex(id: index.id, name: index.name, count: count)
  }

  static func branch(_ call: Call) async throws -> Response {
    let id: ConversationID = try call.identifier("The conversation")
    let body = try await call.body(SelectBranchRequest.self)
    try await call.services.conversations.require(id, of: try call.user.id)
    let tree = try await call.services.conversations.select(
      try message(body.messageID), in: id, for: try call.user.id)
    return try .json(tree.wire(of: id))
  }

  static func regenerate(_ call: Call) async throws -> Response {
    let id: ConversationID = try call.identifier("The conversation")
    let body = try await call.body(RegenerateRequest.self)
    try Chat.checkSampling(temperature: body.temperature, maxTokens: body.maxTokens)
    let options = OutgoingMessage(
      content: "", temperature: body.temperature, maxTokens: body.maxTokens, model: body.model,
      engine: try body.backend?.engine(), lookup: try Indexes.lookup(ofMessage: body.index, body.indexTopK))
    let caller = try call.chatCaller(body.userID, isNeeded: false)
    try await call.admitChat()
    let service = call.services.conversations
    let reply = try await service.regenerate(
      try body.messageID.map(message), options, in: id, for: caller)
    if body.stream == true {
      return try await ChatEventStream(field: "chunk").response(of: reply)
    }
    _ = try await reply.whole()
    return try .json(try await service.tree(of: id, for: caller.userID).wire(of: id))
  }

  /// The rest of a reply that is being written, for a reader that went away.
  static func resume(_ call: Call) async throws -> Response {
    let id: ConversationID = try call.identifier("The conversation")
    let user = try call.user.id
    let seen: Int64
    if let last = call.request.fields["Last-Event-ID"] {
      guard let number = Int64(last), number >= 0 else {
        throw DomainError.invalid("Last-Event-ID is not a number of this stream.")
      }
      seen = number
    } else {
      seen = try call.integer("from", in: 0...Int64(Int32.max), default: 0)
    }
    try await call.services.conversations.require(id, of: user)
    guard let reply = await call.services.conversations.reply(in: id, for: user) else {
      throw DomainError.conflict("No reply is being written.", hint: "Its end was faster; read the history.")
    }
    return try await ChatEventStream(field: "chunk").response(
      of: reply, from: Int(seen), numbered: true)
  }

  static func search(_ call: Call) async throws -> Response {
    let query = call.request.target.query["q"] ?? ""
    guard query.utf8.count <= 500 else { throw DomainError.invalid("The search has at most 500 bytes.") }
    let limit = try call.integer("limit", in: 1...100, default: 20)
    guard !query.isEmpty else { return try .json(ConversationSearchReply(results: [])) }
    let found = try await call.services.conversations.search(
      query, of: try call.user.id, limit: Int(limit))
    return try .json(
      ConversationSearchReply(
        results: found.map {
          .init(
            sessionID: $0.conversationID.rawValue, title: $0.title, messageID: $0.messageID.rawValue,
            role: $0.role.wire, excerpt: SearchText.excerpt(of: $0.content, for: query),
            createdAt: $0.createdAt.iso8601)
        }))
  }
}
