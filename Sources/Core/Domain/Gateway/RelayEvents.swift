/// Passes an engine's event stream on, event by event, and reads it on the way.
///
/// Bytes are as they came, but for the model's name, and but for events that only the server asked for. An event
/// that is not whole yet is kept back; lines may be cut anywhere.
package struct RelayEvents: Sendable {
  /// `[DONE]` was passed on.
  package private(set) var isDone = false
  /// The engine told of a failure instead of an answer, in its words.
  package private(set) var failure: UpstreamRefusal?
  package private(set) var usage: TokenUsage?
  private let name: [UInt8]
  private let hidesUsage: Bool
  private let secrets: [String]
  private let limit: Int
  private var pending: [UInt8] = []
  /// Where the current line begins in `pending`.
  private var lineStart = 0
  /// The data lines of the current event.
  private var dataLines: [Range<Int>] = []
  private var choices = ChoiceReader()

  /// - Parameters:
  ///   - name: what the caller calls the model.
  ///   - hidesUsage: the caller did not ask for the tokens used.
  ///   - secrets: texts that must not be passed on in a failure.
  ///   - limit: bytes of one event at most.
  package init(name: String, hidesUsage: Bool, secrets: [String] = [], limit: Int = 16 << 20) {
    self.name = JSONText.quoted(name)
    self.hidesUsage = hidesUsage
    self.secrets = secrets
    self.limit = limit
  }

  /// Tokens of the answer so far, estimated.
  package var completionTokens: Int { choices.estimate.tokens }
  /// What came is a whole answer.
  package var isWhole: Bool { isDone || choices.hasFinished }

  /// Takes bytes as they come, and gives those that can go on.
  ///
  /// Throws `upstream_failed` for an event larger than the limit. Stop when there is a `failure`.
  package mutating func feed(_ bytes: [UInt8]) throws(DomainError) -> [UInt8] {
    var ready: [UInt8] = []
    ready.reserveCapacity(bytes.count + 64)
    var rest = bytes[...]
    while let newline = rest.firstIndex(of: 10) {
      pending += rest[...newline]
      rest = rest[(newline + 1)...]
      endLine(&ready)
      if failure != nil { return ready }
    }
    pending += rest
    guard pending.count <= limit else {
      throw DomainError(
        .upstreamFailed, "The model's server sent more than can be read at once.", origin: .upstream)
    }
    return ready
  }

  /// What was left at the end of the stream.
  package mutating func finish() -> [UInt8] {
    var ready: [UInt8] = []
    guard !pending.isEmpty else { return ready }
    if lineStart < pending.count { endLine(&ready) }
    if !pending.isEmpty { endEvent(&ready) }
    return ready
  }

  private mutating func endLine(_ ready: inout [UInt8]) {
    var end = pending.count
    while end > lineStart, pending[end - 1] == 10 || pending[end - 1] == 13 { end -= 1 }
    let line = lineStart..<end
    lineStart = pending.count
    if line.isEmpty { return endEvent(&ready) }
    let prefix = "data:".utf8
    guard line.count >= prefix.count, pending[line.prefix(prefix.count)].elementsEqual(prefix) else { return }
    var start = line.lowerBound + prefix.count
    if start < end, pending[start] == 32 { start += 1 }
    dataLines.append(start..<end)
  }

  private mutating func endEvent(_ ready: inout [UInt8]) {
    defer {
      pending.removeAll(keepingCapacity: true)
      dataLines.removeAll(keepingCapacity: true)
      lineStart = 0
    }
    // An event of several data lines is nothing that engines send: it goes on unread.
    guard dataLines.count == 1, let data = dataLines.first else {
      ready += pending
      return
    }
    if pending[data].elementsEqual("[DONE]".utf8) {
      isDone = true
      ready += pending
      return
    }
    guard let members = JSONMembers(pending, in: data) else {
      ready += pending
      return
    }
    if let error = members.value("error", in: pending), !pending[error].elementsEqual("null".utf8) {
      failure = UpstreamRefusal(status: 502, body: Array(pending[data]), hiding: secrets)
      return
    }
    var isEmpty = false
    if let span = members.value("choices", in: pending) {
      choices.read(pending, at: span)
      isEmpty = choices.wasEmpty
    }
    if let span = members.value("usage", in: pending), let found = TokenUsage(pending, at: span) {
      usage = found
      if hidesUsage, isEmpty { return }
    }
    guard let model = members.value("model", in: pending), pending[model.lowerBound] == UInt8(ascii: "\"")
    else {
      ready += pending
      return
    }
    ready += pending[..<model.lowerBound]
    ready += name
    ready += pending[model.upperBound...]
  }
}
