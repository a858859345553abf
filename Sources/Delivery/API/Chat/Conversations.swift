import Contract
import Domain
import HTTPServing
import HTTPWire
import Services

/// Kept conversations (B1 to B3).
enum Conversations {
  static func create(_ call: Call) async throws -> Response {
    let made = try await call.services.conversations.create(for: try call.user.id)
    return try .json(
      CreateConversationReply(sessionID: made.id.rawValue, message: "The conversation was created."))
  }

  static func list(_ call: Call) async throws -> Response {
    let query = call.request.target.query
    let archived = query["archived"] ?? "false"
    guard ["true", "false"].contains(archived) else {
      throw DomainError.invalid("The query's \"archived\" is true or false.")
    }
    let after = query["after"].map(ConversationPlace.init(text:))
    guard after != .some(nil) else {
      throw DomainError.invalid(
        "The query's \"after\" is no place of this list.", hint: "Give the \"next\" of an answer as it is.")
    }
    let filter = ConversationFilter(
      isArchived: archived == "true", tag: query["tag"], after: after ?? nil,
      limit: Int(try call.integer("limit", in: 1...1000, default: 500)))
    let page = try await call.services.conversations.list(of: try call.user.id, filter: filter)
    return try .json(
      ConversationListReply(conversations: page.conversations.map(\.wire), next: page.next?.text))
  }

  static func history(_ call: Call) async throws -> Response {
    let id: ConversationID = try call.identifier("The conversation")
    return try .json(try await call.services.conversations.tree(of: id, for: try call.user.id).wire(of: id))
  }

  static func delete(_ call: Call) async throws -> Response {
    try await call.services.conversations.delete(
      try call.identifier("The conversation"), for: try call.user.id)
    return try .json(MessageReply(message: "The conversation was deleted."))
  }

  static func stop(_ call: Call) async throws -> Response {
    try await call.services.conversations.stop(
      try call.identifier("The conversation"), for: try call.user.id)
    return try .json(MessageReply(message: "The reply was stopped."))
  }

  static func send(_ call: Call) async throws -> Response {
    let body = try await call.body(SendMessageRequest.self)
    try Chat.checkSampling(temperature: body.temperature, maxTokens: body.maxTokens)
    let message = OutgoingMessage(
      content: body.message, temperature: body.temperature, maxTokens: body.maxTokens, model: body.model,
      edits: try body.edits.map(message), engine: try body.backend?.engine(),
      lookup: try Indexes.lookup(ofMessage: body.index, body.indexTopK))
    let caller = try call.chatCaller(body.userID)
    try await call.admitChat()
    let reply = try await call.services.conversations.send(
      message, in: try conversation(body.sessionID), for: caller)
    if body.stream == true {
      return try await ChatEventStream(field: "chunk").response(of: reply)
    }
    let answer = try await reply.whole()
    let sources = reply.asked.isLookedUp ? Indexes.sources(reply.asked.sources, of: answer) : nil
    return try .json(
      SendMessageReply(
        sessionID: body.sessionID, userMessage: body.message, assistantReply: answer, sources: sources))
  }

  static func conversation(_ text: String) throws(DomainError) -> ConversationID {
    guard let id = ConversationID(checking: text) else { throw .notFound("The conversation") }
    return id
  }

  static func message(_ text: String) throws(DomainError) -> MessageID {
    guard let id = MessageID(checking: text) else { throw .notFound("The message") }
    return id
  }
}

extension Call {
  /// On whose behalf a chat goes.
  ///
  /// Throws `forbidden` for a `user_id` that is not the caller's.
  ///
  /// - Parameter isNeeded: whether a guest must say who it is.
  func chatCaller(_ userID: String?, isNeeded: Bool = true) throws(DomainError) -> ChatCaller {
    let user = try user
    guard user.role == .guest else {
      guard userID == nil || userID == user.id.rawValue || userID == user.username else {
        throw DomainError(
          .forbidden, "\"user_id\" is not yours.", hint: "Leave it out: the token says who you are.")
      }
      return ChatCaller(user.id, key: key)
    }
    guard let userID else {
      if !isNeeded { return ChatCaller(guest: user.id, identifier: "guest") }
      throw .invalid("\"user_id\" is missing.", hint: "Add it, or log in.")
    }
    guard (1...128).contains(userID.utf8.count), AccountRules.isPrintable(userID) else {
      throw .invalid("\"user_id\" has 1 to 128 printable bytes.")
    }
    return ChatCaller(guest: user.id, identifier: userID)
  }
}
