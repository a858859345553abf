package import Domain
import FoundationEssentials

/// How far a job's files grew, and what they grew by where that is little.
package struct JobGrowth: Sendable {
  package let logSize: Int64
  package let sizes: [Int64]
  package let tails: [FileSlice?]

  /// What it makes of the change before.
  package func change(after last: JobChange) -> JobChange {
    JobChange(status: last.status.withLog(of: logSize), sizes: sizes, tails: tails)
  }
}

/// One line of an agent, as far as its channel must know it.
package enum AgentFrame: Sendable {
  /// What a request led to: the whole line, for whoever asked, or why there is no answer.
  case answer(id: Int, Result<[UInt8], DomainError>)
  /// A watched job changed.
  case job(key: String, JobChange)
  /// Nothing of a watched job changed but how long its files are.
  case growth(key: String, JobGrowth)

  /// Nil for a line that says nothing this server knows.
  package init?(_ line: [UInt8]) {
    if let id = Self.granted(line) {
      self = .answer(id: id, .success(line))
      return
    }
    if line.starts(with: Self.growth) {
      self.init(growth: line)
      return
    }
    guard let head = try? decodeFrame(FrameHead.self, line) else { return nil }
    if let id = head.id {
      let refusal = head.error ?? FrameHead.Refusal(code: "internal", message: "no reason")
      self = .answer(id: id, head.ok == true ? .success(line) : .failure(AgentError.refused(refusal)))
      return
    }
    if head.ev == "grew" {
      self.init(growth: line)
      return
    }
    guard head.ev == "job", let key = head.key, let event = try? decodeFrame(JobEvent.self, line),
      let status = try? event.status.status()
    else { return nil }
    self = .job(key: key, JobChange(status: status, sizes: event.sizes))
  }
}

extension AgentFrame {
  private init?(growth line: [UInt8]) {
    guard let event = try? decodeFrame(GrowthEvent.self, line) else { return nil }
    self = .growth(key: event.key, event.growth)
  }

  private static let start = Array("{\"id\":".utf8)
  private static let growth = Array("{\"ev\":\"grew\"".utf8)
  private static let end = Array(",\"ok\":true".utf8)

  /// The id of a request that was granted, where the line begins as the agent writes it; whoever asked reads the rest.
  ///
  /// Else nil: such a line is decoded to see what it is. Most lines are answers, and decoding is what they cost.
  private static func granted(_ line: [UInt8]) -> Int? {
    guard line.starts(with: start) else { return nil }
    var id = 0
    var next = start.count
    while next < line.count, case UInt8(ascii: "0")...UInt8(ascii: "9") = line[next], id < 1 << 53 {
      id = id * 10 + Int(line[next] - UInt8(ascii: "0"))
      next += 1
    }
    guard next > start.count, line[next...].starts(with: end), line.count > next + end.count else {
      return nil
    }
    let after = line[next + end.count]
    return after == UInt8(ascii: ",") || after == UInt8(ascii: "}") ? id : nil
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
