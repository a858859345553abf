package import Domain
import FoundationEssentials

/// One line of an agent, as far as its channel must know it.
package enum AgentFrame: Sendable {
  /// What a request led to: the whole line, for whoever asked, or why there is no answer.
  case answer(id: Int, Result<[UInt8], DomainError>)
  /// A watched job changed.
  case job(key: String, JobChange)

  /// Nil for a line that says nothing this server knows.
  package init?(_ line: [UInt8]) {
    guard let head = try? decodeFrame(FrameHead.self, line) else { return nil }
    if let id = head.id {
      let refusal = head.error ?? FrameHead.Refusal(code: "internal", message: "no reason")
      self = .answer(id: id, head.ok == true ? .success(line) : .failure(AgentError.refused(refusal)))
      return
    }
    guard head.ev == "job", let key = head.key, let event = try? decodeFrame(JobEvent.self, line),
      let status = try? event.status.status()
    else { return nil }
    self = .job(key: key, JobChange(status: status, sizes: event.sizes))
  }
}

/// Decodes a frame.
func decodeFrame<Value: Decodable>(_ type: Value.Type, _ line: [UInt8]) throws(DomainError) -> Value {
  let decoder = JSONDecoder()
  decoder.keyDecodingStrategy = .convertFromSnakeCase
  do {
    return try decoder.decode(type, from: Data(line))
  } catch {
    throw AgentError.unreadable("\(type): \(error)")
  }
}
