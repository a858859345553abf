import Contract
import Domain
import FoundationEssentials

/// What an index had of a question that is relayed, as its answer tells it: in a field of our own, which other clients
/// pass over.
struct RelayedSources: Sendable {
  let found: [FoundPassage]

  /// The answer's bytes with the field.
  func told(in answer: [UInt8]) throws -> [UInt8] {
    let said = try? JSONDecoder().decode(Said.self, from: Data(answer)).choices.first?.message?.content
    guard let brace = answer.firstIndex(of: UInt8(ascii: "{")) else { return answer }
    let rest = answer[(brace + 1)...]
    let isEmpty = rest.first { $0 > 0x20 } == UInt8(ascii: "}")
    var told = Array(answer[...brace])
    told += Array("\"luthier\":".utf8)
    told += try JSONEncoder().encode(reply(of: said))
    if !isEmpty { told.append(UInt8(ascii: ",")) }
    return told + rest
  }

  /// - Parameter answer: where there is one, each source says whether it is cited there.
  func reply(of answer: String? = nil) -> LuthierReply {
    LuthierReply(sources: Indexes.sources(found, of: answer))
  }

  /// The first event of a stream: one as engines begin with, without a word of the answer.
  func event(id: String, created: Int64, model: String) throws -> [UInt8] {
    let chunk = OpenAIChatReply(
      id: id, object: "chat.completion.chunk", created: created, model: model,
      choices: [.init(delta: .init(role: .assistant, content: ""), finishReason: nil)], luthier: reply())
    return Array("data: ".utf8) + Array(try JSONEncoder().encode(chunk)) + Array("\n\n".utf8)
  }

  /// Of an engine's answer, what was said.
  private struct Said: Decodable {
    struct Choice: Decodable { let message: Message? }
    struct Message: Decodable { let content: String? }
    let choices: [Choice]
  }
}
