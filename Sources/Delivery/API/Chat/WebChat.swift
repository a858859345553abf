import Contract
import Domain
import HTTPServing
import Services

/// The web chat's routes (W1 to W5).
enum WebChat {
  static func models(_ call: Call) async throws -> Response {
    let caller = try call.chatCaller(nil, isNeeded: false)
    let models = try await call.services.shelf.list(for: caller)
    return try .json(ListedModelsReply(models: models.map(\.wire)))
  }

  /// Looks through every host again; those that cannot be reached are told, and keep their last list.
  static func scan(_ call: Call) async throws -> Response {
    let user = try call.user.id
    let outcomes = await call.services.discovery.scanAll()
    let visible = try await call.services.discovered.list(visibleTo: user)
    return try .json(
      ModelScanReply(
        hosts: outcomes.map { outcome in
          ScannedHostReply(
            hostID: outcome.host.id.rawValue, name: outcome.host.name,
            models: visible.filter { $0.hostID == outcome.host.id && $0.goneAt == nil }.count,
            complete: outcome.isComplete, problem: outcome.problem?.message)
        }))
  }

  static func status(_ call: Call) async throws -> Response {
    let caller = try call.chatCaller(nil, isNeeded: false)
    return try .json(
      try await call.services.shelf.status(of: call.parameter, for: caller).wire(call.parameter))
  }

  static func load(_ call: Call) async throws -> Response {
    let port = try call.integer("port", in: 1024...65_535, default: 0)
    let caller = try call.chatCaller(nil, isNeeded: false)
    return try .json(
      try await call.services.shelf.load(call.parameter, for: caller, port: port == 0 ? nil : Int(port))
        .wire(call.parameter))
  }

  static func unload(_ call: Call) async throws -> Response {
    let caller = try call.chatCaller(nil, isNeeded: false)
    let outcome = try await call.services.shelf.unload(
      call.parameter, for: caller, isAdministrator: try call.user.role == .administrator)
    return try .json(MessageReply(message: outcome.message))
  }

  /// Without `session_id` nothing is kept, and the generation ends when the caller leaves.
  static func generate(_ call: Call) async throws -> Response {
    let body = try await call.body(GenerateRequest.self)
    let caller = try call.chatCaller(body.userID, isNeeded: false)
    let stream = ChatEventStream(field: "token")
    if let session = body.sessionID {
      guard let prompt = body.prompt, body.messages == nil else {
        throw DomainError.invalid(
          "With \"session_id\" the message goes into \"prompt\".", hint: "The server knows the ones before.")
      }
      try Chat.checkSampling(
        temperature: body.temperature, topP: body.topP, topK: body.topK, maxTokens: body.maxTokens,
        seed: body.seed)
      let message = OutgoingMessage(
        content: prompt, temperature: body.temperature, topP: body.topP, topK: body.topK,
        maxTokens: body.maxTokens, seed: body.seed, model: body.model, engine: try body.backend?.engine(),
        lookup: try Indexes.lookup(ofMessage: body.index, body.indexTopK))
      try await call.admitChat()
      let reply = try await call.services.conversations.send(
        message, in: try Conversations.conversation(session), for: caller)
      return try await stream.response(of: reply)
    }
    let messages = body.messages ?? body.prompt.map { [ChatMessage(role: .user, content: $0)] } ?? []
    var request = try Chat.generation(
      messages, temperature: body.temperature, topP: body.topP, topK: body.topK, maxTokens: body.maxTokens,
      seed: body.seed)
    try request.checkTurns()
    var sources: [FoundPassage] = []
    if let lookup = try Indexes.lookup(body.index, body.indexTopK) {
      (request, sources) = try await call.services.indexes.asked(request, with: lookup, for: caller.userID)
    }
    try await call.admitChat()
    let chat = call.services.chat
    let backend =
      if let engine = try body.backend?.engine() {
        chat.backends.backend(at: engine)
      } else if let model = body.model {
        try await chat.backends.backend(named: model, for: caller)
      } else {
        try await chat.backends.backend(
          of: try await call.services.chatConfigs.config(for: caller), for: caller)
      }
    // What can fail before the first piece is still an ordinary error.
    try await chat.prepare(backend, for: caller.userID)
    return .eventStream { [request, sources] writer in
      do {
        if !sources.isEmpty { try await writer.write(ChatEventStream.sources(sources)) }
        let answer = try await chat.stream(request, from: backend, for: caller.account) { piece in
          try await writer.write(stream.piece(piece))
        }
        if !sources.isEmpty { try await writer.write(ChatEventStream.cited(in: answer.content, of: sources)) }
        try await writer.write(ChatEventStream.done)
      } catch let error as DomainError {
        try await writer.write(stream.failure(error))
      }
    }
  }

  static func clear(_ call: Call) async throws -> Response {
    let body = try await call.body(ClearChatRequest.self)
    if let session = body.sessionID {
      try await call.services.conversations.clear(
        try Conversations.conversation(session), for: try call.user.id)
    }
    return try .json(MessageReply(message: "The conversation was cleared."))
  }
}
