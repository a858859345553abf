import Contract
import HTTPFetching
import HTTPWire

/// One answer of a model.
struct ChatAnswer: Sendable {
  var text = ""
  /// Such as `stop` or `length`.
  var finishReason: String?
  /// Ctrl-C came before the end.
  var wasStopped = false
}

extension APIClient {
  private static let chat = APIPath("v1", "chat", "completions")

  /// Long enough for a large model to be loaded.
  private static let chatPatience = Duration.seconds(900)

  /// The whole answer at once.
  func complete(_ request: OpenAIChatRequest) async throws -> Answer<OpenAIChatReply> {
    try await post(Self.chat, request, patience: Self.chatPatience)
  }

  /// The answer piece by piece; when the task is cancelled, what had come until then.
  func streamChat(
    _ request: OpenAIChatRequest, _ onPiece: @Sendable (String) -> Void
  ) async throws -> ChatAnswer {
    var answer = ChatAnswer()
    do {
      var fetch = try self.request(.post, Self.chat, body: request)
      fetch.fields["Accept"] = "text/event-stream"
      fetch.stallTimeout = Self.chatPatience
      let isWhole = try await stream(fetch) { response in
        var decoder = ServerSentEventDecoder()
        while let bytes = try await response.body.next() {
          for event in try decoder.feed(bytes) {
            if event.data == "[DONE]" { return true }
            try take(event.data, &answer, onPiece)
          }
        }
        return false
      }
      guard isWhole else {
        throw CommandFailure(
          .failed, "The answer broke off before its end.", code: "answer_cut", hint: "Ask again.")
      }
    } catch is CancellationError {
      answer.wasStopped = true
    }
    return answer
  }

  private func take(
    _ data: String, _ answer: inout ChatAnswer, _ onPiece: @Sendable (String) -> Void
  ) throws {
    if let failure = try? decode(Array(data.utf8), as: StreamFailure.self) { throw failure.error.failure }
    let chunk = try decode(Array(data.utf8), as: OpenAIChatReply.self)
    guard let choice = chunk.choices.first else { return }
    answer.finishReason = choice.finishReason ?? answer.finishReason
    guard let piece = choice.delta?.content, !piece.isEmpty else { return }
    answer.text += piece
    onPiece(piece)
  }
}

/// An error after the stream has begun, in OpenAI's shape.
private struct StreamFailure: Decodable {
  let error: Content

  struct Content: Decodable {
    let message: String
    let code: String?

    var failure: CommandFailure {
      let isModel = code == "model_start_failed"
      return CommandFailure(
        isModel ? .modelNotLoaded : .failed, message, code: code ?? "upstream_failed",
        hint: isModel ? "See luthier doctor and luthier service list." : "Ask again.")
    }
  }
}
