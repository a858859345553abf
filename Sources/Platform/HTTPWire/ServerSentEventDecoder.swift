/// An event of a stream is larger than the reader allows.
package struct ServerSentEventTooLarge: Error, Sendable, CustomStringConvertible {
  package let limit: Int

  package var description: String { "a server-sent event is larger than \(limit) bytes" }
}

/// Turns the bytes of an event stream, cut anywhere, into events (WHATWG HTML section 9.2).
package struct ServerSentEventDecoder: Sendable {
  private let limit: Int
  private var line: [UInt8] = []
  private var lastWasReturn = false
  private var isFirstLine = true
  private var data: [UInt8] = []
  private var hasData = false
  private var event: String?
  private var id: String?
  private var retry: Int?

  /// The id of the last event that carried one: send it as Last-Event-ID when reconnecting.
  package private(set) var lastEventID: String?

  /// One event (its lines together) may have `limit` bytes.
  package init(limit: Int = 16 * 1024 * 1024) { self.limit = limit }

  /// Takes bytes as they come and returns the events they complete.
  package mutating func feed(_ bytes: [UInt8]) throws(ServerSentEventTooLarge) -> [ServerSentEvent] {
    var events: [ServerSentEvent] = []
    for byte in bytes {
      if byte == 10 && lastWasReturn {
        lastWasReturn = false
        continue
      }
      lastWasReturn = byte == 13
      if byte == 10 || byte == 13 {
        if let event = endLine() { events.append(event) }
      } else {
        line.append(byte)
        if line.count + data.count > limit { throw ServerSentEventTooLarge(limit: limit) }
      }
    }
    return events
  }

  private mutating func endLine() -> ServerSentEvent? {
    defer { line.removeAll(keepingCapacity: true) }
    if isFirstLine {
      isFirstLine = false
      if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
    }
    if line.isEmpty { return dispatch() }
    let name: ArraySlice<UInt8>
    var value: ArraySlice<UInt8>
    if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
      name = line[..<colon]
      value = line[(colon + 1)...]
      if value.first == 32 { value = value.dropFirst() }
    } else {
      name = line[...]
      value = []
    }
    switch String(decoding: name, as: UTF8.self) {
    case "data":
      if hasData { data.append(10) }
      hasData = true
      data += value
    case "event": event = String(decoding: value, as: UTF8.self)
    case "id" where !value.contains(0): id = String(decoding: value, as: UTF8.self)
    case "retry": retry = Int(String(decoding: value, as: UTF8.self)) ?? retry
    default: break
    }
    return nil
  }

  private mutating func dispatch() -> ServerSentEvent? {
    defer {
      data.removeAll(keepingCapacity: true)
      hasData = false
      event = nil
      id = nil
      retry = nil
    }
    if let id { lastEventID = id }
    guard hasData else { return nil }
    return ServerSentEvent(
      event: event, data: String(decoding: data, as: UTF8.self), id: id, retry: retry)
  }
}
