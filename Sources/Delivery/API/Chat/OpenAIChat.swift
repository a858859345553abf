import Contract
import Domain
import FoundationEssentials
import HTTPServing
import HTTPWire
import Services

extension Chat {
  /// Makes OpenAI's answer for a backend that has no API to relay to: of the request, what scripts know is used.
  static func make(
    _ call: Call, _ relayed: RelayBody, for caller: GatewayCaller, with sources: RelayedSources? = nil
  ) async throws -> Response {
    let body = try Call.decode(OpenAIChatRequest.self, from: relayed.bytes)
    let request = try generation(
      body.messages, temperature: body.temperature, topP: body.topP,
      maxTokens: body.maxTokens ?? body.maxCompletionTokens)
    let created = call.services.clock.now().milliseconds / 1000
    let id = "chatcmpl-" + call.request.id
    guard body.stream == true else {
      let answer = try await call.services.chat.complete(
        request, model: body.model, baseModel: nil, for: caller)
      return try .json(
        OpenAIChatReply(
          id: id, object: "chat.completion", created: created, model: body.model,
          choices: [.init(message: .init(content: answer.content), finishReason: answer.finishReason)],
          usage: .init(
            promptTokens: answer.promptTokens ?? 0, completionTokens: answer.completionTokens ?? 0),
          luthier: sources?.reply(of: answer.content)))
    }
    // What can fail before the first piece is still an ordinary error.
    try await call.services.chat.prepare(request, model: body.model, for: caller.userID)
    let stream = OpenAIStream(id: id, created: created, model: body.model)
    let first = try sources?.event(id: id, created: created, model: body.model)
    return .eventStream { writer in
      do {
        if let first { try await writer.write(first) }
        try await writer.write(try stream.chunk(.init(role: .assistant, content: ""), finish: nil))
        let end = try await call.services.chat.stream(request, model: body.model, for: caller) { piece in
          try await writer.write(try stream.chunk(.init(content: piece), finish: nil))
        }
        try await writer.write(try stream.chunk(.init(), finish: end.finishReason))
        try await writer.write(Array("data: [DONE]\n\n".utf8))
      } catch let error as DomainError {
        // The head is out: the error travels in the stream.
        try await writer.write(OpenAIError.event(error))
      }
    }
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

  private func line(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array("data: ".utf8) + Array(try encoder.encode(value)) + Array("\n\n".utf8)
  }
}
