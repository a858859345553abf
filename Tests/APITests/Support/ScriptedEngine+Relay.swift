import Concurrency
import Contract
import Domain
import Synchronization

/// The same engine for requests that are relayed: OpenAI's answers, made from the request's JSON.
extension ScriptedEngine: RelayCalling {
  func open(_ request: RelayRequest, at address: EngineAddress) async throws -> RelayAnswer {
    let body = try JSONValue(parsing: request.bytes)
    let question =
      body["messages"]?.items.last?["content"]?.string ?? body["prompt"]?.string ?? body["input"]?.string
      ?? ""
    let turns = GenerationRequest(
      turns: [ChatTurn(role: .user, content: question)], temperature: nil, topP: nil, maxTokens: nil)
    let text = try await reply(to: turns, at: address).content
    var pieces: [[UInt8]] = []
    func chunk(_ delta: JSONValue, _ finish: JSONValue = .null) {
      let value: JSONValue = [
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": .string(address.model),
        "choices": [["index": 0, "delta": delta, "finish_reason": finish]],
      ]
      pieces.append(Array("data: \(value.text)\n\n".utf8))
    }
    if request.streams {
      chunk(["role": "assistant", "content": ""])
      for character in text { chunk(["content": .string(String(character))]) }
      chunk([:], "stop")
      pieces.append(Array("data: [DONE]\n\n".utf8))
    } else {
      let value: JSONValue = [
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": .string(address.model),
        "choices": [
          [
            "index": 0, "message": ["role": "assistant", "content": .string(text)],
            "finish_reason": "stop",
          ]
        ], "usage": ["prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7],
      ]
      pieces.append(value.bytes)
    }
    return RelayAnswer(
      status: 200, isEventStream: request.streams,
      body: ScriptedAnswer(pieces, pause: request.streams ? pause : nil))
  }
}

/// An answer in pieces that are all there, but for a pause.
private final class ScriptedAnswer: RelaySource {
  private let left: Mutex<ArraySlice<[UInt8]>>
  private let pause: (after: Int, gate: Gate, failure: DomainError?)?
  private let pouring = Mutex<Task<Void, Never>?>(nil)

  init(_ pieces: [[UInt8]], pause: (after: Int, gate: Gate, failure: DomainError?)?) {
    left = Mutex(pieces[...])
    self.pause = pause
  }

  func next() async throws -> [UInt8]? {
    // The first piece says who speaks.
    if let pause, left.withLock({ $0.startIndex }) == pause.after + 1 { try await pause.gate.wait() }
    return left.withLock { $0.popFirst() }
  }

  func pour(into receiver: any RelayReceiving) {
    // Unstructured: it stands for the engine's connection, and ends with the pieces or when it is closed.
    let task = Task {
      do {
        while let piece = try await next() {
          try Task.checkCancellation()
          // What a scripted answer says fits into any connection.
          _ = piece.withUnsafeBytes { receiver.receive($0) }
          receiver.settle()
        }
        receiver.end(nil)
      } catch {
        receiver.end(error)
      }
    }
    pouring.withLock { $0 = task }
  }

  func resume() {}

  func close() { pouring.withLock { $0 }?.cancel() }

  func leave() { close() }
}
