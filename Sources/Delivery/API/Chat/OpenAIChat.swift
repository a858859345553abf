import Contract
import Domain
import FoundationEssentials
import HTTPServing
import HTTPWire
import Services

extension Chat {
  /// OpenAI's chat completions: a stream of chunks with `"stream": true`, else one object.
  static func openAI(_ call: Call) async throws -> Response {
    let body = try await call.body(OpenAIChatRequest.self)
    let user = try call.user.id
    let request = try generation(
      body.messages, temperature: body.temperature, topP: body.topP,
      maxTokens: body.maxTokens ?? body.maxCompletionTokens)
    let created = call.services.clock.now().milliseconds / 1000
    let id = "chatcmpl-" + call.request.id
    guard body.stream == true else {
      let answer = try await call.services.chat.complete(
        request, model: body.model, baseModel: nil, for: user)
      return try .json(
        OpenAIChatReply(
          id: id, object: "chat.completion", created: created, model: body.model,
          choices: [.init(message: .init(content: answer.content), finishReason: answer.finishReason)],
          usage: .init(
            promptTokens: answer.promptTokens ?? 0, completionTokens: answer.completionTokens ?? 0)))
    }
    // What can fail before the first piece is still an ordinary error.
    try await call.services.chat.prepare(request, model: body.model, for: user)
    let stream = OpenAIStream(id: id, created: created, model: body.model)
    return .eventStream(for: call.request) { writer in
      do {
        try await writer.write(try stream.chunk(.init(role: .assistant, content: ""), finish: nil))
        let end = try await call.services.chat.stream(request, model: body.model, for: user) { piece in
          try await writer.write(try stream.chunk(.init(content: piece), finish: nil))
        }
        try await writer.write(try stream.chunk(.init(), finish: end.finishReason))
        try await writer.write(Array("data: [DONE]\n\n".utf8))
      } catch let error as DomainError {
        // The head is out: the error travels in the stream, in OpenAI's shape.
        try await writer.write(try stream.failure(error))
      }
    }
  }

  static func openAIModels(_ call: Call) async throws -> Response {
    let models = try await call.services.catalog.list(of: try call.user.id)
    return try .json(
      OpenAIModelList(
        data: models.map { .init(id: $0.name, created: $0.createdAt.milliseconds / 1000) }))
  }
}

/// Writes the chunks of one streamed answer.
private struct OpenAIStream: Sendable {
  let id: String
  let created: Int64
  let model: String

  func chunk(_ delta: OpenAIChatReply.Delta, finish: String?) throws -> [UInt8] {
    try line(
      OpenAIChatReply(
        id: id, object: "chat.completion.chunk", created: created, model: model,
        choices: [.init(delta: delta, finishReason: finish)]))
  }

  func failure(_ error: DomainError) throws -> [UInt8] {
    try line(["error": ["message": error.message, "type": "server_error", "code": error.code.rawValue]])
  }

  private func line(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array("data: ".utf8) + Array(try encoder.encode(value)) + Array("\n\n".utf8)
  }
}
