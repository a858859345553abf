import Contract
import Domain
import HTTPServing
import Services

/// Talking to models, and the services behind them.
enum Chat {
  static func complete(_ call: Call) async throws -> Response {
    let body = try await call.body(ChatCompletionRequest.self)
    var request = try generation(
      body.messages, temperature: body.temperature ?? 0.7, topP: nil, maxTokens: body.maxTokens ?? 2048)
    try request.checkTurns()
    var sources: [FoundPassage]?
    if let lookup = try Indexes.lookup(body.index, body.indexTopK) {
      (request, sources) = try await call.services.indexes.asked(
        request, with: lookup, for: try call.user.id)
    }
    try await call.admitChat()
    let answer = try await call.services.chat.complete(
      request, model: body.modelPath, baseModel: body.baseModelPath, for: try call.gatewayCaller)
    return try .json(
      ChatCompletionReply(
        content: answer.content, sources: sources.map { Indexes.sources($0, of: answer.content) }))
  }

  static func services(_ call: Call) async throws -> Response {
    let user = try call.user
    let list = await call.services.runtime.list(for: user.role == .administrator ? nil : user.id)
    return try .json(ServiceListReply(services: list.map(\.wire)))
  }

  static func startService(_ call: Call) async throws -> Response {
    let body = try await call.body(StartServiceRequest.self)
    let user = try call.user.id
    let model = try await call.services.catalog.resolve(
      body.modelPath, baseModel: body.baseModelPath, for: user)
    return try .json(try await call.services.runtime.start(model, for: user).wire)
  }

  static func stopService(_ call: Call) async throws -> Response {
    let user = try call.user
    let id: ServiceID = try call.identifier("The service")
    let outcome = try await call.services.runtime.stop(
      id, for: user.role == .administrator ? nil : user.id)
    return try .json(MessageReply(message: outcome.message))
  }

  static func generation(
    _ messages: [ChatMessage], temperature: Double?, topP: Double?, topK: Int? = nil, maxTokens: Int?,
    seed: Int64? = nil
  ) throws(DomainError) -> GenerationRequest {
    try checkSampling(temperature: temperature, topP: topP, topK: topK, maxTokens: maxTokens, seed: seed)
    guard messages.count <= 1000 else { throw .invalid("There are more than 1000 messages.") }
    return GenerationRequest(
      turns: messages.map { ChatTurn(role: $0.role.turn, content: $0.content) }, temperature: temperature,
      topP: topP, topK: topK, maxTokens: maxTokens, seed: seed)
  }

  static func checkSampling(
    temperature: Double?, topP: Double? = nil, topK: Int? = nil, maxTokens: Int?, seed: Int64? = nil
  ) throws(DomainError) {
    _ = try ChatSettings(temperature: temperature, topP: topP, topK: topK, maxTokens: maxTokens, seed: seed)
      .checked()
  }
}
