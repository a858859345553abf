import Domain
import FoundationEssentials
import HTTPWire

/// Reads a streamed chat completion: bytes in, pieces of the answer out.
struct StreamReader {
  private var decoder = ServerSentEventDecoder()
  private var content = ""
  private var finishReason: String?
  private var usage: OpenAIWire.Usage?
  /// Bytes an answer may have: it is kept whole, and an engine may never end.
  private static let limit = 16 << 20
  /// `[DONE]` was read.
  private(set) var isDone = false

  /// Why the answer ends here, once that is known; what came before it has been given.
  private(set) var failure: DomainError?

  mutating func feed(_ bytes: [UInt8]) throws -> [String] {
    var pieces: [String] = []
    for event in try decoder.feed(bytes) {
      guard event.data != "[DONE]" else {
        isDone = true
        break
      }
      let data = Data(event.data.utf8)
      guard let answer = try? JSONDecoder().decode(OpenAIWire.Answer.self, from: data) else {
        let said = try? JSONDecoder().decode(OpenAIWire.Failure.self, from: data).message
        failure = DomainError(
          .upstreamFailed, "The model's server broke off: \((said ?? "unreadable data").prefix(500))",
          hint: "Try again.", origin: .upstream)
        break
      }
      usage = answer.usage ?? usage
      guard let choice = answer.choices.first else { continue }
      finishReason = choice.finishReason ?? finishReason
      if let piece = choice.delta?.content, !piece.isEmpty {
        content += piece
        pieces.append(piece)
        guard content.utf8.count <= Self.limit else {
          failure = DomainError(
            .upstreamFailed, "The model's server sent more than can be kept.", hint: "Give \"max_tokens\".",
            origin: .upstream)
          break
        }
      }
    }
    return pieces
  }

  /// Throws where the stream ended before the answer did: what came then is not the whole of it.
  func result() throws(DomainError) -> GenerationResult {
    guard isDone || finishReason != nil else {
      throw DomainError(
        .upstreamFailed, "The model's server closed the connection in the middle of its answer.",
        hint: "Try again; the model may have been unloaded.", origin: .upstream)
    }
    return GenerationResult(
      content: content, finishReason: finishReason ?? "stop", promptTokens: usage?.promptTokens,
      completionTokens: usage?.completionTokens)
  }
}
