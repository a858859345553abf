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
  /// The event that is not whole yet; its lines are read up to the last one, which is not whole.
  private var pending: [UInt8] = []
  /// Where its last line begins.
  private var lineStart = 0
  private var dataLines = 0
  /// The data of its first data line.
  private var data = 0..<0
  private var members = JSONMembers()
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
    let fed: Result<Void, DomainError> = bytes.withUnsafeBytes { buffer in
      do throws(DomainError) {
        return .success(try feed(buffer, into: &ready))
      } catch {
        return .failure(error)
      }
    }
    try fed.get()
    return ready
  }

  /// The same of bytes that are valid during the call only; adds to `ready` what can go on.
  package mutating func feed(_ bytes: UnsafeRawBufferPointer, into ready: inout [UInt8]) throws(DomainError) {
    ready.reserveCapacity(ready.count + bytes.count + 64)
    // Mostly whole events come, and nothing of them is copied but what goes on.
    let seen = pending.count
    let rest: Int
    if seen == 0 {
      let bytes = bytes.assumingMemoryBound(to: UInt8.self)
      rest = read(bytes, from: 0, &ready)
      if rest < bytes.count, failure == nil { pending = Array(bytes[rest...]) }
    } else {
      var whole: [UInt8] = []
      swap(&whole, &pending)
      whole += bytes
      rest = whole.withUnsafeBufferPointer { read($0, from: seen, &ready) }
      if rest < whole.count, failure == nil { pending = rest == 0 ? whole : Array(whole[rest...]) }
    }
    if failure != nil { return }
    guard pending.count <= limit else {
      throw DomainError(
        .upstreamFailed, "The model's server sent more than can be read at once.", origin: .upstream)
    }
    lineStart -= rest
    if dataLines > 0 { data = data.lowerBound - rest..<data.upperBound - rest }
  }

  /// Reads the events that are whole; gives where the one begins that is not.
  private mutating func read(
    _ bytes: UnsafeBufferPointer<UInt8>, from seen: Int, _ ready: inout [UInt8]
  ) -> Int {
    var begin = 0
    var place = seen
    while failure == nil, let newline = bytes[place...].firstIndex(of: 10) {
      place = newline + 1
      if endLine(bytes, place) {
        endEvent(bytes, begin..<place, &ready)
        begin = place
      }
    }
    return begin
  }

  /// What was left at the end of the stream.
  @inline(never)
  package mutating func finish() -> [UInt8] {
    var ready: [UInt8] = []
    let rest = pending
    guard !rest.isEmpty else { return ready }
    pending = []
    rest.withUnsafeBufferPointer { buffer in
      if lineStart < buffer.count { _ = endLine(buffer, buffer.count) }
      endEvent(buffer, 0..<buffer.count, &ready)
    }
    return ready
  }

  /// Reads the line that ends before `next`; an empty one, for which it is true, ends an event.
  private mutating func endLine(_ bytes: UnsafeBufferPointer<UInt8>, _ next: Int) -> Bool {
    var end = next
    while end > lineStart, bytes[end - 1] == 10 || bytes[end - 1] == 13 { end -= 1 }
    var start = lineStart
    lineStart = next
    if start == end { return true }
    guard bytes[start..<end].starts(with: "data:".utf8) else { return false }
    start += 5
    if start < end, bytes[start] == 32 { start += 1 }
    if dataLines == 0 { data = start..<end }
    dataLines += 1
    return false
  }

  private mutating func endEvent(
    _ bytes: UnsafeBufferPointer<UInt8>, _ event: Range<Int>, _ ready: inout [UInt8]
  ) {
    // An event of several data lines is nothing that engines send: it goes on unread.
    let isReadable = dataLines == 1
    dataLines = 0
    guard isReadable, let model = read(bytes, data) else {
      ready += bytes[event]
      return
    }
    switch model {
    case .kept(let model):
      ready += bytes[event.lowerBound..<model.lowerBound]
      ready += name
      ready += bytes[model.upperBound..<event.upperBound]
    case .leftOut: break
    }
  }

  private enum Found {
    /// With the model's name at this place.
    case kept(Range<Int>)
    case leftOut
  }

  /// Reads an event's data; nil where it goes on as it is.
  private mutating func read(_ bytes: UnsafeBufferPointer<UInt8>, _ data: Range<Int>) -> Found? {
    if bytes[data].elementsEqual("[DONE]".utf8) {
      isDone = true
      return nil
    }
    guard members.read(bytes, in: data) else { return nil }
    if let error = members.value("error", in: bytes), !bytes[error].elementsEqual("null".utf8) {
      failure = UpstreamRefusal(status: 502, body: Array(bytes[data]), hiding: secrets)
      return .leftOut
    }
    var isEmpty = false
    if let span = members.value("choices", in: bytes) {
      choices.read(UnsafeBufferPointer(rebasing: bytes[span]))
      isEmpty = choices.wasEmpty
    }
    if let span = members.value("usage", in: bytes), bytes[span.lowerBound] == UInt8(ascii: "{"),
      let found = TokenUsage(Array(bytes[span]))
    {
      usage = found
      if hidesUsage, isEmpty { return .leftOut }
    }
    guard let model = members.value("model", in: bytes), bytes[model.lowerBound] == UInt8(ascii: "\"")
    else { return nil }
    return .kept(model)
  }
}
